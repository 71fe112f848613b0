//! One job as its page shows it, with what it needs of its job request.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;

use super::{job_request::effective_status, job_request_jobs};
use crate::{
    Result,
    ids::{JobId, JobRequestId, UserId},
    job_requests::names,
    projects::Project,
    status::{JobRequestStatus, JobState, job_is_completed},
};

/// The action under which the controller reports that a job request could not be turned into jobs.
pub const ERROR_ACTION: &str = "__error__";

#[derive(Debug, Clone)]
pub struct JobPage {
    pub id: JobId,
    pub identifier: String,
    pub action: String,
    pub status: String,
    pub status_code: String,
    pub status_message: String,
    pub run_command: String,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    /// What the job used, as the controller measured it: a JSON object.
    pub metrics: Option<Value>,
    pub trace_context: Option<Value>,
    pub request: RequestOfJob,
    pub backend_slug: String,
    pub backend_name: String,
    pub workspace: String,
    pub branch: String,
    pub repo_url: String,
    pub project: Project,
}

#[derive(Debug, Clone)]
pub struct RequestOfJob {
    pub id: JobRequestId,
    pub identifier: String,
    pub sha: String,
    /// The effective status.
    pub status: JobRequestStatus,
    pub created_at: Timestamp,
    /// When its last job ended; none as long as it is active.
    pub completed_at: Option<Timestamp>,
    pub created_by: UserId,
    pub creator: String,
    pub cancelled_actions: Vec<String>,
}

impl JobPage {
    pub fn request_url(&self) -> String {
        format!("/{}/{}/{}/", self.project.slug, self.workspace, self.request.id)
    }

    pub fn url(&self) -> String {
        format!("{}{}/", self.request_url(), self.identifier)
    }

    pub fn state(&self) -> JobState {
        JobState::of(&self.status)
    }

    pub fn is_completed(&self) -> bool {
        job_is_completed(&self.status)
    }

    pub fn is_stale(&self, now: Timestamp) -> bool {
        !self.is_completed() && job_request_jobs::is_stale(self.updated_at, now)
    }

    /// Whether somebody has asked for this action to be cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.request.cancelled_actions.contains(&self.action)
    }

    /// Whether this is not an action of the project but the controller's word on why there are no jobs.
    pub fn is_error(&self) -> bool {
        self.action == ERROR_ACTION
    }

    fn from_row(row: &Row) -> Result<JobPage> {
        Ok(JobPage {
            id: row.try_get("id")?,
            identifier: row.try_get("identifier")?,
            action: row.try_get("action")?,
            status: row.try_get("status")?,
            status_code: row.try_get("status_code")?,
            status_message: row.try_get("status_message")?,
            run_command: row.try_get("run_command")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            started_at: row.try_get("started_at")?,
            completed_at: row.try_get("completed_at")?,
            metrics: row.try_get("metrics")?,
            trace_context: row.try_get("trace_context")?,
            request: request_from_row(row)?,
            backend_slug: row.try_get("backend_slug")?,
            backend_name: row.try_get("backend_name")?,
            workspace: row.try_get("workspace")?,
            branch: row.try_get("branch")?,
            repo_url: row.try_get("repo_url")?,
            project: Project::from_row(row)?,
        })
    }
}

fn request_from_row(row: &Row) -> Result<RequestOfJob> {
    let status = effective_status(row)?;
    let last_completed: Option<Timestamp> = row.try_get("last_completed")?;
    Ok(RequestOfJob {
        id: row.try_get("request_id")?,
        identifier: row.try_get("request_identifier")?,
        sha: row.try_get("sha")?,
        created_at: row.try_get("request_created_at")?,
        completed_at: last_completed.filter(|_| !status.is_active()),
        status,
        created_by: row.try_get("created_by_id")?,
        creator: row.try_get("creator")?,
        cancelled_actions: names(row.try_get("cancelled_actions")?),
    })
}

/// The one job of this job request whose identifier is, or begins with, `prefix`. None if several begin with it.
pub async fn find(
    db: &impl GenericClient,
    project: &str,
    workspace: &str,
    request: JobRequestId,
    prefix: &str,
) -> Result<Option<JobPage>> {
    let statement = db
        .prepare_cached(
            "SELECT job.id, job.identifier, job.action, job.status, job.status_code, job.status_message,
                    job.run_command, job.created_at, job.updated_at, job.started_at, job.completed_at, job.metrics,
                    job.trace_context,
                    request.id AS request_id, request.identifier AS request_identifier, request.sha,
                    request._status, request.created_at AS request_created_at, request.created_by_id,
                    request.cancelled_actions, creator.fullname AS creator, siblings.statuses,
                    siblings.last_completed,
                    backend.slug AS backend_slug, backend.name AS backend_name,
                    workspace.name AS workspace, workspace.branch, repo.url AS repo_url,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number
             FROM jobserver_job AS job
             JOIN jobserver_jobrequest AS request ON request.id = job.job_request_id
             JOIN jobserver_backend AS backend ON backend.id = request.backend_id
             JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
             JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_user AS creator ON creator.id = request.created_by_id
             CROSS JOIN LATERAL (
                 SELECT coalesce(array_agg(DISTINCT sibling.status), '{}') AS statuses,
                        max(sibling.completed_at) AS last_completed
                 FROM jobserver_job AS sibling
                 WHERE sibling.job_request_id = request.id
             ) AS siblings
             WHERE request.id = $3
               AND workspace.name = $2
               AND project.slug = $1
               AND starts_with(job.identifier, $4)
             ORDER BY (job.identifier = $4) DESC
             LIMIT 2",
        )
        .await?;
    let rows = db.query(&statement, &[&project, &workspace, &request, &prefix]).await?;
    let found = rows.iter().map(JobPage::from_row).collect::<Result<Vec<_>>>()?;
    let is_clear = found.len() == 1 || found.first().is_some_and(|job| job.identifier == prefix);
    Ok(found.into_iter().next().filter(|_| is_clear))
}

/// The path of the page of the job with exactly this identifier.
pub async fn address(db: &impl GenericClient, identifier: &str) -> Result<Option<String>> {
    let statement = db
        .prepare_cached(
            "SELECT project.slug::text, workspace.name, request.id
             FROM jobserver_job AS job
             JOIN jobserver_jobrequest AS request ON request.id = job.job_request_id
             JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE job.identifier = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&identifier]).await? else { return Ok(None) };
    let (project, workspace, request): (String, String, JobRequestId) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok(Some(format!("/{project}/{workspace}/{request}/{identifier}/")))
}
