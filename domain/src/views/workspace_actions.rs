//! The newest job of each action of a workspace: what the run-jobs page, the workspace page and the statuses API show.
//! The statement reads every job the workspace ever had, so callers keep its answer for a moment. Never writes.

use jiff::Timestamp;

use crate::{
    Result,
    db::GenericClient,
    ids::{JobId, JobRequestId},
};

/// The newest job of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionState {
    pub action: String,
    /// As stored; see `status::JobState`.
    pub status: String,
    /// When the job ended, else when it started, else when it was made.
    pub at: Timestamp,
    pub job: JobId,
    pub job_identifier: String,
    pub job_request: JobRequestId,
}

/// The newest job of each action that ever had one in the workspace, on one backend or on any, ordered by action.
/// Newest is by `created_at`, then by id. None: no workspace of this name.
pub async fn latest(
    db: &impl GenericClient,
    workspace: &str,
    backend: Option<&str>,
) -> Result<Option<Vec<ActionState>>> {
    let statement = db
        .prepare_cached(
            "SELECT newest.action, newest.status, newest.at, newest.id, newest.identifier, newest.job_request_id
             FROM jobserver_workspace AS workspace
             LEFT JOIN LATERAL (
                 SELECT DISTINCT ON (job.action)
                        job.action, job.status, coalesce(job.completed_at, job.started_at, job.created_at) AS at,
                        job.id, job.identifier, job.job_request_id
                 FROM jobserver_jobrequest AS job_request
                 JOIN jobserver_job AS job ON job.job_request_id = job_request.id
                 WHERE job_request.workspace_id = workspace.id
                   AND ($2::text IS NULL
                        OR job_request.backend_id = (SELECT id FROM jobserver_backend WHERE slug = $2))
                 ORDER BY job.action, job.created_at DESC, job.id DESC
             ) AS newest ON true
             WHERE workspace.name = $1",
        )
        .await?;
    let rows = db.query(&statement, &[&workspace, &backend]).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut states = Vec::with_capacity(rows.len());
    for row in &rows {
        // A workspace without jobs gives one row of nulls.
        let Some(action) = row.try_get("action")? else { continue };
        states.push(ActionState {
            action,
            status: row.try_get("status")?,
            at: row.try_get("at")?,
            job: row.try_get("id")?,
            job_identifier: row.try_get("identifier")?,
            job_request: row.try_get("job_request_id")?,
        });
    }
    Ok(Some(states))
}
