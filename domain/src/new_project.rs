//! Making a project, by staff's form or by the approval of an application. One transaction holds the project, its
//! organisations and the event of its creation; who calls it says whether anybody is told.

use deadpool_postgres::GenericClient;

use crate::{
    Result, copilots,
    ids::{OrgId, ProjectId, UserId},
    project_number, redirects,
    slug::{self, slugify},
};

/// The longest name, in characters. The column has no limit, but its index has.
pub const NAME_LIMIT: usize = 255;

pub(crate) const REQUIRED: &str = "This field is required.";
pub(crate) const NAME_TAKEN: &str = "Project with this Project title already exists.";
pub(crate) const NUMBER_TAKEN: &str = "Project with this Project ID already exists.";
pub(crate) const NO_SUCH_CHOICE: &str =
    "Select a valid choice. That choice is not one of the available choices.";

/// A project to be made.
#[derive(Debug, Clone)]
pub struct NewProject {
    pub name: String,
    /// As [`project_number::checked`] returns it.
    pub number: Option<String>,
    /// The first one leads.
    pub orgs: Vec<OrgId>,
    pub copilot: Option<UserId>,
    /// Whether a number that starts with POS needs a co-pilot. Not so when an application is approved: there the co-pilot
    /// is found later.
    pub pos_needs_copilot: bool,
    pub by: UserId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    pub id: ProjectId,
    pub slug: String,
}

/// What a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    /// Only while editing: a new project's is made from its name.
    Slug,
    Number,
    Orgs,
    /// Only while editing: the first organisation leads a new project.
    Lead,
    Copilot,
}

impl Field {
    /// The name of the column or list that it is.
    pub fn name(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Slug => "slug",
            Field::Number => "number",
            Field::Orgs => "orgs",
            Field::Lead => "lead",
            Field::Copilot => "copilot",
        }
    }
}

/// Why a project cannot be made or changed, for the person who wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub field: Field,
    pub text: String,
}

impl Refusal {
    pub fn new(field: Field, text: impl Into<String>) -> Refusal {
        Refusal { field, text: text.into() }
    }
}

/// Makes a project, or says everything that is wrong with it. Call it within a transaction; after a refusal nothing was
/// written.
///
/// # Errors
/// The outer error is the database's.
pub async fn create(
    tx: &impl GenericClient,
    new: &NewProject,
) -> Result<std::result::Result<Created, Vec<Refusal>>> {
    let refusals = refusals(tx, new).await?;
    if !refusals.is_empty() {
        return Ok(Err(refusals));
    }
    let slug = slugify(&new.name);
    match insert(tx, new, &slug).await? {
        Some(id) => {
            redirects::taken(tx, &format!("/{slug}/")).await?;
            Ok(Ok(Created { id, slug }))
        }
        // Somebody was faster; now the look-up tells what they took.
        None => {
            let mut refusals = refusals_of_stored(tx, new, &slug).await?;
            if refusals.is_empty() {
                refusals.push(Refusal::new(Field::Name, NAME_TAKEN));
            }
            Ok(Err(refusals))
        }
    }
}

/// Everything that is wrong with a project to be made; empty: it can be made.
pub async fn refusals(db: &impl GenericClient, new: &NewProject) -> Result<Vec<Refusal>> {
    let slug = slugify(&new.name);
    let mut refusals = refusals_of_shape(new, &slug);
    refusals.extend(refusals_of_stored(db, new, &slug).await?);
    let number_is_fine = !refusals.iter().any(|refusal| refusal.field == Field::Number);
    let is_pos = new.number.as_deref().is_some_and(project_number::is_pos);
    if new.pos_needs_copilot && new.copilot.is_none() && is_pos && number_is_fine {
        let text = "A co-pilot is required for a project whose number starts with POS.";
        refusals.push(Refusal::new(Field::Copilot, text));
    }
    Ok(refusals)
}

/// What is wrong whatever is stored.
fn refusals_of_shape(new: &NewProject, slug: &str) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if let Err(text) = checked_name(&new.name) {
        refusals.push(Refusal::new(Field::Name, text));
    } else if let Err(text) = slug::check(slug::Kind::Project, slug) {
        refusals.push(Refusal::new(Field::Name, text));
    }
    if new.orgs.is_empty() {
        refusals.push(Refusal::new(Field::Orgs, REQUIRED));
    }
    refusals
}

