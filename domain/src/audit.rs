//! The record of what staff did. Django's five kinds of event are written where their rows change (`memberships`,
//! `users`, `new_project`), to Django's table; all others are written here, to a table that Django does not read, because
//! its audit log breaks on kinds that it does not know.

use deadpool_postgres::GenericClient;
use serde::Serialize;
use serde_json::Value;

use crate::{Result, ids::ProjectId};

/// Defines the kinds with the text of the column and what people read.
macro_rules! kinds {
    ($($variant:ident => $stored:literal, $label:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind { $($variant),* }

        impl Kind {
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),*];

            /// The text of the column `type`.
            pub fn as_str(self) -> &'static str {
                match self { $(Kind::$variant => $stored),* }
            }

            /// What a filter calls it.
            pub fn label(self) -> &'static str {
                match self { $(Kind::$variant => $label),* }
            }

            pub fn from_stored(stored: &str) -> Option<Kind> {
                Kind::ALL.iter().copied().find(|kind| kind.as_str() == stored)
            }
        }
    };
}

kinds! {
    ApplicationApproved => "application_approved", "Application approved";
    ApplicationDeleted => "application_deleted", "Application deleted";
    ApplicationEdited => "application_edited", "Application edited";
    ApplicationRestored => "application_restored", "Application restored";
    ApplicationReviewed => "application_reviewed", "Application reviewed";
    BackendCreated => "backend_created", "Backend created";
    BackendEdited => "backend_edited", "Backend edited";
    BackendMemberAdded => "backend_member_added", "Access to a backend given";
    BackendMemberRemoved => "backend_member_removed", "Access to a backend taken away";
    BackendTokenRotated => "backend_token_rotated", "Backend's token rotated";
    JobRequestCancelled => "job_request_cancelled", "Job request cancelled";
    OrgCreated => "org_created", "Organisation created";
    OrgEdited => "org_edited", "Organisation edited";
    OrgGithubOrgAdded => "org_github_org_added", "GitHub organisation added";
    OrgGithubOrgRemoved => "org_github_org_removed", "GitHub organisation removed";
    OrgMemberAdded => "org_member_added", "Added to an organisation";
    OrgMemberRemoved => "org_member_removed", "Removed from an organisation";
    ProjectApplicationLinked => "project_application_linked", "Application linked to a project";
    ProjectDeleted => "project_deleted", "Project deleted";
    ProjectEdited => "project_edited", "Project edited";
    RedirectDeleted => "redirect_deleted", "Redirect deleted";
    RepoSignedOff => "repo_signed_off", "Repository signed off";
    ResearcherEdited => "researcher_edited", "Researcher edited";
    SiteAlertCreated => "site_alert_created", "Site alert created";
    SiteAlertDeleted => "site_alert_deleted", "Site alert deleted";
    SiteAlertEdited => "site_alert_edited", "Site alert edited";
    UserCreated => "user_created", "User created";
    UserEdited => "user_edited", "User edited";
    WorkspaceEdited => "workspace_edited", "Workspace edited";
}

/// What an event is about: a model as Django names it, its key, and what people call it at that moment.
#[derive(Debug, Clone)]
pub struct About {
    model: &'static str,
    id: String,
    label: String,
}

macro_rules! abouts {
    ($($name:ident => $model:literal;)*) => {
        impl About {
            $(pub fn $name(id: impl ToString, label: impl Into<String>) -> About {
                About { model: $model, id: id.to_string(), label: label.into() }
            })*
        }
    };
}

abouts! {
    application => "applications.Application";
    backend => "jobserver.Backend";
    job_request => "jobserver.JobRequest";
    org => "jobserver.Org";
    project => "jobserver.Project";
    redirect => "redirects.Redirect";
    repo => "jobserver.Repo";
    site_alert => "jobserver.SiteAlert";
    user => "jobserver.User";
    workspace => "jobserver.Workspace";
}

#[derive(Debug, Clone, Serialize)]
struct Change {
    field: String,
    old: String,
    new: String,
}

/// Something that staff, or a command, did.
#[derive(Debug, Clone)]
pub struct Event {
    kind: Kind,
    by: String,
    about: About,
    user: String,
    project: Option<ProjectId>,
    changes: Vec<Change>,
}

impl Event {
    /// `by` is the actor's username, or `command:` and the name of a command.
    pub fn new(kind: Kind, by: &str, about: About) -> Event {
        Event { kind, by: by.to_owned(), about, user: String::new(), project: None, changes: Vec::new() }
    }

    /// The username of the person whom it concerns: it then stands in their log.
    pub fn user(mut self, username: &str) -> Event {
        self.user = username.to_owned();
        self
    }

    /// The project in whose log it stands.
    pub fn project(mut self, project: ProjectId) -> Event {
        self.project = Some(project);
        self
    }

    /// A field's value before and after; nothing if they are equal. Never a secret.
    pub fn change(mut self, field: &str, old: impl ToString, new: impl ToString) -> Event {
        let (old, new) = (old.to_string(), new.to_string());
        if old != new {
            self.changes.push(Change { field: field.to_owned(), old, new });
        }
        self
    }

    /// Whether a change was noted: an edit without one needs no event.
    pub fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    fn json(&self) -> Value {
        serde_json::json!({
            "type": self.kind.as_str(),
            "created_by": self.by,
            "about_model": self.about.model,
            "about_id": self.about.id,
            "about_label": self.about.label,
            "target_user": self.user,
            "project_id": self.project,
            "changes": self.changes,
        })
    }
}

/// Writes events in the transaction of what they tell, in one statement. They bear the time of the transaction.
pub async fn record(tx: &impl GenericClient, events: &[Event]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let rows = Value::Array(events.iter().map(Event::json).collect());
    let statement = tx
        .prepare_cached(
            "INSERT INTO staff_event (
                 type, created_by, about_model, about_id, about_label, target_user, project_id, changes
             )
             SELECT type, created_by, about_model, about_id, about_label, target_user, project_id, changes
             FROM jsonb_to_recordset($1) AS event (
                 type text,
                 created_by text,
                 about_model text,
                 about_id text,
                 about_label text,
                 target_user text,
                 project_id integer,
                 changes jsonb
             )",
        )
        .await?;
    tx.execute(&statement, &[&rows]).await?;
    Ok(())
}
