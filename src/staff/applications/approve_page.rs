//! The form that approves an application: what is to become of it, and what speaks against it.

use domain::{
    applications::{Application, StoredPage, applicable, hash},
    permissions::Permission,
    views::staff_projects::OrgChoice,
};
use serde::Serialize;

use super::{StatusBadge, staff_url, title};
use crate::{
    app::App,
    http::{error::PageResult, field_error::FieldError, form::Fields, shell::Page},
    staff::Staff,
};

/// What stands in the form.
pub struct Typed {
    /// The key of the organisation.
    pub org: String,
    pub project_name: String,
    pub project_number: String,
    pub sets_status: bool,
}

impl Typed {
    pub fn posted(fields: &Fields) -> Typed {
        let text = |name| fields.text(name).to_owned();
        Typed {
            org: text("org"),
            project_name: text("project_name"),
            project_number: text("project_number"),
            sets_status: fields.flag("sets_status"),
        }
    }
}

/// How far the review has come.
pub struct Reviews {
    pages: usize,
    approved: usize,
}

impl Reviews {
    pub fn of(stored: Vec<StoredPage>) -> Reviews {
        let pages = applicable(stored);
        let is_approved =
            |stored: &Option<StoredPage>| stored.as_ref().is_some_and(|stored| stored.decision == Some(true));
        Reviews {
            pages: pages.len(),
            approved: pages.iter().filter(|(_, stored)| is_approved(stored)).count(),
        }
    }
}

#[derive(Serialize)]
struct ApprovePage {
    heading: String,
    application: String,
    application_url: String,
    approve_url: String,
    study: String,
    status: StatusBadge,
    /// What speaks against it; nothing forbids it.
    warnings: Vec<String>,
    orgs: Vec<OrgOption>,
    org_error: Option<String>,
    /// Where an organisation is made that is not listed, for those who may.
    new_org_url: Option<String>,
    project_name: String,
    project_name_error: Option<String>,
    project_number: String,
    project_number_error: Option<String>,
    sets_status: bool,
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct OrgOption {
    value: String,
    label: String,
    selected: bool,
}

pub fn show(
    app: &App,
    staff: &Staff,
    application: &Application,
    reviews: &Reviews,
    orgs: &[OrgChoice],
    typed: Typed,
    errors: Vec<FieldError>,
) -> PageResult {
    let name = format!("Application {}", hash(application.id));
    let approve_url = format!("{}approve/", staff_url(application.id));
    let view = ApprovePage {
        heading: format!("Approve: {name}"),
        application: name,
        application_url: staff_url(application.id),
        study: title(application.study_name.as_deref()).to_owned(),
        status: StatusBadge::of(&application.status),
        warnings: warnings(application, reviews),
        orgs: orgs.iter().map(|org| option(org, &typed.org)).collect(),
        org_error: FieldError::find(&errors, "org"),
        new_org_url: staff
            .visitor
            .may(Permission::OrgCreate, None)
            .then(|| format!("/staff/orgs/add/?next={approve_url}")),
        project_name: typed.project_name,
        project_name_error: FieldError::find(&errors, "project_name"),
        project_number: typed.project_number,
        project_number_error: FieldError::find(&errors, "project_number"),
        sets_status: typed.sets_status,
        approve_url,
        errors,
    };
    staff.visitor.render(app, "staff/applications/approve", Page::staff(&view.heading), &view)
}

fn option(org: &OrgChoice, chosen: &str) -> OrgOption {
    let value = org.id.to_string();
    OrgOption { selected: value == chosen, label: org.name.clone(), value }
}

fn warnings(application: &Application, reviews: &Reviews) -> Vec<String> {
    let mut warnings = Vec::new();
    if application.submitted_at.is_none() {
        warnings.push("It has not been submitted.".to_owned());
    }
    if let Some(project) = &application.project {
        warnings.push(format!(
            "It is linked to the project {project}, and will be linked to the new one instead."
        ));
    }
    if reviews.approved < reviews.pages {
        warnings.push(format!("Approved pages: {} of {}.", reviews.approved, reviews.pages));
    }
    warnings
}
