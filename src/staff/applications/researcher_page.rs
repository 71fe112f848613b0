//! The form about a researcher: what is stored or was typed, and what is wrong with it.

use domain::applications::{
    hash,
    researchers::{COLUMNS, PHONE_TYPES, Researcher, day},
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::staff_url;
use crate::{
    app::App,
    http::{error::PageResult, field_error::FieldError, form::Fields, shell::Page},
    staff::Staff,
};

/// What stands in the form.
#[derive(Serialize)]
pub struct Shown {
    name: String,
    job_title: String,
    email: String,
    github_username: String,
    telephone: String,
    daa: String,
    server_access: [Choice; 2],
    phone_types: Vec<Choice>,
    safe_training: [Choice; 2],
    training_with_org: String,
    training_passed_at: String,
    version: String,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    label: &'static str,
    checked: bool,
}

impl Shown {
    pub fn stored(researcher: &Researcher) -> Shown {
        Shown {
            name: researcher.name.clone(),
            job_title: researcher.job_title.clone(),
            email: researcher.email.clone(),
            github_username: researcher.github_username.clone(),
            telephone: researcher.telephone.clone(),
            daa: researcher.daa.clone().unwrap_or_default(),
            server_access: yes_or_no(researcher.does_researcher_need_server_access),
            phone_types: phone_types(&researcher.phone_type),
            safe_training: yes_or_no(researcher.has_taken_safe_researcher_training),
            training_with_org: researcher.training_with_org.clone(),
            training_passed_at: day(researcher.training_passed_at),
            version: researcher.version().as_str().to_owned(),
        }
    }

    /// With the version that was sent, or that of what is stored.
    pub fn typed(fields: &Fields, stored: &Researcher) -> Shown {
        let text = |name: &str| fields.text(name).to_owned();
        let version = fields.raw("version");
        Shown {
            name: text("name"),
            job_title: text("job_title"),
            email: text("email"),
            github_username: text("github_username"),
            telephone: text("telephone"),
            daa: text("daa"),
            server_access: yes_or_no(posted_bool(fields, "does_researcher_need_server_access")),
            phone_types: phone_types(fields.raw("phone_type").unwrap_or(&stored.phone_type)),
            safe_training: yes_or_no(posted_bool(fields, "has_taken_safe_researcher_training")),
            training_with_org: text("training_with_org"),
            training_passed_at: text("training_passed_at"),
            version: version.map_or_else(|| stored.version().as_str().to_owned(), str::to_owned),
        }
    }

    /// Saving it again replaces `stored`.
    pub fn with_version(mut self, stored: &Researcher) -> Shown {
        self.version = stored.version().as_str().to_owned();
        self
    }
}

fn posted_bool(fields: &Fields, name: &str) -> Option<bool> {
    match fields.text(name) {
        "True" | "true" => Some(true),
        "False" | "false" => Some(false),
        _ => None,
    }
}

fn yes_or_no(answer: Option<bool>) -> [Choice; 2] {
    [
        Choice { value: "True", label: "Yes", checked: answer == Some(true) },
        Choice { value: "False", label: "No", checked: answer == Some(false) },
    ]
}

fn phone_types(chosen: &str) -> Vec<Choice> {
    let none = ("", "Not supplied");
    let choices = PHONE_TYPES.into_iter().chain([none]);
    choices.map(|(value, label)| Choice { value, label, checked: value == chosen }).collect()
}

#[derive(Serialize)]
struct ResearcherPage {
    heading: String,
    crumb: String,
    application: String,
    application_url: String,
    post_url: String,
    #[serde(flatten)]
    shown: Shown,
    /// For each field what is wrong with it, if anything.
    wrong: Map<String, Value>,
    errors: Vec<FieldError>,
}

/// `stored_name` is what the researcher is called until the form is saved.
pub fn show(
    app: &App,
    staff: &Staff,
    (application, id): (i32, i32),
    stored_name: &str,
    shown: Shown,
    errors: Vec<FieldError>,
) -> PageResult {
    let view = ResearcherPage {
        heading: format!("Edit Researcher: {stored_name}"),
        crumb: format!("Edit researcher: {stored_name}"),
        application: format!("Application {}", hash(application)),
        application_url: staff_url(application),
        post_url: format!("{}researchers/{id}/edit/", staff_url(application)),
        shown,
        wrong: wrong(&errors),
        errors,
    };
    staff.visitor.render(app, "staff/applications/researcher", Page::staff(&view.heading), &view)
}

fn wrong(errors: &[FieldError]) -> Map<String, Value> {
    COLUMNS.iter().map(|&column| (column.to_owned(), FieldError::find(errors, column).into())).collect()
}
