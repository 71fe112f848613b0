//! The jobs of one job request, a line each, and how long they took.

use std::time::Duration;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use crate::{
    Result,
    ids::{JobId, JobRequestId},
    status::{JobState, job_is_completed},
};

/// Jobs that say nothing for this long are shown with a warning.
pub const STALE_AFTER: Duration = Duration::from_secs(30 * 60);

#[derive(Debug, Clone)]
pub struct JobLine {
    pub id: JobId,
    pub identifier: String,
    pub action: String,
    /// As stored: old rows hold other spellings than today's.
    pub status: String,
    pub status_code: String,
    pub status_message: String,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

impl JobLine {
    pub fn state(&self) -> JobState {
        JobState::of(&self.status)
    }

    pub fn is_completed(&self) -> bool {
        job_is_completed(&self.status)
    }

    /// How long it ran; none before its end, and for jobs that never started.
    pub fn runtime(&self) -> Option<Duration> {
        runtime(&self.status, self.started_at, self.completed_at)
    }
}

/// How long a job ran; zero if its times are the wrong way round.
pub fn runtime(
    status: &str,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
) -> Option<Duration> {
    if !job_is_completed(status) {
        return None;
    }
    let took = completed_at?.duration_since(started_at?);
    Some(Duration::try_from(took).unwrap_or_default())
}

/// Whether something that is not over has been silent for too long.
pub fn is_stale(newest_update: Option<Timestamp>, now: Timestamp) -> bool {
    newest_update
        .is_some_and(|at| Duration::try_from(now.duration_since(at)).is_ok_and(|age| age > STALE_AFTER))
}

/// All jobs, those that started first at the top.
pub async fn all(db: &impl GenericClient, request: JobRequestId) -> Result<Vec<JobLine>> {
    let statement = db
        .prepare_cached(
            "SELECT id, identifier, action, status, status_code, status_message, created_at, updated_at, started_at,
                    completed_at
             FROM jobserver_job
             WHERE job_request_id = $1
             ORDER BY started_at NULLS LAST, id",
        )
        .await?;
    let rows = db.query(&statement, &[&request]).await?;
    rows.iter()
        .map(|row| {
            Ok(JobLine {
                id: row.try_get("id")?,
                identifier: row.try_get("identifier")?,
                action: row.try_get("action")?,
                status: row.try_get("status")?,
                status_code: row.try_get("status_code")?,
                status_message: row.try_get("status_message")?,
                created_at: row.try_get("created_at")?,
                updated_at: row.try_get("updated_at")?,
                started_at: row.try_get("started_at")?,
                completed_at: row.try_get("completed_at")?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Timestamp> {
        text.parse().ok()
    }

    #[test]
    fn only_finished_jobs_have_a_runtime_and_none_is_negative() {
        let (early, late) = (at("2026-01-01T10:00:00Z"), at("2026-01-01T10:05:00Z"));
        for status in ["failed", "succeeded", "Failed", "Succeeded", "0"] {
            assert_eq!(runtime(status, early, late), Some(Duration::from_secs(300)), "{status}");
        }
        assert_eq!(runtime("running", early, late), None);
        assert_eq!(runtime("failed", None, late), None);
        assert_eq!(runtime("succeeded", late, early), Some(Duration::ZERO));
    }

    #[test]
    fn silence_counts_after_more_than_half_an_hour() {
        let Some(now) = at("2026-01-01T10:30:00Z") else { panic!("a time") };
        assert!(!is_stale(at("2026-01-01T10:00:00Z"), now));
        assert!(is_stale(at("2026-01-01T09:59:59Z"), now));
        assert!(!is_stale(None, now), "never updated is not the same as silent");
    }
}
