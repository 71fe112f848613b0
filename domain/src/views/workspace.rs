//! What the workspace page says beyond the workspace itself: whose it is, its latest job request, how old the code of
//! its repository is. Never writes.

use jiff::Timestamp;

use super::job_request::effective;
use crate::{
    Result,
    db::GenericClient,
    ids::{JobRequestId, RepoId, WorkspaceId},
    status::JobRequestStatus,
};

/// Who made the workspace, which organisation leads its project, and whether anything came out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Full name, or username where there is none.
    pub created_by: String,
    pub org: Option<String>,
    pub has_releases: bool,
}

pub async fn origin(db: &impl GenericClient, id: WorkspaceId) -> Result<Origin> {
    let statement = db
        .prepare_cached(
            "SELECT coalesce(nullif(creator.fullname, ''), creator.username) AS created_by,
                    (SELECT org.name
                     FROM jobserver_projectcollaboration AS collaboration
                     JOIN jobserver_org AS org ON org.id = collaboration.org_id
                     WHERE collaboration.project_id = workspace.project_id
                     ORDER BY collaboration.is_lead DESC, org.name
                     LIMIT 1) AS org,
                    EXISTS (SELECT FROM jobserver_release WHERE workspace_id = workspace.id) AS has_releases
             FROM jobserver_workspace AS workspace
             JOIN jobserver_user AS creator ON creator.id = workspace.created_by_id
             WHERE workspace.id = $1",
        )
        .await?;
    let row = db.query_one(&statement, &[&id]).await?;
    Ok(Origin {
        created_by: row.try_get("created_by")?,
        org: row.try_get("org")?,
        has_releases: row.try_get("has_releases")?,
    })
}

/// A job request in a few words.
#[derive(Debug, Clone, PartialEq)]
pub struct LatestJobRequest {
    pub id: JobRequestId,
    pub identifier: String,
    pub backend: String,
    pub created_by: String,
    pub created_at: Timestamp,
    pub requested_actions: Vec<String>,
    pub status: JobRequestStatus,
    pub status_message: Option<String>,
    pub jobs: JobCounts,
    /// When its first job started.
    pub started_at: Option<Timestamp>,
    /// When its last job ended, once the job request is over.
    pub completed_at: Option<Timestamp>,
}

/// Jobs by state. What is in none of the four counts only in the total.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    pub total: i64,
    pub pending: i64,
    pub running: i64,
    pub failed: i64,
    pub succeeded: i64,
}

/// The newest job request of a workspace.
pub async fn latest_job_request(
    db: &impl GenericClient,
    id: WorkspaceId,
) -> Result<Option<LatestJobRequest>> {
    let statement = db
        .prepare_cached(
            "SELECT newest.id, newest.identifier, newest.created_at, newest.requested_actions, newest._status,
                    newest.status_message, backend.slug AS backend,
                    coalesce(nullif(creator.fullname, ''), creator.username) AS created_by,
                    jobs.statuses, jobs.total, jobs.pending, jobs.running, jobs.failed, jobs.succeeded,
                    jobs.started_at, jobs.completed_at
             FROM (SELECT id, identifier, created_at, requested_actions, _status, status_message, backend_id,
                          created_by_id
                   FROM jobserver_jobrequest
                   WHERE workspace_id = $1
                   ORDER BY created_at DESC, id DESC
                   LIMIT 1) AS newest
             JOIN jobserver_backend AS backend ON backend.id = newest.backend_id
             JOIN jobserver_user AS creator ON creator.id = newest.created_by_id
             CROSS JOIN LATERAL (
                 SELECT coalesce(array_agg(DISTINCT status), '{}') AS statuses,
                        count(*) AS total,
                        count(*) FILTER (WHERE status = 'pending') AS pending,
                        count(*) FILTER (WHERE status = 'running') AS running,
                        count(*) FILTER (WHERE status IN ('failed', 'Failed')) AS failed,
                        count(*) FILTER (WHERE status IN ('succeeded', 'Succeeded')) AS succeeded,
                        min(started_at) AS started_at,
                        max(completed_at) AS completed_at
                 FROM jobserver_job
                 WHERE job_request_id = newest.id
             ) AS jobs",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&id]).await? else { return Ok(None) };
    let (status, status_message) = effective(&row)?;
    let is_over = !status.is_active();
    Ok(Some(LatestJobRequest {
        id: row.try_get("id")?,
        identifier: row.try_get("identifier")?,
        backend: row.try_get("backend")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        requested_actions: row.try_get("requested_actions")?,
        status,
        status_message,
        jobs: JobCounts {
            total: row.try_get("total")?,
            pending: row.try_get("pending")?,
            running: row.try_get("running")?,
            failed: row.try_get("failed")?,
            succeeded: row.try_get("succeeded")?,
        },
        started_at: row.try_get("started_at")?,
        completed_at: row.try_get::<_, Option<Timestamp>>("completed_at")?.filter(|_| is_over),
    }))
}

/// The first job that ever ran code of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstRun {
    pub at: Timestamp,
    /// Path of the job's page.
    pub job_url: String,
}

/// The first job of the oldest job request with jobs, over all workspaces of the repository.
pub async fn first_run(db: &impl GenericClient, repo: RepoId) -> Result<Option<FirstRun>> {
    let statement = db
        .prepare_cached(
            "SELECT least(job.started_at, job.created_at) AS at, project.slug AS project, oldest.workspace,
                    oldest.job_request_id, job.identifier
             FROM (SELECT workspace.name AS workspace, workspace.project_id, first.id AS job_request_id,
                          first.created_at
                   FROM jobserver_workspace AS workspace
                   CROSS JOIN LATERAL (
                       SELECT id, created_at
                       FROM jobserver_jobrequest AS job_request
                       WHERE job_request.workspace_id = workspace.id
                         AND EXISTS (SELECT FROM jobserver_job WHERE job_request_id = job_request.id)
                       ORDER BY created_at
                       LIMIT 1
                   ) AS first
                   WHERE workspace.repo_id = $1
                   ORDER BY first.created_at
                   LIMIT 1) AS oldest
             JOIN jobserver_project AS project ON project.id = oldest.project_id
             JOIN jobserver_job AS job ON job.job_request_id = oldest.job_request_id
             ORDER BY least(job.started_at, job.created_at), job.id
             LIMIT 1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&repo]).await? else { return Ok(None) };
    let (project, workspace): (&str, &str) = (row.try_get("project")?, row.try_get("workspace")?);
    let (job_request, identifier): (JobRequestId, &str) =
        (row.try_get("job_request_id")?, row.try_get("identifier")?);
    Ok(Some(FirstRun {
        at: row.try_get("at")?,
        job_url: format!("/{project}/{workspace}/{job_request}/{identifier}/"),
    }))
}
