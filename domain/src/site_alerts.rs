//! Notices that staff show to everybody who is signed in, on every page. Titles and messages may hold HTML that staff
//! wrote: sanitise it before showing it.

use deadpool_postgres::{GenericClient, Object};
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;

use crate::{
    Result,
    audit::{self, About, Event, Kind},
    users::Person,
    version::{Edited, Version, kept},
};

/// Levels as they are stored and as people read them.
pub const LEVELS: [(&str, &str); 4] =
    [("danger", "Danger"), ("info", "Info"), ("success", "Success"), ("warning", "Warning")];
/// The longest title, in characters: it stands on every page.
pub const TITLE_LIMIT: usize = 500;
/// The longest message, in characters.
pub const MESSAGE_LIMIT: usize = 10_000;
/// How much of a notice its records and headings quote, in characters.
const QUOTED: usize = 200;

/// What a level is called; one that is not known, as it is stored.
pub fn level_label(level: &str) -> &str {
    LEVELS.iter().find(|(stored, _)| *stored == level).map_or(level, |(_, label)| label)
}

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteAlert {
    pub id: i32,
    /// May be empty.
    pub title: String,
    pub message: String,
    /// One of [`LEVELS`]; not checked by the database.
    pub level: String,
    pub created_at: Timestamp,
}

/// All notices, newest first.
pub async fn all(db: &impl GenericClient) -> Result<Vec<SiteAlert>> {
    let statement = db
        .prepare_cached(
            "SELECT id, title, message, level, created_at
             FROM jobserver_sitealert
             ORDER BY created_at DESC, id DESC",
        )
        .await?;
    db.query(&statement, &[]).await?.iter().map(SiteAlert::from_row).collect()
}

impl SiteAlert {
    fn from_row(row: &Row) -> Result<SiteAlert> {
        Ok(SiteAlert {
            id: row.try_get("id")?,
            title: row.try_get("title")?,
            message: row.try_get("message")?,
            level: row.try_get("level")?,
            created_at: row.try_get("created_at")?,
        })
    }

    /// "Warning: what it says", at most so long that it fits into a sentence.
    pub fn label(&self) -> String {
        label(&Content { title: &self.title, message: &self.message, level: &self.level })
    }

    /// Of what the form for editing shows.
    pub fn version(&self) -> Version {
        Version::of(&Content { title: &self.title, message: &self.message, level: &self.level })
    }
}

/// What a notice says; its texts have been checked.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Content<'a> {
    pub title: &'a str,
    pub message: &'a str,
    pub level: &'a str,
}

fn label(content: &Content<'_>) -> String {
    let text = if content.title.is_empty() { content.message } else { content.title };
    let mut quoted: String = text.chars().take(QUOTED).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    format!("{}: {quoted}", level_label(content.level))
}

/// A notice with who wrote it; names are missing when nobody knows.
#[derive(Debug, Clone)]
pub struct Authored {
    pub alert: SiteAlert,
    pub created_by: Option<String>,
    pub updated_at: Timestamp,
    pub updated_by: Option<String>,
}

impl Authored {
    fn from_row(row: &Row) -> Result<Authored> {
        Ok(Authored {
            alert: SiteAlert::from_row(row)?,
            created_by: row.try_get("creator")?,
            updated_at: row.try_get("updated_at")?,
            updated_by: row.try_get("updater")?,
        })
    }
}

/// The columns of [`Authored::from_row`] and the tables they come from.
macro_rules! select_authored {
    ($rest:literal) => {
        concat!(
            "SELECT alert.id, alert.title, alert.message, alert.level, alert.created_at, alert.updated_at,
                    creator.fullname AS creator, updater.fullname AS updater
             FROM jobserver_sitealert AS alert
             LEFT JOIN jobserver_user AS creator ON creator.id = alert.created_by_id
             LEFT JOIN jobserver_user AS updater ON updater.id = alert.updated_by_id
             ",
            $rest
        )
    };
}

