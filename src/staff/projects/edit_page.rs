//! The form for a project: what is stored or was typed, what can be chosen, what is wrong with it.

use domain::{
    applications::hash,
    copilots::{self, Candidate},
    db::GenericClient,
    edit_project::{STATUSES, Stored},
    permissions::Permission,
    project_number,
    views::staff_projects::{self, OrgChoice},
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{BLANK, Choice, error_of};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        form::Fields,
        shell::Page,
    },
    staff::{Staff, addresses, link::Link},
};

/// What the fields hold, as text.
#[derive(Debug, Clone)]
pub struct Typed {
    pub name: String,
    pub slug: String,
    pub number: String,
    /// Keys of organisations.
    pub orgs: Vec<String>,
    pub lead: String,
    pub copilot: String,
    pub copilot_support_ends_at: String,
    pub copilot_notes: String,
    pub status: String,
    pub status_description: String,
    /// Of what the form was filled from.
    pub version: String,
}

impl Typed {
    pub fn stored(stored: &Stored) -> Typed {
        Typed {
            name: stored.name.clone(),
            slug: stored.slug.clone(),
            number: stored.number.clone().unwrap_or_default(),
            orgs: stored.orgs.iter().map(|org| org.id.to_string()).collect(),
            lead: stored.lead.map(|lead| lead.to_string()).unwrap_or_default(),
            copilot: stored.copilot.as_ref().map(|copilot| copilot.id.to_string()).unwrap_or_default(),
            copilot_support_ends_at: stored.copilot_support_ends_at.map(day).unwrap_or_default(),
            copilot_notes: stored.copilot_notes.clone(),
            status: stored.status.clone(),
            status_description: stored.status_description.clone(),
            version: stored.version().as_str().to_owned(),
        }
    }

    pub fn posted(fields: &Fields) -> Typed {
        let text = |name| fields.text(name).to_owned();
        Typed {
            name: text("name"),
            slug: text("slug"),
            number: text("number"),
            orgs: fields.all("orgs").into_iter().map(|key| key.trim().to_owned()).collect(),
            lead: text("lead"),
            copilot: text("copilot"),
            copilot_support_ends_at: text("copilot_support_ends_at"),
            copilot_notes: text("copilot_notes"),
            status: text("status"),
            status_description: text("status_description"),
            version: text("version"),
        }
    }
}

/// The day, as date fields want it.
pub fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

/// What can be chosen, and what is shown beside it.
pub struct Choices {
    orgs: Vec<OrgChoice>,
    copilots: Vec<Candidate>,
    application: Option<i32>,
}

impl Choices {
    pub async fn load(db: &impl GenericClient, slug: &str) -> Result<Choices, Error> {
        let (orgs, copilots, application) = tokio::try_join!(
            staff_projects::orgs(db),
            copilots::candidates(db),
            staff_projects::application_of(db, slug)
        )?;
        Ok(Choices { orgs, copilots, application })
    }

    /// Co-pilots by name; the present one also if they may not become one any more.
    fn copilots(&self, stored: &Stored, chosen: &str) -> Vec<Choice> {
        let present = stored.copilot.iter().filter(|present| !self.copilots.contains(present));
        let everybody = self.copilots.iter().chain(present);
        everybody
            .map(|person| {
                let is_chosen = person.id.to_string() == chosen;
                Choice::new(person.id, person.display_name(), is_chosen)
            })
            .collect()
    }
}

#[derive(Serialize)]
struct EditPage {
    title: String,
    heading: String,
    url: String,
    project_id: i32,
    version: String,
    name: String,
    name_error: String,
    slug: String,
    slug_error: String,
    number: String,
    number_pattern: &'static str,
    number_error: String,
    orgs: Vec<OrgRow>,
    orgs_error: String,
    lead_error: String,
    copilot_options: Vec<Choice>,
    copilot_error: String,
    copilot_support_ends_at: String,
    copilot_support_ends_at_error: String,
    copilot_notes: String,
    copilot_notes_error: String,
    status_options: Vec<Choice>,
    status_error: String,
    status_description: String,
    status_description_error: String,
    blank: &'static str,
    application: Option<Link>,
    may_link: bool,
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct OrgRow {
    id: String,
    name: String,
    is_chosen: bool,
    is_lead: bool,
}

pub fn show(
    app: &App,
    staff: &Staff,
    stored: &Stored,
    choices: &Choices,
    typed: Typed,
    errors: Vec<FieldError>,
) -> PageResult {
    let title = stored.title();
    let error = |field| error_of(&errors, field);
    let view = EditPage {
        heading: format!("Edit: {title}"),
        url: addresses::project(&stored.slug),
        project_id: stored.id.0,
        name_error: error("name"),
        slug_error: error("slug"),
        number_pattern: project_number::PATTERN,
        number_error: error("number"),
        orgs: choices.orgs.iter().map(|org| org_row(org, &typed)).collect(),
        orgs_error: error("orgs"),
        lead_error: error("lead"),
        copilot_options: choices.copilots(stored, &typed.copilot),
        copilot_error: error("copilot"),
        copilot_support_ends_at_error: error("copilot_support_ends_at"),
        copilot_notes_error: error("copilot_notes"),
        status_options: STATUSES
            .iter()
            .map(|(value, label)| Choice::new(value, *label, *value == typed.status))
            .collect(),
        status_error: error("status"),
        status_description_error: error("status_description"),
        blank: BLANK,
        application: choices
            .application
            .map(|id| Link { url: addresses::application(&hash(id)), text: hash(id) }),
        may_link: staff.visitor.may(Permission::ProjectLinkToApplication, None),
        version: typed.version,
        name: typed.name,
        slug: typed.slug,
        number: typed.number,
        copilot_support_ends_at: typed.copilot_support_ends_at,
        copilot_notes: typed.copilot_notes,
        status_description: typed.status_description,
        title,
        errors,
    };
    let page = Page::staff(&view.heading);
    staff.visitor.render(app, "staff/projects/edit", page, &view)
}

fn org_row(org: &OrgChoice, typed: &Typed) -> OrgRow {
    let id = org.id.to_string();
    OrgRow { is_chosen: typed.orgs.contains(&id), is_lead: typed.lead == id, name: org.name.clone(), id }
}
