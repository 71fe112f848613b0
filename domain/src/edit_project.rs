//! Changing a project as staff do: everything their form shows, in one transaction with the record of what changed and,
//! for a new slug, with a redirect from the old address. The category is nobody's to change here.

mod collaborations;
mod stored;

use jiff::Timestamp;

pub use self::stored::{Org, Stored, find};
use crate::{
    Error, Result,
    audit::{self, About, Event},
    copilots::{self, Candidate},
    db::{GenericClient, Object},
    ids::{OrgId, ProjectId, UserId},
    new_project::{Field, NAME_TAKEN, NO_SUCH_CHOICE, NUMBER_TAKEN, REQUIRED, Refusal, checked_name},
    redirects, slug,
    users::Person,
    version::Edited,
};

/// Values of the column `status`, with what people read.
pub const STATUSES: [(&str, &str); 6] = [
    ("ongoing", "Ongoing"),
    ("postponed", "Postponed"),
    ("retired", "Retired"),
    ("ongoing-and-linked", "Ongoing - paper/report linked"),
    ("completed-and-linked", "Completed - paper/report linked"),
    ("completed-and-awaiting", "Completed - awaiting paper/report"),
];

/// What people read of a status; one that is none of [`STATUSES`] as it is stored.
pub fn status_label(stored: &str) -> &str {
    STATUSES.iter().find(|(value, _)| *value == stored).map_or(stored, |(_, label)| *label)
}

/// What a project is to become.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub name: String,
    /// Its characters have been checked.
    pub slug: String,
    /// As `project_number::checked` returns it.
    pub number: Option<String>,
    pub orgs: Vec<OrgId>,
    /// None: the lead stays; if it leaves, the first of `orgs` leads.
    pub lead: Option<OrgId>,
    pub copilot: Option<UserId>,
    pub copilot_support_ends_at: Option<Timestamp>,
    pub copilot_notes: String,
    pub status: String,
    pub status_description: String,
}

/// Which project: the one with this slug, else the one with this id, whose slug somebody may just have changed.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    pub slug: &'a str,
    pub id: Option<ProjectId>,
}

#[derive(Debug)]
pub enum Outcome {
    /// There is no such project.
    Gone,
    /// Nothing was written.
    Refused(Vec<Refusal>),
    Edited(Edited<Box<Stored>>),
}

/// Changes a project, unless somebody else did since the form with this `version` was filled.
pub async fn edit(
    db: &mut Object,
    key: Key<'_>,
    wanted: &Wanted,
    version: Option<&str>,
    by: &Person,
) -> Result<Outcome> {
    let tx = db.transaction().await?;
    let Some(id) = lock(&tx, key).await? else { return Ok(Outcome::Gone) };
    let Some(stored) = stored::find_locked(&tx, id).await? else { return Ok(Outcome::Gone) };
    let wanted = stored.settled(wanted);
    let known = look_up(&tx, &stored, &wanted).await?;
    let refusals = refusals(&stored, &wanted, &known);
    let event = event(&stored, &wanted, &known, by);
    if refusals.is_empty() && !event.has_changes() {
        return Ok(Outcome::Edited(Edited::Unchanged));
    }
    if !stored.version().admits(version) {
        return Ok(Outcome::Edited(Edited::Overtaken(Box::new(stored))));
    }
    if !refusals.is_empty() {
        return Ok(Outcome::Refused(refusals));
    }
    if let Err(error) = write(&tx, &stored, &wanted, by.id).await {
        return raced(&error).map(|refusal| Outcome::Refused(vec![refusal])).ok_or(error);
    }
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(Outcome::Edited(Edited::Saved))
}

async fn lock(tx: &impl GenericClient, key: Key<'_>) -> Result<Option<ProjectId>> {
    let statement = tx
        .prepare_cached(
            "SELECT id
             FROM jobserver_project
             WHERE slug = $1
                OR (id = $2 AND NOT EXISTS (SELECT FROM jobserver_project WHERE slug = $1))
             FOR UPDATE",
        )
        .await?;
    Ok(tx.query_opt(&statement, &[&key.slug, &key.id]).await?.map(|row| row.try_get(0)).transpose()?)
}

/// What the database says about a wish.
struct Known {
    name_is_taken: bool,
    slug_is_taken: bool,
    number_is_taken: bool,
    /// Those of the wanted organisations that there are, by name.
    orgs: Vec<Org>,
    /// The wanted co-pilot, who may be one or is one already.
    copilot: Option<Candidate>,
}

async fn look_up(tx: &impl GenericClient, stored: &Stored, wanted: &Wanted) -> Result<Known> {
    let statement = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT FROM jobserver_project WHERE name = $2 AND id <> $1) AS name_is_taken,
                    EXISTS (SELECT FROM jobserver_project WHERE slug = $3 AND id <> $1) AS slug_is_taken,
                    EXISTS (SELECT FROM jobserver_project WHERE number = $4 AND id <> $1) AS number_is_taken,
                    orgs.ids,
                    orgs.names,
                    copilot.id AS copilot_id,
                    copilot.username,
                    copilot.fullname
             FROM (
                 SELECT coalesce(array_agg(id ORDER BY lower(name), id), '{}') AS ids,
                        coalesce(array_agg(name ORDER BY lower(name), id), '{}') AS names
                 FROM jobserver_org
                 WHERE id = ANY($5)
             ) AS orgs
             LEFT JOIN jobserver_user AS copilot
                 ON copilot.id = $6 AND (copilot.roles && $8 OR copilot.id = $7)",
        )
        .await?;
    let current = stored.copilot.as_ref().map(|copilot| copilot.id);
    let row = tx
        .query_one(
            &statement,
            &[
                &stored.id,
                &wanted.name,
                &wanted.slug,
                &wanted.number,
                &wanted.orgs,
                &wanted.copilot,
                &current,
                &copilots::roles(),
            ],
        )
        .await?;
    Ok(Known {
        name_is_taken: row.try_get("name_is_taken")?,
        slug_is_taken: row.try_get("slug_is_taken")?,
        number_is_taken: row.try_get("number_is_taken")?,
        orgs: stored::orgs(&row)?,
        copilot: stored::copilot(&row)?,
    })
}

