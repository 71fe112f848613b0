//! The page about one person. Those who come by GitHub have backends, applications and jobs; the others only sign in
//! elsewhere with a token, and have an address that staff look after.

use std::collections::BTreeSet;

use domain::{
    applications::{self, Status},
    db::GenericClient,
    users::Account,
    views::staff_user::{self, ApplicationLine, BackendChoice, Belongings, Doings, JobLine, StaffPerson},
};
use serde::Serialize;

use super::address;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        shell::Page,
        times::Moment,
    },
    site::job_requests::states::Pill,
    staff::{UserManager, addresses, applications::status_tone, link::Link},
};

/// The form, when it does not show what is stored.
pub struct Filled {
    pub account: Account,
    /// None: that of what is stored.
    pub version: Option<String>,
    pub errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct DetailPage {
    heading: String,
    username: String,
    stored_email: String,
    uses_github: bool,
    joined: Moment,
    roles: Vec<String>,
    missing: Vec<&'static str>,
    user_url: String,
    roles_url: String,
    audit_url: String,
    orgs_url: String,
    public_url: String,
    jobs_url: String,
    form: Form,
    orgs: Vec<Link>,
    projects: Vec<Link>,
    copiloted: Vec<Link>,
    applications: Vec<ApplicationRow>,
    jobs: Vec<JobRow>,
}

#[derive(Serialize)]
struct Form {
    fullname: String,
    fullname_error: Option<String>,
    email: String,
    email_error: Option<String>,
    backends: Vec<BackendBox>,
    backends_error: Option<String>,
    version: String,
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct BackendBox {
    value: String,
    label: String,
    checked: bool,
}

#[derive(Serialize)]
struct ApplicationRow {
    /// None: it was deleted, and cannot be opened until it is restored.
    url: Option<String>,
    hash: String,
    study: Option<String>,
    status: String,
    tone: &'static str,
    started: Moment,
}

#[derive(Serialize)]
struct JobRow {
    url: String,
    action: String,
    pill: Pill,
    created: Moment,
}

/// Everything beside the person.
struct Parts {
    backends: Vec<BackendChoice>,
    belongings: Belongings,
    doings: Doings,
}

async fn parts(db: &impl GenericClient, person: &StaffPerson) -> Result<Parts, Error> {
    if !person.uses_github {
        let belongings = staff_user::belongings(db, person.id).await?;
        let doings = Doings { applications: Vec::new(), jobs: Vec::new() };
        return Ok(Parts { backends: Vec::new(), belongings, doings });
    }
    let (backends, belongings, doings) = tokio::try_join!(
        staff_user::backends(db, Some(person.id)),
        staff_user::belongings(db, person.id),
        staff_user::doings(db, person.id),
    )?;
    Ok(Parts { backends, belongings, doings })
}

/// The page with what is stored in the form, or with `filled`.
pub async fn show(
    app: &App,
    manager: &UserManager,
    person: &StaffPerson,
    filled: Option<Filled>,
) -> PageResult {
    let Parts { backends, belongings, doings } = parts(&app.db().await?, person).await?;
    let view = DetailPage {
        heading: format!("User: {}", person.display_name()),
        username: person.username.clone(),
        stored_email: person.email.clone(),
        uses_github: person.uses_github,
        joined: Moment::date(person.joined_at),
        roles: super::roles_page::names(&person.roles),
        missing: missing(person, &backends, &belongings),
        user_url: addresses::user(&person.username),
        roles_url: address::roles(&person.username),
        audit_url: address::audit_log(&person.username),
        orgs_url: address::orgs(&person.username),
        public_url: address::public(&person.username),
        jobs_url: address::job_requests(&person.username),
        form: Form::new(person, &backends, filled),
        orgs: belongings
            .orgs
            .into_iter()
            .map(|(slug, name)| Link { url: addresses::org(&slug), text: name })
            .collect(),
        projects: belongings.projects.iter().map(Link::project).collect(),
        copiloted: belongings.copiloted.iter().map(Link::project).collect(),
        applications: doings.applications.into_iter().map(ApplicationRow::from).collect(),
        jobs: doings.jobs.iter().map(JobRow::from).collect(),
    };
    let page = Page::staff(&view.heading);
    manager.visitor.render(app, "staff/users/detail", page, &view)
}

impl Form {
    fn new(person: &StaffPerson, backends: &[BackendChoice], filled: Option<Filled>) -> Form {
        let stored = stored(person, backends);
        let stored_version = stored.version().as_str().to_owned();
        let filled = filled.unwrap_or(Filled { account: stored, version: None, errors: Vec::new() });
        let chosen = filled.account.backends.unwrap_or_default();
        Form {
            fullname: filled.account.fullname,
            fullname_error: FieldError::find(&filled.errors, "fullname"),
            email: filled.account.email.unwrap_or_default(),
            email_error: FieldError::find(&filled.errors, "email"),
            backends: backends
                .iter()
                .map(|backend| BackendBox {
                    value: backend.slug.clone(),
                    label: backend.name.clone(),
                    checked: chosen.contains(&backend.slug),
                })
                .collect(),
            backends_error: FieldError::find(&filled.errors, "backends"),
            version: filled.version.unwrap_or(stored_version),
            errors: filled.errors,
        }
    }
}

/// What the form shows at first.
fn stored(person: &StaffPerson, backends: &[BackendChoice]) -> Account {
    let slugs: BTreeSet<String> =
        backends.iter().filter(|backend| backend.is_member).map(|backend| backend.slug.clone()).collect();
    Account {
        fullname: person.fullname.clone(),
        email: (!person.uses_github).then(|| person.email.clone()),
        backends: person.uses_github.then_some(slugs),
    }
}

/// What somebody who comes by GitHub has none of.
fn missing(person: &StaffPerson, backends: &[BackendChoice], belongings: &Belongings) -> Vec<&'static str> {
    if !person.uses_github {
        return Vec::new();
    }
    let has_backends = backends.iter().any(|backend| backend.is_member);
    let lacks = [
        ("Backends", !has_backends),
        ("Organisations", belongings.orgs.is_empty()),
        ("Projects", belongings.projects.is_empty()),
    ];
    lacks.into_iter().filter(|(_, is_missing)| *is_missing).map(|(what, _)| what).collect()
}

impl From<ApplicationLine> for ApplicationRow {
    fn from(line: ApplicationLine) -> Self {
        let hash = applications::hash(line.id);
        let (status, tone) = match Status::from_stored(&line.status) {
            _ if line.is_deleted => ("Deleted".to_owned(), "danger"),
            Some(status) => (status.label().to_owned(), status_tone(status)),
            None => (line.status, "info"),
        };
        ApplicationRow {
            url: (!line.is_deleted).then(|| addresses::application(&hash)),
            hash,
            study: line.study_name,
            status,
            tone,
            started: Moment::date(line.created_at),
        }
    }
}

impl From<&JobLine> for JobRow {
    fn from(line: &JobLine) -> Self {
        JobRow {
            url: line.url(),
            action: line.action.clone(),
            pill: Pill::of_job(line.state(), &line.status_code),
            created: Moment::event(line.created_at),
        }
    }
}
