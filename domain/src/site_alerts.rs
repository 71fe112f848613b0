//! Notices that staff show to everybody who is signed in, on every page.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use crate::Result;

/// One notice. `message` may hold HTML that staff wrote: sanitise it before showing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteAlert {
    pub id: i32,
    /// May be empty.
    pub title: String,
    pub message: String,
    /// `danger`, `info`, `success` or `warning`; not checked by the database.
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
    let rows = db.query(&statement, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(SiteAlert {
                id: row.try_get("id")?,
                title: row.try_get("title")?,
                message: row.try_get("message")?,
                level: row.try_get("level")?,
                created_at: row.try_get("created_at")?,
            })
        })
        .collect()
}