/// All notices with their authors, newest first.
pub async fn authored(db: &impl GenericClient) -> Result<Vec<Authored>> {
    let statement =
        db.prepare_cached(select_authored!("ORDER BY alert.created_at DESC, alert.id DESC")).await?;
    db.query(&statement, &[]).await?.iter().map(Authored::from_row).collect()
}

pub async fn find(db: &impl GenericClient, id: i32) -> Result<Option<Authored>> {
    let statement = db.prepare_cached(select_authored!("WHERE alert.id = $1")).await?;
    db.query_opt(&statement, &[&id]).await?.as_ref().map(Authored::from_row).transpose()
}

/// Shows a new notice to everybody. Its id.
pub async fn create(db: &mut Object, content: Content<'_>, by: &Person) -> Result<i32> {
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(
            "INSERT INTO jobserver_sitealert
                 (title, message, level, created_at, updated_at, created_by_id, updated_by_id)
             VALUES ($1, $2, $3, now(), now(), $4, $4)
             RETURNING id",
        )
        .await?;
    let row = tx.query_one(&statement, &[&content.title, &content.message, &content.level, &by.id]).await?;
    let id: i32 = row.try_get("id")?;
    let about = About::site_alert(id, label(&content));
    let event = Event::new(Kind::SiteAlertCreated, &by.username, about)
        .change("level", "", content.level)
        .change("title", "", content.title)
        .change("message", "", content.message);
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a notice. `version` is that of what the form was filled from; none replaces whatever is there. None: the notice
/// has gone meanwhile.
pub async fn edit(
    db: &mut Object,
    id: i32,
    version: Option<&str>,
    content: Content<'_>,
    by: &Person,
) -> Result<Option<Edited<SiteAlert>>> {
    let tx = db.transaction().await?;
    let locking = tx
        .prepare_cached(
            "SELECT id, title, message, level, created_at
             FROM jobserver_sitealert
             WHERE id = $1
             FOR UPDATE",
        )
        .await?;
    let Some(row) = tx.query_opt(&locking, &[&id]).await? else { return Ok(None) };
    let stored = SiteAlert::from_row(&row)?;
    let content = Content { message: kept(&stored.message, content.message), ..content };
    let about = About::site_alert(id, label(&content));
    let event = Event::new(Kind::SiteAlertEdited, &by.username, about)
        .change("level", &stored.level, content.level)
        .change("title", &stored.title, content.title)
        .change("message", &stored.message, content.message);
    if !event.has_changes() {
        return Ok(Some(Edited::Unchanged));
    }
    if !stored.version().admits(version) {
        return Ok(Some(Edited::Overtaken(stored)));
    }
    let statement = tx
        .prepare_cached(
            "UPDATE jobserver_sitealert
             SET title = $2, message = $3, level = $4, updated_at = now(), updated_by_id = $5
             WHERE id = $1",
        )
        .await?;
    tx.execute(&statement, &[&id, &content.title, &content.message, &content.level, &by.id]).await?;
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(Some(Edited::Saved))
}

/// Deletes a notice for good. False: it had gone already.
pub async fn delete(db: &mut Object, id: i32, by: &Person) -> Result<bool> {
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(
            "DELETE FROM jobserver_sitealert
             WHERE id = $1
             RETURNING id, title, message, level, created_at",
        )
        .await?;
    let Some(row) = tx.query_opt(&statement, &[&id]).await? else { return Ok(false) };
    let alert = SiteAlert::from_row(&row)?;
    let event = Event::new(Kind::SiteAlertDeleted, &by.username, About::site_alert(id, alert.label()))
        .change("level", &alert.level, "")
        .change("title", &alert.title, "")
        .change("message", &alert.message, "");
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_called_by_its_title_or_by_its_message() {
        let content = |title, message| Content { title, message, level: "warning" };
        assert_eq!(label(&content("Closed", "Until Monday")), "Warning: Closed");
        assert_eq!(label(&content("", "Until Monday")), "Warning: Until Monday");
        let long = label(&content("", &"é".repeat(201)));
        assert_eq!(long.chars().count(), "Warning: ".len() + 200 + 1);
    }
}
