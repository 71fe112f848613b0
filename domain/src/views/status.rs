//! The state of the backends.

use std::time::Duration;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{Error, Result};

#[derive(Debug, Clone)]
pub struct BackendState {
    pub slug: String,
    pub name: String,
    pub running: i64,
    pub pending: i64,
    pub last_seen_at: Option<Timestamp>,
    /// Silence longer than this is worth a warning.
    pub alert_timeout: Duration,
    pub in_maintenance: bool,
    /// When the maintenance mode was last switched, either way.
    pub maintenance_since: Option<Timestamp>,
    /// The controller has paused it.
    pub is_paused: bool,
    /// Jobs that finished in each of the last 24 hours, oldest first.
    pub finished_per_hour: Vec<i64>,
}

impl BackendState {
    /// Whether it was seen once, but not lately.
    pub fn is_missing(&self, now: Timestamp) -> bool {
        self.last_seen_at.is_some_and(|seen| {
            Duration::try_from(now.duration_since(seen)).is_ok_and(|silence| silence >= self.alert_timeout)
        })
    }
}

/// The active backends by name, with what they are doing. A job's backend is looked up job by job: there are few jobs
/// that run or have just ended, and PostgreSQL would otherwise read every job request there is.
pub async fn active_backends(db: &impl GenericClient) -> Result<Vec<BackendState>> {
    let statement = db
        .prepare_cached(
            "WITH queue AS MATERIALIZED (
                 SELECT (SELECT backend_id FROM jobserver_jobrequest WHERE id = job.job_request_id) AS backend_id,
                        count(*) FILTER (WHERE job.status = 'running') AS running,
                        count(*) FILTER (WHERE job.status = 'pending') AS pending
                 FROM jobserver_job AS job
                 WHERE job.status IN ('running', 'pending')
                 GROUP BY 1
             ), finished AS MATERIALIZED (
                 SELECT (SELECT backend_id FROM jobserver_jobrequest WHERE id = job.job_request_id) AS backend_id,
                        floor(extract(epoch FROM now() - job.completed_at) / 3600)::int AS hours_ago,
                        count(*) AS jobs
                 FROM jobserver_job AS job
                 WHERE job.completed_at > now() - interval '24 hours'
                 GROUP BY 1, 2
             )
             SELECT backend.slug, backend.name, backend.last_seen_at, backend.is_in_maintenance_mode,
                    backend.last_seen_maintenance_mode, extract(epoch FROM backend.alert_timeout)::float8 AS timeout,
                    coalesce(backend.rap_api_state #>> '{paused,status}' = 'on', false) AS is_paused,
                    coalesce(queue.running, 0) AS running, coalesce(queue.pending, 0) AS pending,
                    ARRAY(
                        SELECT coalesce(finished.jobs, 0)
                        FROM generate_series(23, 0, -1) AS hour (ago)
                        LEFT JOIN finished ON finished.backend_id = backend.id AND finished.hours_ago = hour.ago
                        ORDER BY hour.ago DESC
                    ) AS finished_per_hour
             FROM jobserver_backend AS backend
             LEFT JOIN queue ON queue.backend_id = backend.id
             WHERE backend.is_active
             ORDER BY lower(backend.name), backend.id",
        )
        .await?;
    db.query(&statement, &[]).await?.iter().map(backend_state).collect()
}

fn backend_state(row: &Row) -> Result<BackendState> {
    Ok(BackendState {
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
        running: row.try_get("running")?,
        pending: row.try_get("pending")?,
        last_seen_at: row.try_get("last_seen_at")?,
        alert_timeout: seconds(row.try_get("timeout")?)?,
        in_maintenance: row.try_get("is_in_maintenance_mode")?,
        maintenance_since: row.try_get("last_seen_maintenance_mode")?,
        is_paused: row.try_get("is_paused")?,
        finished_per_hour: row.try_get("finished_per_hour")?,
    })
}

/// What probes ask about one backend.
#[derive(Debug, Clone)]
pub struct BackendContact {
    pub slug: String,
    pub name: String,
    pub last_seen_at: Option<Timestamp>,
    pub alert_timeout: Duration,
    pub in_maintenance: bool,
    pub maintenance_since: Option<Timestamp>,
}

/// The backend with this slug, active or not.
pub async fn contact(db: &impl GenericClient, slug: &str) -> Result<Option<BackendContact>> {
    let statement = db
        .prepare_cached(
            "SELECT slug, name, last_seen_at, extract(epoch FROM alert_timeout)::float8 AS timeout,
                    is_in_maintenance_mode, last_seen_maintenance_mode
             FROM jobserver_backend
             WHERE slug = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&slug]).await? else { return Ok(None) };
    Ok(Some(BackendContact {
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
        last_seen_at: row.try_get("last_seen_at")?,
        alert_timeout: seconds(row.try_get("timeout")?)?,
        in_maintenance: row.try_get("is_in_maintenance_mode")?,
        maintenance_since: row.try_get("last_seen_maintenance_mode")?,
    }))
}

fn seconds(value: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(value.max(0.0)).map_err(|error| Error::Corrupt(error.to_string()))
}