fn refusals(stored: &Stored, wanted: &Wanted, known: &Known) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut refuse = |field, text: String| refusals.push(Refusal::new(field, text));
    if let Err(text) = checked_name(&wanted.name)
        && wanted.name != stored.name
    {
        refuse(Field::Name, text);
    } else if known.name_is_taken {
        refuse(Field::Name, NAME_TAKEN.to_owned());
    }
    if let Err(text) = slug::check(slug::Kind::Project, &wanted.slug)
        && wanted.slug != stored.slug
    {
        refuse(Field::Slug, text);
    } else if known.slug_is_taken {
        refuse(Field::Slug, SLUG_TAKEN.to_owned());
    }
    if known.number_is_taken {
        refuse(Field::Number, NUMBER_TAKEN.to_owned());
    }
    if wanted.orgs.is_empty() {
        refuse(Field::Orgs, REQUIRED.to_owned());
    } else if known.orgs.len() < wanted.orgs.len() {
        refuse(Field::Orgs, NO_SUCH_CHOICE.to_owned());
    }
    if wanted.lead.is_some_and(|lead| !wanted.orgs.contains(&lead)) {
        refuse(Field::Lead, "Choose a lead among the organisations that work on the project.".to_owned());
    }
    if wanted.copilot.is_some() && known.copilot.is_none() {
        refuse(Field::Copilot, NO_SUCH_CHOICE.to_owned());
    }
    refusals
}

const SLUG_TAKEN: &str = "Project with this URL slug already exists.";

async fn write(tx: &impl GenericClient, stored: &Stored, wanted: &Wanted, by: UserId) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "UPDATE jobserver_project
             SET name = $2,
                 slug = $3,
                 number = $4,
                 copilot_id = $5,
                 copilot_support_ends_at = $6,
                 copilot_notes = $7,
                 status = $8,
                 status_description = $9,
                 updated_at = now(),
                 updated_by_id = $10
             WHERE id = $1",
        )
        .await?;
    tx.execute(
        &statement,
        &[
            &stored.id,
            &wanted.name,
            &wanted.slug,
            &wanted.number,
            &wanted.copilot,
            &wanted.copilot_support_ends_at,
            &wanted.copilot_notes,
            &wanted.status,
            &wanted.status_description,
            &by,
        ],
    )
    .await?;
    collaborations::replace(tx, stored, wanted, by).await?;
    let (old, new) = (format!("/{}/", stored.slug), format!("/{}/", wanted.slug));
    redirects::moved(tx, redirects::Target::Project(stored.id), &old, &new, by).await
}

/// What another project took between the look-up and the write.
fn raced(error: &Error) -> Option<Refusal> {
    match error.constraint()? {
        "jobserver_project_name_key" => Some(Refusal::new(Field::Name, NAME_TAKEN)),
        "jobserver_project_slug_key" => Some(Refusal::new(Field::Slug, SLUG_TAKEN)),
        "unique_number_ignore_null" => Some(Refusal::new(Field::Number, NUMBER_TAKEN)),
        _ => None,
    }
}

/// The record of the edit, as people will read it.
fn event(stored: &Stored, wanted: &Wanted, known: &Known, by: &Person) -> Event {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let day = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let person = |copilot: Option<&Candidate>| copilot.map(Candidate::display_name).unwrap_or_default();
    let lead = |orgs: &[Org], lead: Option<OrgId>| {
        orgs.iter().find(|org| Some(org.id) == lead).map(|org| org.name.clone()).unwrap_or_default()
    };
    Event::new(audit::Kind::ProjectEdited, &by.username, About::project(stored.id, stored.title()))
        .project(stored.id)
        .change("name", &stored.name, &wanted.name)
        .change("slug", &stored.slug, &wanted.slug)
        .change("number", text(stored.number.as_deref()), text(wanted.number.as_deref()))
        .change("orgs", names(&stored.orgs), names(&known.orgs))
        .change("lead", lead(&stored.orgs, stored.lead), lead(&known.orgs, wanted.lead))
        .change("copilot", person(stored.copilot.as_ref()), person(known.copilot.as_ref()))
        .change(
            "copilot_support_ends_at",
            day(stored.copilot_support_ends_at),
            day(wanted.copilot_support_ends_at),
        )
        .change("copilot_notes", &stored.copilot_notes, &wanted.copilot_notes)
        .change("status", &stored.status, &wanted.status)
        .change("status_description", &stored.status_description, &wanted.status_description)
}

/// Names in one order, so that only a difference differs.
fn names(orgs: &[Org]) -> String {
    let mut names: Vec<&str> = orgs.iter().map(|org| org.name.as_str()).collect();
    names.sort_by_key(|name| name.to_lowercase());
    names.join(", ")
}
