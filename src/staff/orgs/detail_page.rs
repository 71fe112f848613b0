//! What the page of an organisation shows.

use domain::{
    Result,
    db::GenericClient,
    ids::OrgId,
    orgs::Org,
    projects::Project,
    users::Name,
    views::{
        options::Choice,
        staff_orgs::{self, OldAddress, OrgDetail},
    },
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    app::App,
    http::{error::PageResult, field_error::FieldError, shell::Page, times::Moment},
    staff::{Staff, addresses, link::Link},
};

/// What belongs to an organisation.
pub struct Parts {
    members: Vec<(Name, Timestamp)>,
    projects: Vec<Project>,
    old_addresses: Vec<OldAddress>,
}

pub async fn parts(db: &impl GenericClient, org: OrgId) -> Result<Parts> {
    let (members, projects, old_addresses) = tokio::try_join!(
        staff_orgs::members(db, org),
        staff_orgs::projects(db, org),
        staff_orgs::old_addresses(db, org),
    )?;
    Ok(Parts { members, projects, old_addresses })
}

/// The form for adding members.
#[derive(Default)]
pub struct Adding {
    pub chosen: Vec<Choice>,
    pub found: Vec<Choice>,
    /// What was looked for.
    pub find: String,
    pub errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct DetailPage {
    heading: String,
    name: String,
    url: String,
    logo: Option<String>,
    github_orgs: Vec<GithubOrg>,
    members: Vec<Member>,
    projects: Vec<Link>,
    redirects: Vec<Link>,
    created: Moment,
    created_by: Option<Link>,
    users_source: String,
    users_chosen: Vec<Choice>,
    users_found: Vec<Choice>,
    users_find: String,
    users_error: Option<String>,
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct GithubOrg {
    name: String,
    danger_id: String,
    remove_title: String,
    remove_url: String,
}

#[derive(Serialize)]
struct Member {
    name: String,
    username: String,
    url: String,
    since: Moment,
    danger_id: String,
    remove_title: String,
    remove_text: String,
    remove_url: String,
}

pub fn show(app: &App, staff: &Staff, detail: OrgDetail, parts: Parts, adding: Adding) -> PageResult {
    let org = &detail.org;
    let view = DetailPage {
        heading: format!("Organisation: {}", org.name),
        name: org.name.clone(),
        url: addresses::org(&org.slug),
        logo: org.logo_file.as_ref().map(|file| format!("/uploads/{file}")),
        github_orgs: numbered(&detail.github_orgs, |number, name| github_org(number, name, org)),
        members: numbered(&parts.members, |number, member| self::member(number, member, org)),
        projects: parts.projects.iter().map(Link::project).collect(),
        redirects: parts.old_addresses.into_iter().map(old_address).collect(),
        created: Moment::event(detail.created_at),
        created_by: detail.created_by.as_ref().map(person),
        users_source: format!("/staff/options/users/?without_org={}", org.slug),
        users_chosen: adding.chosen,
        users_found: adding.found,
        users_find: adding.find,
        users_error: FieldError::find(&adding.errors, "users"),
        errors: adding.errors,
    };
    staff.visitor.render(app, "staff/orgs/detail", Page::staff(&view.heading), &view)
}

/// Lines that need an id of their own on the page.
fn numbered<T, L>(all: &[T], line: impl Fn(usize, &T) -> L) -> Vec<L> {
    all.iter().enumerate().map(|(number, one)| line(number, one)).collect()
}

fn github_org(number: usize, name: &str, org: &Org) -> GithubOrg {
    GithubOrg {
        name: name.to_owned(),
        danger_id: format!("remove-github-org-{number}"),
        remove_title: format!("Remove {name} from {}?", org.name),
        remove_url: format!("{}remove-github-org/", addresses::org(&org.slug)),
    }
}

fn member(number: usize, (name, since): &(Name, Timestamp), org: &Org) -> Member {
    Member {
        name: name.fullname.clone(),
        username: name.username.clone(),
        url: addresses::user(&name.username),
        since: Moment::date(*since),
        danger_id: format!("remove-member-{number}"),
        remove_title: format!("Remove {} from {}?", name.fullname, org.name),
        remove_text: format!(
            "{} can then no longer make workspaces of the repositories of {}. They can be added again.",
            name.fullname, org.name
        ),
        remove_url: format!("{}remove-member/", addresses::org(&org.slug)),
    }
}

fn person(name: &Name) -> Link {
    Link { text: name.fullname.clone(), url: addresses::user(&name.username) }
}

fn old_address(old: OldAddress) -> Link {
    Link { text: old.old_url, url: addresses::redirect(old.id) }
}
