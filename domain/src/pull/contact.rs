//! That a runner was in touch, and what it said about its backend on the way. Where a controller is configured it says the
//! same more often; the last to speak is believed.

use jiff::Timestamp;

use crate::{Result, db::GenericClient, ids::BackendId};

/// A runner's visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact<'a> {
    pub backend: BackendId,
    /// The path that it asked for: dashboards look for the last contact under it.
    pub path: &'a str,
    /// When the backend was last alive, if the runner knows better than that it is now.
    pub seen_at: Option<Timestamp>,
    /// None: it did not say.
    pub maintenance: Option<Maintenance>,
}

/// Whether the backend's database is closed for maintenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maintenance {
    pub is_on: bool,
    /// When that was last switched, either way.
    pub since: Option<Timestamp>,
}

/// Writes it down. Runners come every few seconds, several at a time: what would change by less than a second is left alone.
pub async fn record_contact(db: &impl GenericClient, contact: &Contact<'_>) -> Result<()> {
    let write = db
        .prepare_cached(
            "WITH contact AS (
                 SELECT least($3::timestamptz, now()) AS seen_at
             ), seen AS (
                 UPDATE jobserver_backend AS backend
                 SET last_seen_at = contact.seen_at,
                     is_in_maintenance_mode = coalesce($4, backend.is_in_maintenance_mode),
                     last_seen_maintenance_mode = coalesce($5, backend.last_seen_maintenance_mode)
                 FROM contact
                 WHERE backend.id = $1
                   AND (abs(extract(epoch FROM contact.seen_at - coalesce(backend.last_seen_at, 'epoch'))) >= 1
                        OR backend.is_in_maintenance_mode <> $4::bool
                        OR backend.last_seen_maintenance_mode IS DISTINCT FROM
                           coalesce($5::timestamptz, backend.last_seen_maintenance_mode))
             ), refreshed AS (
                 UPDATE jobserver_stats AS stats
                 SET api_last_seen = contact.seen_at
                 FROM contact
                 WHERE stats.backend_id = $1
                   AND stats.url = $2
                   AND abs(extract(epoch FROM contact.seen_at - coalesce(stats.api_last_seen, 'epoch'))) >= 1
             )
             INSERT INTO jobserver_stats (backend_id, url, api_last_seen)
             SELECT $1, $2, contact.seen_at
             FROM contact
             WHERE NOT EXISTS (SELECT
                               FROM jobserver_stats
                               WHERE backend_id = $1
                                 AND url = $2)
             ON CONFLICT (backend_id, url) DO NOTHING",
        )
        .await?;
    let maintenance = contact.maintenance;
    let is_on = maintenance.map(|maintenance| maintenance.is_on);
    let since = maintenance.and_then(|maintenance| maintenance.since);
    db.execute(&write, &[&contact.backend, &contact.path, &contact.seen_at, &is_on, &since]).await?;
    Ok(())
}
