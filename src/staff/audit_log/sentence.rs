//! An event as a sentence with links: who did what to whom. What has gone since is named as it was called then, without
//! a link.

use domain::{
    applications,
    audit::Kind,
    projects::Project,
    views::audit_log::{Event, What, names::Names},
};
use serde::Serialize;

use crate::staff::addresses;

/// A piece of the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub text: String,
    pub href: Option<String>,
}

impl Part {
    fn plain(text: impl Into<String>) -> Part {
        Part { text: text.into(), href: None }
    }

    fn link(text: impl Into<String>, href: String) -> Part {
        Part { text: text.into(), href: Some(href) }
    }
}

/// What follows the actor.
enum Piece {
    Text(&'static str),
    /// The person concerned.
    User,
    /// The project in whose log the event stands.
    Project,
    /// What the event is about.
    About,
    /// The words and the project, if the event has one and is not about it.
    InProject(&'static str),
}

use Piece::{About, InProject, Text, User};

/// The sentence of `event`, without a full stop.
pub fn parts(event: &Event, names: &Names) -> Vec<Part> {
    let writer = Writer { event, names };
    let mut parts = vec![writer.actor(), Part::plain(" ")];
    if event.what == What::Unknown {
        parts.extend(writer.unknown());
        return parts;
    }
    for piece in pieces(event.what) {
        match piece {
            Text(text) => parts.push(Part::plain(*text)),
            User => parts.push(writer.user(&event.whom)),
            Piece::Project => parts.push(writer.project()),
            About => parts.push(writer.about()),
            InProject(words) if event.project.is_some() && event.about.model != PROJECT => {
                parts.extend([Part::plain(*words), writer.project()]);
            }
            InProject(_) => {}
        }
    }
    parts
}

fn pieces(what: What) -> &'static [Piece] {
    match what {
        What::ProjectCreated => &[Text("created project "), Piece::Project],
        What::MemberAdded => &[Text("added "), User, Text(" to "), Piece::Project],
        What::MemberRemoved => &[Text("removed "), User, Text(" from "), Piece::Project],
        What::MemberRolesUpdated => &[Text("changed roles for "), User, Text(" on "), Piece::Project],
        What::UserRolesUpdated => &[Text("changed global roles for "), User],
        What::Staff(kind) => staff_pieces(kind),
        What::Unknown => &[],
    }
}

fn staff_pieces(kind: Kind) -> &'static [Piece] {
    match kind {
        Kind::ApplicationApproved => &[Text("approved "), About, InProject(" as ")],
        Kind::ApplicationDeleted => &[Text("deleted "), About],
        Kind::ApplicationEdited => &[Text("edited "), About],
        Kind::ApplicationRestored => &[Text("restored "), About],
        Kind::ApplicationReviewed => &[Text("reviewed "), About],
        Kind::BackendCreated => &[Text("created "), About],
        Kind::BackendEdited => &[Text("edited "), About],
        Kind::BackendMemberAdded => &[Text("gave "), User, Text(" access to "), About],
        Kind::BackendMemberRemoved => &[Text("took access to "), About, Text(" away from "), User],
        Kind::BackendTokenRotated => &[Text("rotated the token of "), About],
        Kind::JobRequestCancelled => &[Text("cancelled "), About, InProject(" of ")],
        Kind::OrgCreated => &[Text("created "), About],
        Kind::OrgEdited => &[Text("edited "), About],
        Kind::OrgGithubOrgAdded => &[Text("added a GitHub organisation to "), About],
        Kind::OrgGithubOrgRemoved => &[Text("removed a GitHub organisation from "), About],
        Kind::OrgMemberAdded => &[Text("added "), User, Text(" to "), About],
        Kind::OrgMemberRemoved => &[Text("removed "), User, Text(" from "), About],
        Kind::ProjectApplicationLinked => &[Text("linked "), About, Text(" to "), Piece::Project],
        Kind::ProjectDeleted => &[Text("deleted project "), About],
        Kind::ProjectEdited => &[Text("edited project "), About],
        Kind::RedirectDeleted => &[Text("deleted "), About, InProject(" to ")],
        Kind::RepoSignedOff => &[Text("signed off "), About],
        Kind::ResearcherEdited => &[Text("edited a researcher of "), About],
        Kind::SiteAlertCreated => &[Text("created "), About],
        Kind::SiteAlertDeleted => &[Text("deleted "), About],
        Kind::SiteAlertEdited => &[Text("edited "), About],
        Kind::UserCreated => &[Text("created the account of "), About],
        Kind::UserEdited => &[Text("edited "), About],
        Kind::WorkspaceEdited => &[Text("edited "), About, InProject(" of ")],
    }
}

const PROJECT: &str = "jobserver.Project";

struct Writer<'a> {
    event: &'a Event,
    names: &'a Names,
}

