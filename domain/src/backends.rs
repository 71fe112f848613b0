//! The write side of backends: what the controller says about each of them. Knows nothing of the controller's wire
//! format. Only the columns that the poll owns are written, so a change made by staff at the same time stays.

mod calling;
mod edit;
mod token;

use jiff::Timestamp;
use serde_json::Value;

use crate::{Result, db::GenericClient};

pub use calling::{Calling, calling, member};
pub use edit::{Stored, edit, rotate_token};
pub use token::Token;

/// What the controller said about one backend.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedBackend {
    pub slug: String,
    /// When the backend's agent was last in touch with the controller.
    pub last_seen: Option<Timestamp>,
    pub db_maintenance_on: bool,
    /// When that was last switched, either way.
    pub db_maintenance_since: Option<Timestamp>,
    /// The whole answer about this backend, kept as it came.
    pub raw: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Applied {
    /// Slugs of the backends that were written.
    pub updated: Vec<String>,
    /// Slugs that the controller knows and we do not.
    pub unknown: Vec<String>,
}

/// Writes what the controller said. A slug that we do not know is passed over with a warning. `url` is the controller's
/// address as configured: the key of the rows in which dashboards look for the last contact.
pub async fn apply_status(
    db: &impl GenericClient,
    url: &str,
    reported: &[ReportedBackend],
) -> Result<Applied> {
    let mut reported: Vec<&ReportedBackend> = reported.iter().collect();
    reported.sort_by(|a, b| a.slug.cmp(&b.slug));
    reported.dedup_by(|a, b| a.slug == b.slug);

    let update = db
        .prepare_cached(
            "WITH reported AS (
                 SELECT *
                 FROM unnest($1::text[], $2::timestamptz[], $3::bool[], $4::timestamptz[], $5::jsonb[])
                      AS reported (slug, last_seen, maintenance_on, maintenance_since, raw)
             ), written AS (
                 UPDATE jobserver_backend AS backend
                 SET last_seen_at = reported.last_seen,
                     is_in_maintenance_mode = reported.maintenance_on,
                     last_seen_maintenance_mode = reported.maintenance_since,
                     rap_api_state = reported.raw
                 FROM reported
                 WHERE backend.slug = reported.slug
                 RETURNING backend.id, backend.slug, reported.last_seen
             ), refreshed AS (
                 UPDATE jobserver_stats AS stats
                 SET api_last_seen = written.last_seen
                 FROM written
                 WHERE stats.backend_id = written.id
                   AND stats.url = $6
                   AND written.last_seen IS NOT NULL
                 RETURNING stats.backend_id
             ), added AS (
                 INSERT INTO jobserver_stats (backend_id, url, api_last_seen)
                 SELECT written.id, $6, written.last_seen
                 FROM written
                 WHERE written.last_seen IS NOT NULL
                   AND NOT EXISTS (SELECT
                                   FROM jobserver_stats
                                   WHERE backend_id = written.id
                                     AND url = $6)
                 ON CONFLICT (backend_id, url) DO UPDATE SET api_last_seen = excluded.api_last_seen
             )
             SELECT slug::text
             FROM written
             ORDER BY slug",
        )
        .await?;
    let slugs: Vec<&str> = reported.iter().map(|backend| backend.slug.as_str()).collect();
    let last_seen: Vec<Option<Timestamp>> = reported.iter().map(|backend| backend.last_seen).collect();
    let on: Vec<bool> = reported.iter().map(|backend| backend.db_maintenance_on).collect();
    let since: Vec<Option<Timestamp>> = reported.iter().map(|backend| backend.db_maintenance_since).collect();
    let raw: Vec<&Value> = reported.iter().map(|backend| &backend.raw).collect();
    let rows = db.query(&update, &[&slugs, &last_seen, &on, &since, &raw, &url]).await?;

    let updated: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let unknown: Vec<String> = slugs
        .iter()
        .filter(|slug| !updated.iter().any(|known| known == *slug))
        .map(|s| (*s).to_owned())
        .collect();
    if !unknown.is_empty() {
        tracing::warn!(slugs = ?unknown, "the controller reports backends that are not known here");
    }
    Ok(Applied { updated, unknown })
}

/// Whether the database of the backend with this slug is closed for maintenance; not if there is no such backend.
pub async fn in_maintenance(db: &impl GenericClient, slug: &str) -> Result<bool> {
    let statement =
        db.prepare_cached("SELECT is_in_maintenance_mode FROM jobserver_backend WHERE slug = $1").await?;
    match db.query_opt(&statement, &[&slug]).await? {
        Some(row) => Ok(row.try_get(0)?),
        None => Ok(false),
    }
}
