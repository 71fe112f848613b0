//! The audit log: what staff did, from Django's table of events and from ours as one list, newest first. Of everything, of
//! one project, or of one person: what they did, what was done to them, and the making of the projects they are in.
//! What an event is about may be gone by now; [`names`] finds what is still there, for all events of a page at once.

pub mod names;
mod query;

use jiff::Timestamp;
use serde::Deserialize;
use tokio_postgres::Row;

use crate::{Error, Result, audit::Kind, db::GenericClient, ids::ProjectId};

pub use query::{Filter, Log};

/// More events than this are neither counted nor paged through; who wants older ones asks for a time.
pub const MOST: i64 = 10_000;

/// One line of the log.
#[derive(Debug, Clone)]
pub struct Event {
    pub what: What,
    /// The text of the column, which an unknown kind shows.
    pub kind: String,
    pub at: Timestamp,
    /// Who did it: a username, or `command:` and a command. May be empty.
    pub by: String,
    /// The username of the person concerned; may be empty.
    pub whom: String,
    pub project: Option<ProjectId>,
    pub about: About,
    pub changes: Vec<Change>,
}

/// What an event is about, as it was noted then.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct About {
    /// Such as `jobserver.Org`; may be empty.
    pub model: String,
    /// The primary key as text.
    pub id: String,
    /// What it was called; Django's events do not say.
    pub label: String,
}

/// A field's value before and after.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Change {
    pub field: String,
    pub old: String,
    pub new: String,
}

/// The kinds of event, Django's and ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    ProjectCreated,
    MemberAdded,
    MemberRolesUpdated,
    MemberRemoved,
    UserRolesUpdated,
    Staff(Kind),
    /// Written by a newer version, or by hand.
    Unknown,
}

impl What {
    const OF_DJANGO: [What; 5] = [
        What::MemberAdded,
        What::MemberRemoved,
        What::MemberRolesUpdated,
        What::ProjectCreated,
        What::UserRolesUpdated,
    ];

    /// All that are known, Django's first.
    pub fn all() -> impl Iterator<Item = What> {
        What::OF_DJANGO.into_iter().chain(Kind::ALL.iter().copied().map(What::Staff))
    }

    /// The text of the column `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            What::ProjectCreated => "project_created",
            What::MemberAdded => "project_member_added",
            What::MemberRolesUpdated => "project_member_updated_roles",
            What::MemberRemoved => "project_member_removed",
            What::UserRolesUpdated => "user_updated_roles",
            What::Staff(kind) => kind.as_str(),
            What::Unknown => "",
        }
    }

    /// What a filter calls it.
    pub fn label(self) -> &'static str {
        match self {
            What::ProjectCreated => "Project created",
            What::MemberAdded => "User added",
            What::MemberRolesUpdated => "User's roles updated",
            What::MemberRemoved => "User removed",
            What::UserRolesUpdated => "User's global roles updated",
            What::Staff(kind) => kind.label(),
            What::Unknown => "Something else",
        }
    }

    fn of(kind: &str) -> What {
        let of_django = What::OF_DJANGO.into_iter().find(|what| what.as_str() == kind);
        of_django.or_else(|| Kind::from_stored(kind).map(What::Staff)).unwrap_or(What::Unknown)
    }
}

impl Event {
    fn from_row(row: &Row) -> Result<Event> {
        let kind: String = row.try_get("type")?;
        let project: String = row.try_get("project")?;
        Ok(Event {
            what: What::of(&kind),
            kind,
            at: row.try_get("created_at")?,
            by: row.try_get("created_by")?,
            whom: row.try_get("target_user")?,
            project: project.parse().ok().map(ProjectId),
            about: About {
                model: row.try_get("about_model")?,
                id: row.try_get("about_id")?,
                label: row.try_get("about_label")?,
            },
            changes: changes(row)?,
        })
    }
}

/// Ours are a list; Django's have one field at most.
fn changes(row: &Row) -> Result<Vec<Change>> {
    match row.try_get::<_, Option<serde_json::Value>>("changes")? {
        Some(changes) => serde_json::from_value(changes).map_err(|error| Error::Corrupt(error.to_string())),
        None => {
            let field: String = row.try_get("target_field")?;
            let change = Change { field, old: row.try_get("old")?, new: row.try_get("new")? };
            let says_something = !(change.field.is_empty() && change.old.is_empty() && change.new.is_empty());
            Ok(says_something.then_some(change).into_iter().collect())
        }
    }
}

/// How many events fit, [`MOST`] at most.
pub async fn count(db: &impl GenericClient, log: Log<'_>, filter: &Filter) -> Result<i64> {
    let query = query::count(log, filter);
    let rows = query.run(db).await?;
    let row = rows.first().ok_or_else(|| Error::Corrupt("a count without a row".to_owned()))?;
    Ok(row.try_get(0)?)
}

/// The events from `offset` on, `limit` at most.
pub async fn page(
    db: &impl GenericClient,
    log: Log<'_>,
    filter: &Filter,
    offset: i64,
    limit: i64,
) -> Result<Vec<Event>> {
    let query = query::page(log, filter, offset, limit);
    query.run(db).await?.iter().map(Event::from_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_text() {
        for what in What::all() {
            assert_eq!(What::of(what.as_str()), what);
            assert!(!what.label().is_empty());
        }
        assert_eq!(What::of("user_flew_away"), What::Unknown);
        assert_eq!(What::of(""), What::Unknown);
    }
}
