//! The form for a new project: what can be chosen, what was typed, what is wrong with it.

use domain::{
    copilots::{self, Candidate},
    db::GenericClient,
    permissions::Permission,
    project_number,
    views::staff_projects::{self, OrgChoice},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{BLANK, Choice, PATH, error_of};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        form::Fields,
        shell::Page,
        times::Moment,
    },
    staff::ProjectCreator,
};

/// What was typed and chosen.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub number: String,
    pub name: String,
    /// The key of the organisation.
    pub org: String,
    /// The key of the person.
    pub copilot: String,
}

impl Typed {
    pub fn posted(fields: &Fields) -> Typed {
        let text = |name| fields.text(name).to_owned();
        Typed { number: text("number"), name: text("name"), org: text("orgs"), copilot: text("copilot") }
    }
}

/// What can be chosen.
pub struct Choices {
    orgs: Vec<OrgChoice>,
    pub copilots: Vec<Candidate>,
}

impl Choices {
    pub async fn load(db: &impl GenericClient) -> Result<Choices, Error> {
        let (orgs, copilots) = tokio::try_join!(staff_projects::orgs(db), copilots::candidates(db))?;
        Ok(Choices { orgs, copilots })
    }

    /// The key of the organisation with this slug; empty if there is none.
    pub fn org_by_slug(&self, slug: &str) -> String {
        self.orgs.iter().find(|org| org.slug == slug).map(|org| org.id.to_string()).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct CreatePage {
    creator: String,
    created: Moment,
    number: String,
    number_pattern: &'static str,
    number_error: String,
    name: String,
    name_error: String,
    org_options: Vec<Choice>,
    orgs_error: String,
    /// Where to make an organisation and come back from.
    new_org_url: Option<String>,
    copilot_options: Vec<Choice>,
    copilot_error: String,
    blank: &'static str,
    errors: Vec<FieldError>,
}

pub fn show(
    app: &App,
    creator: &ProjectCreator,
    choices: Choices,
    typed: Typed,
    errors: Vec<FieldError>,
) -> PageResult {
    let Choices { orgs, copilots } = choices;
    let org = |org: OrgChoice| {
        let is_chosen = org.id.to_string() == typed.org;
        Choice::new(org.id, org.name, is_chosen)
    };
    let copilot = |person: Candidate| {
        let is_chosen = person.id.to_string() == typed.copilot;
        Choice::new(person.id, person.display_name(), is_chosen)
    };
    let view = CreatePage {
        creator: creator.person.fullname.clone(),
        created: Moment::date(Timestamp::now()),
        number_pattern: project_number::PATTERN,
        number_error: error_of(&errors, "number"),
        name_error: error_of(&errors, "name"),
        org_options: orgs.into_iter().map(org).collect(),
        orgs_error: error_of(&errors, "orgs"),
        new_org_url: creator
            .visitor
            .may(Permission::OrgCreate, None)
            .then(|| format!("/staff/orgs/add/?next={PATH}create/")),
        copilot_options: copilots.into_iter().map(copilot).collect(),
        copilot_error: error_of(&errors, "copilot"),
        blank: BLANK,
        number: typed.number,
        name: typed.name,
        errors,
    };
    creator.visitor.render(app, "staff/projects/create", Page::staff("Create a project"), &view)
}
