//! A project as the form of its edit page shows it.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Key, Wanted};
use crate::{
    Result,
    copilots::Candidate,
    db::GenericClient,
    ids::{OrgId, ProjectId},
    projects,
    version::{Version, kept},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    pub id: OrgId,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub id: ProjectId,
    pub slug: String,
    pub name: String,
    pub number: Option<String>,
    pub status: String,
    pub status_description: String,
    pub copilot: Option<Candidate>,
    pub copilot_support_ends_at: Option<Timestamp>,
    pub copilot_notes: String,
    /// Those that work on it, by name.
    pub orgs: Vec<Org>,
    pub lead: Option<OrgId>,
}

impl Stored {
    /// `<number> - <name>`, or the name alone.
    pub fn title(&self) -> String {
        projects::title(self.number.as_deref(), &self.name)
    }

    /// Changes whenever anything does that the form shows.
    pub fn version(&self) -> Version {
        let orgs: Vec<OrgId> = self.orgs.iter().map(|org| org.id).collect();
        Version::of(&(
            (&self.slug, &self.name, &self.number, &self.status, &self.status_description),
            (
                self.copilot.as_ref().map(|copilot| copilot.id),
                self.copilot_support_ends_at,
                &self.copilot_notes,
            ),
            (orgs, self.lead),
        ))
    }

    /// A wish with a lead that was decided, and with what is stored where forms cannot say it: the time of a day, and line
    /// ends, which browsers send as two characters.
    pub(super) fn settled(&self, wanted: &Wanted) -> Wanted {
        let stays = |lead: &OrgId| wanted.orgs.contains(lead);
        let lead = wanted.lead.or(self.lead.filter(stays)).or(wanted.orgs.first().copied());
        Wanted {
            lead,
            copilot_support_ends_at: self.kept_moment(wanted.copilot_support_ends_at),
            copilot_notes: kept(&self.copilot_notes, &wanted.copilot_notes).to_owned(),
            status_description: kept(&self.status_description, &wanted.status_description).to_owned(),
            ..wanted.clone()
        }
    }
}

impl Stored {
    /// The stored moment if a day is wanted and it lies on that day.
    fn kept_moment(&self, wanted: Option<Timestamp>) -> Option<Timestamp> {
        let midnight = |at: Timestamp| at.as_second().div_euclid(DAY) * DAY;
        let is_day = |at: &Timestamp| at.as_second().rem_euclid(DAY) == 0 && at.subsec_nanosecond() == 0;
        match (self.copilot_support_ends_at, wanted) {
            (Some(stored), Some(wanted)) if is_day(&wanted) && midnight(stored) == wanted.as_second() => {
                Some(stored)
            }
            _ => wanted,
        }
    }
}

/// Seconds.
const DAY: i64 = 86_400;

macro_rules! stored_columns {
    ($condition:literal) => {
        concat!(
            "SELECT project.id, project.slug, project.name, project.number, project.status,
                    project.status_description, project.copilot_notes, project.copilot_support_ends_at,
                    copilot.id AS copilot_id, copilot.username, copilot.fullname,
                    orgs.ids, orgs.names, orgs.lead
             FROM jobserver_project AS project
             LEFT JOIN jobserver_user AS copilot ON copilot.id = project.copilot_id
             CROSS JOIN LATERAL (
                 SELECT coalesce(array_agg(org.id ORDER BY lower(org.name), org.id), '{}') AS ids,
                        coalesce(array_agg(org.name ORDER BY lower(org.name), org.id), '{}') AS names,
                        max(org.id) FILTER (WHERE collaboration.is_lead) AS lead
                 FROM jobserver_projectcollaboration AS collaboration
                 JOIN jobserver_org AS org ON org.id = collaboration.org_id
                 WHERE collaboration.project_id = project.id
             ) AS orgs
             WHERE ",
            $condition
        )
    };
}

/// The project with this slug, else the one with this id.
pub async fn find(db: &impl GenericClient, key: Key<'_>) -> Result<Option<Stored>> {
    let statement = db
        .prepare_cached(stored_columns!(
            "project.slug = $1
                OR (project.id = $2 AND NOT EXISTS (SELECT FROM jobserver_project WHERE slug = $1))"
        ))
        .await?;
    db.query_opt(&statement, &[&key.slug, &key.id]).await?.as_ref().map(from_row).transpose()
}

/// A project whose row is locked, so that what is read stays true.
pub(super) async fn find_locked(tx: &impl GenericClient, id: ProjectId) -> Result<Option<Stored>> {
    let statement = tx.prepare_cached(stored_columns!("project.id = $1")).await?;
    tx.query_opt(&statement, &[&id]).await?.as_ref().map(from_row).transpose()
}

fn from_row(row: &Row) -> Result<Stored> {
    Ok(Stored {
        id: row.try_get("id")?,
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
        number: row.try_get("number")?,
        status: row.try_get("status")?,
        status_description: row.try_get("status_description")?,
        copilot: copilot(row)?,
        copilot_support_ends_at: row.try_get("copilot_support_ends_at")?,
        copilot_notes: row.try_get("copilot_notes")?,
        orgs: orgs(row)?,
        lead: row.try_get("lead")?,
    })
}

/// Columns `ids` and `names`.
pub(super) fn orgs(row: &Row) -> Result<Vec<Org>> {
    let (ids, names): (Vec<OrgId>, Vec<String>) = (row.try_get("ids")?, row.try_get("names")?);
    Ok(ids.into_iter().zip(names).map(|(id, name)| Org { id, name }).collect())
}

/// Columns `copilot_id`, `username` and `fullname`.
pub(super) fn copilot(row: &Row) -> Result<Option<Candidate>> {
    let Some(id) = row.try_get("copilot_id")? else { return Ok(None) };
    Ok(Some(Candidate { id, username: row.try_get("username")?, fullname: row.try_get("fullname")? }))
}