/// What is wrong with a name whatever is stored; used for editing as well.
///
/// # Errors
/// The text for the person who typed it.
pub fn checked_name(name: &str) -> std::result::Result<(), String> {
    let length = name.chars().count();
    if name.is_empty() {
        Err(REQUIRED.to_owned())
    } else if length > NAME_LIMIT {
        Err(format!("Ensure this value has at most {NAME_LIMIT} characters (it has {length})."))
    } else {
        Ok(())
    }
}

/// What collides with other projects, or refers to what is not there.
async fn refusals_of_stored(tx: &impl GenericClient, new: &NewProject, slug: &str) -> Result<Vec<Refusal>> {
    let statement = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT FROM jobserver_project WHERE name = $1) AS name_is_taken,
                    EXISTS (SELECT FROM jobserver_project WHERE slug = $2) AS slug_is_taken,
                    EXISTS (SELECT FROM jobserver_project WHERE number = $3) AS number_is_taken,
                    NOT EXISTS (
                        SELECT
                        FROM unnest($4::integer[]) AS wanted (id)
                        WHERE NOT EXISTS (SELECT FROM jobserver_org WHERE id = wanted.id)
                    ) AS orgs_exist,
                    $5::integer IS NULL
                    OR EXISTS (
                        SELECT FROM jobserver_user WHERE id = $5 AND roles && $6
                    ) AS copilot_can_be",
        )
        .await?;
    let row = tx
        .query_one(&statement, &[&new.name, &slug, &new.number, &new.orgs, &new.copilot, &copilots::roles()])
        .await?;
    let mut refusals = Vec::new();
    if row.try_get("name_is_taken")? {
        refusals.push(Refusal::new(Field::Name, NAME_TAKEN));
    } else if row.try_get("slug_is_taken")? {
        let text = format!("Another project has the address “{slug}”, which is made from this title.");
        refusals.push(Refusal::new(Field::Name, text));
    }
    if row.try_get("number_is_taken")? {
        refusals.push(Refusal::new(Field::Number, NUMBER_TAKEN));
    }
    if !row.try_get::<_, bool>("orgs_exist")? {
        refusals.push(Refusal::new(Field::Orgs, NO_SUCH_CHOICE));
    }
    if !row.try_get::<_, bool>("copilot_can_be")? {
        refusals.push(Refusal::new(Field::Copilot, NO_SUCH_CHOICE));
    }
    Ok(refusals)
}

/// None: another project took the name, the slug or the number meanwhile.
async fn insert(tx: &impl GenericClient, new: &NewProject, slug: &str) -> Result<Option<ProjectId>> {
    let statement = tx
        .prepare_cached(
            "WITH project AS (
                 INSERT INTO jobserver_project
                     (name, slug, number, copilot_id, status, status_description, copilot_notes, category,
                      created_at, created_by_id, updated_at, updated_by_id)
                 VALUES ($1, $2, $3, $4, 'ongoing', '', '', 'unknown', now(), $6, now(), $6)
                 ON CONFLICT DO NOTHING
                 RETURNING id, created_at
             ),
             collaboration AS (
                 INSERT INTO jobserver_projectcollaboration
                     (project_id, org_id, is_lead, created_at, created_by_id, updated_at, updated_by_id)
                 SELECT project.id, chosen.org_id, min(chosen.place) = 1, now(), $6, now(), $6
                 FROM project
                 CROSS JOIN unnest($5::integer[]) WITH ORDINALITY AS chosen (org_id, place)
                 GROUP BY project.id, chosen.org_id
                 ORDER BY min(chosen.place)
             ),
             event AS (
                 INSERT INTO jobserver_auditableevent (
                     type, target_model, target_field, target_id, target_user,
                     parent_model, parent_id, old, new, created_at, created_by
                 )
                 SELECT
                     'project_created', 'jobserver.Project', '', project.id::text, actor.username,
                     'jobserver.Project', project.id::text, '', '', project.created_at, actor.username
                 FROM project
                 JOIN jobserver_user AS actor ON actor.id = $6
             )
             SELECT id FROM project",
        )
        .await?;
    let row =
        tx.query_opt(&statement, &[&new.name, &slug, &new.number, &new.copilot, &new.orgs, &new.by]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}
