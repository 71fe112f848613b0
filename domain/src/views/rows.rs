//! A job request as a line of a list.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::job_request::effective_status;
use crate::{Result, ids::JobRequestId, projects::Project, status::JobRequestStatus};

/// One line. Its status is the effective one, derived from its jobs where the stored one may be out of date.
#[derive(Debug, Clone)]
pub struct JobRequestRow {
    pub id: JobRequestId,
    pub identifier: String,
    pub status: JobRequestStatus,
    pub created_at: Timestamp,
    /// When its first job started.
    pub started_at: Option<Timestamp>,
    pub jobs_total: i64,
    pub jobs_succeeded: i64,
    pub backend_slug: String,
    pub workspace: String,
    pub project: Project,
    pub username: String,
    pub fullname: String,
    /// Lead organisation of the project.
    pub org_name: Option<String>,
}

/// The statement for the job requests that the inner `SELECT` chooses, newest first. The inner statement names columns
/// of `jobserver_jobrequest` as `request.*` does, and carries its own LIMIT, so that only what is shown is joined.
macro_rules! job_request_rows {
    ($chosen:literal) => {
        concat!(
            "SELECT request.id, request.identifier, request._status, request.created_at,
                    backend.slug AS backend_slug, workspace.name AS workspace,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number,
                    person.username, person.fullname, org.name AS org_name,
                    jobs.total, jobs.succeeded, jobs.started_at, jobs.statuses
             FROM (",
            $chosen,
            ") AS request
             JOIN jobserver_backend AS backend ON backend.id = request.backend_id
             JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_user AS person ON person.id = request.created_by_id
             ",
            lead_org!(),
            "
             CROSS JOIN LATERAL (
                 SELECT count(*) AS total,
                        count(*) FILTER (WHERE lower(job.status) = 'succeeded') AS succeeded,
                        min(job.started_at) AS started_at,
                        coalesce(array_agg(DISTINCT job.status), '{}') AS statuses
                 FROM jobserver_job AS job
                 WHERE job.job_request_id = request.id
             ) AS jobs
             ORDER BY request.id DESC"
        )
    };
}
pub(crate) use job_request_rows;

impl JobRequestRow {
    /// Reads the columns of `job_request_rows!`.
    pub(crate) fn from_row(row: &Row) -> Result<JobRequestRow> {
        Ok(JobRequestRow {
            id: row.try_get("id")?,
            identifier: row.try_get("identifier")?,
            status: effective_status(row)?,
            created_at: row.try_get("created_at")?,
            started_at: row.try_get("started_at")?,
            jobs_total: row.try_get("total")?,
            jobs_succeeded: row.try_get("succeeded")?,
            backend_slug: row.try_get("backend_slug")?,
            workspace: row.try_get("workspace")?,
            project: Project::from_row(row)?,
            username: row.try_get("username")?,
            fullname: row.try_get("fullname")?,
            org_name: row.try_get("org_name")?,
        })
    }

    pub fn url(&self) -> String {
        format!("/{}/{}/{}/", self.project.slug, self.workspace, self.id)
    }
}

/// All lines of an answer.
pub(crate) fn rows(rows: &[Row]) -> Result<Vec<JobRequestRow>> {
    rows.iter().map(JobRequestRow::from_row).collect()
}