impl Writer<'_> {
    fn actor(&self) -> Part {
        match self.event.by.strip_prefix("command:") {
            Some(command) => Part::plain(format!("The command {command}")),
            None => self.user(&self.event.by),
        }
    }

    fn user(&self, username: &str) -> Part {
        match self.names.user(username) {
            Some(user) => Part::link(user.display_name(), addresses::user(&user.username)),
            None if username.is_empty() => Part::plain("Unknown User"),
            None => Part::plain(username),
        }
    }

    fn project(&self) -> Part {
        match self.event.project.and_then(|id| self.names.project(id)) {
            Some(project) => project_link(project),
            None if self.event.about.model == PROJECT && !self.event.about.label.is_empty() => self.about(),
            None => Part::plain("a Project"),
        }
    }

    fn about(&self) -> Part {
        let about = &self.event.about;
        match about.model.as_str() {
            "jobserver.User" => {
                let username = if about.label.is_empty() { &self.event.whom } else { &about.label };
                return self.user(username);
            }
            PROJECT => {
                let project = about.id.parse().ok().map(domain::ids::ProjectId);
                if let Some(project) = project.and_then(|id| self.names.project(id)) {
                    return project_link(project);
                }
            }
            _ => {}
        }
        let thing = self.names.thing(&about.model, &about.id);
        let current = thing.map(|thing| thing.label.as_str()).filter(|label| !label.is_empty());
        let text = named(&about.model, &about.id, current.unwrap_or(&about.label));
        Part { text, href: thing.and_then(|thing| href(&about.model, &about.id, &thing.address)) }
    }

    /// The bare facts of an event of a kind that this version does not know.
    fn unknown(&self) -> Vec<Part> {
        let mut parts = vec![Part::plain(format!("did “{}”", self.event.kind))];
        if !self.event.whom.is_empty() {
            parts.extend([Part::plain(" to "), self.user(&self.event.whom)]);
        }
        if self.event.project.is_some() {
            parts.extend([Part::plain(" on "), self.project()]);
        } else if !self.event.about.label.is_empty() {
            parts.extend([Part::plain(" on "), self.about()]);
        }
        parts
    }
}

fn project_link(project: &Project) -> Part {
    Part::link(project.title(), addresses::project(&project.slug))
}

/// What a thing is, and what it is called.
fn named(model: &str, id: &str, label: &str) -> String {
    match model {
        "applications.Application" => match hash_of(id) {
            Some(hash) => format!("application {hash}"),
            None => "an application".to_owned(),
        },
        "jobserver.JobRequest" => format!("job request {id}"),
        "redirects.Redirect" => format!("the redirect from {label}"),
        "jobserver.SiteAlert" => format!("the site alert “{label}”"),
        "jobserver.Backend" => format!("backend {label}"),
        "jobserver.Org" => format!("organisation {label}"),
        "jobserver.Repo" => format!("repository {}", label.rsplit('/').next().unwrap_or(label)),
        "jobserver.Workspace" => format!("workspace {label}"),
        PROJECT if label.is_empty() => "a Project".to_owned(),
        _ if label.is_empty() => format!("{model} {id}").trim().to_owned(),
        _ => label.to_owned(),
    }
}

/// The short name of the application with this key.
fn hash_of(key: &str) -> Option<String> {
    key.parse().ok().map(applications::hash)
}

fn href(model: &str, id: &str, address: &str) -> Option<String> {
    Some(match model {
        "applications.Application" => addresses::application(&hash_of(id)?),
        "jobserver.Backend" => addresses::backend(id),
        "jobserver.JobRequest" => addresses::job_request(id),
        "jobserver.Org" => addresses::org(address),
        "jobserver.Repo" => addresses::repo(address),
        "jobserver.SiteAlert" => format!("/staff/site-alerts/edit/{id}/"),
        "jobserver.Workspace" => addresses::workspace(address),
        "redirects.Redirect" => addresses::redirect(id),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use domain::views::audit_log::About;

    use super::*;

    fn event(what: What, kind: &str) -> Event {
        Event {
            what,
            kind: kind.to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            by: "grace".to_owned(),
            whom: "ada".to_owned(),
            project: None,
            about: About {
                model: "jobserver.Org".to_owned(),
                id: "7".to_owned(),
                label: "Bennett".to_owned(),
            },
            changes: Vec::new(),
        }
    }

    fn text(event: &Event) -> String {
        let parts = parts(event, &Names::default());
        assert!(
            parts.iter().all(|part| part.href.is_none()),
            "nothing is known, nothing is linked: {parts:?}"
        );
        parts.iter().map(|part| part.text.as_str()).collect()
    }

    #[test]
    fn every_kind_has_a_sentence() {
        for what in What::all() {
            let sentence = text(&event(what, what.as_str()));
            let rest = sentence.strip_prefix("grace ").unwrap_or_else(|| panic!("no actor: {sentence}"));
            assert!(rest.split_whitespace().count() >= 2, "{what:?}: {sentence}");
        }
    }

    #[test]
    fn what_is_gone_is_named_as_it_was_called() {
        assert_eq!(
            text(&event(What::Staff(Kind::OrgMemberAdded), "")),
            "grace added ada to organisation Bennett"
        );
        assert_eq!(text(&event(What::ProjectCreated, "")), "grace created project a Project");
        let mut nobody = event(What::MemberRemoved, "");
        (nobody.by, nobody.whom) = (String::new(), String::new());
        assert_eq!(text(&nobody), "Unknown User removed Unknown User from a Project");
    }

    #[test]
    fn a_command_is_named_as_one() {
        let mut created = event(What::Staff(Kind::OrgCreated), "");
        created.by = "command:create_org".to_owned();
        assert_eq!(text(&created), "The command create_org created organisation Bennett");
    }

    #[test]
    fn an_unknown_kind_is_told_plainly() {
        assert_eq!(
            text(&event(What::Unknown, "org_flew")),
            "grace did “org_flew” to ada on organisation Bennett"
        );
    }
}
