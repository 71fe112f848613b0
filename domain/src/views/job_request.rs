//! One job request as its page shows it: everything that is one row, with a summary of its jobs. The jobs themselves
//! are in `job_request_jobs`, so that a page that has already been drawn for this revision need not read them.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{
    Result,
    ids::{JobRequestId, UserId},
    job_requests::names,
    projects::Project,
    status::{JobRequestStatus, derive},
};

#[derive(Debug, Clone)]
pub struct JobRequestPage {
    pub id: JobRequestId,
    /// The RAP id.
    pub identifier: String,
    /// Full commit; empty in some old rows.
    pub sha: String,
    pub requested_actions: Vec<String>,
    pub cancelled_actions: Vec<String>,
    pub force_run_dependencies: bool,
    pub will_notify: bool,
    pub codelists_ok: bool,
    /// The effective status, derived from the jobs where the stored one may be out of date.
    pub status: JobRequestStatus,
    pub status_message: Option<String>,
    pub created_at: Timestamp,
    pub created_by: UserId,
    pub creator: String,
    pub backend_slug: String,
    pub backend_name: String,
    pub workspace: String,
    pub branch: String,
    pub repo_url: String,
    pub project: Project,
    /// Lead organisation of the project.
    pub org: Option<String>,
    pub jobs: JobsSummary,
    /// Differs from that of any other state of this job request and its jobs.
    pub revision: i64,
}

/// What can be said about the jobs of a job request without reading each.
#[derive(Debug, Clone)]
pub struct JobsSummary {
    pub total: i64,
    pub newest_update: Option<Timestamp>,
    pub first_started: Option<Timestamp>,
    pub last_completed: Option<Timestamp>,
    /// Sum of the times that the finished jobs took, in seconds.
    pub runtime_seconds: i64,
    /// Actions that wait or run and whose cancellation has not been asked for, by name.
    pub cancellable: Vec<String>,
}

impl JobRequestPage {
    pub fn url(&self) -> String {
        format!("/{}/{}/{}/", self.project.slug, self.workspace, self.id)
    }

    pub fn workspace_url(&self) -> String {
        format!("/{}/{}/", self.project.slug, self.workspace)
    }

    pub fn is_active(&self) -> bool {
        self.status.is_active()
    }

    /// When its last job ended; none as long as it is active, or if it never had jobs.
    pub fn completed_at(&self) -> Option<Timestamp> {
        self.jobs.last_completed.filter(|_| !self.is_active())
    }

    fn from_row(row: &Row) -> Result<JobRequestPage> {
        let (status, status_message) = effective(row)?;
        Ok(JobRequestPage {
            id: row.try_get("id")?,
            identifier: row.try_get("identifier")?,
            sha: row.try_get("sha")?,
            requested_actions: row.try_get("requested_actions")?,
            cancelled_actions: names(row.try_get("cancelled_actions")?),
            force_run_dependencies: row.try_get("force_run_dependencies")?,
            will_notify: row.try_get("will_notify")?,
            codelists_ok: row.try_get("codelists_ok")?,
            status,
            status_message,
            created_at: row.try_get("created_at")?,
            created_by: row.try_get("created_by_id")?,
            creator: row.try_get("creator")?,
            backend_slug: row.try_get("backend_slug")?,
            backend_name: row.try_get("backend_name")?,
            workspace: row.try_get("workspace")?,
            branch: row.try_get("branch")?,
            repo_url: row.try_get("repo_url")?,
            project: Project::from_row(row)?,
            org: row.try_get("org")?,
            jobs: JobsSummary {
                total: row.try_get("jobs_total")?,
                newest_update: row.try_get("newest_update")?,
                first_started: row.try_get("first_started")?,
                last_completed: row.try_get("last_completed")?,
                runtime_seconds: row.try_get("runtime_seconds")?,
                cancellable: row.try_get("cancellable")?,
            },
            revision: row.try_get("revision")?,
        })
    }
}

/// The effective status, of the columns `_status` and `statuses`.
pub(super) fn effective_status(row: &Row) -> Result<JobRequestStatus> {
    let stored: &str = row.try_get("_status")?;
    let statuses: Vec<&str> = row.try_get("statuses")?;
    Ok(derive(stored, statuses).status)
}

/// The effective status and what is said about it, of the columns `_status`, `status_message` and `statuses`. What is stored
/// about another status is not said.
pub(super) fn effective(row: &Row) -> Result<(JobRequestStatus, Option<String>)> {
    let stored: String = row.try_get("_status")?;
    let statuses: Vec<String> = row.try_get("statuses")?;
    let derived = derive(&stored, statuses.iter().map(String::as_str));
    let message: Option<String> = if derived.differs_from(&stored) {
        derived.message.map(str::to_owned)
    } else {
        row.try_get("status_message")?
    };
    Ok((derived.status, message.filter(|message| !message.is_empty())))
}

/// The statement for the job request that the condition chooses. `revision` is made of the system column `xmin` of the
/// rows, the number of the transaction that wrote each: any write changes it, whoever wrote.
macro_rules! job_request_page {
    ($condition:literal) => {
        concat!(
            "SELECT request.id, request.identifier, request.sha, request.requested_actions,
                    request.cancelled_actions, request.force_run_dependencies, request.will_notify,
                    request.codelists_ok, request._status, request.status_message, request.created_at,
                    request.created_by_id, creator.fullname AS creator,
                    backend.slug AS backend_slug, backend.name AS backend_name,
                    workspace.name AS workspace, workspace.branch, repo.url AS repo_url,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number, org.name AS org,
                    jobs.total AS jobs_total, jobs.newest_update, jobs.first_started, jobs.last_completed,
                    jobs.runtime_seconds, jobs.cancellable, jobs.statuses,
                    hashtextextended(concat_ws(';', request.xmin, jobs.versions), 0) AS revision
             FROM jobserver_jobrequest AS request
             JOIN jobserver_backend AS backend ON backend.id = request.backend_id
             JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
             JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_user AS creator ON creator.id = request.created_by_id
             ",
            lead_org!(),
            "
             CROSS JOIN LATERAL (
                 SELECT count(*) AS total,
                        max(job.updated_at) AS newest_update,
                        min(job.started_at) AS first_started,
                        max(job.completed_at) AS last_completed,
                        coalesce(sum(extract(epoch FROM job.completed_at - job.started_at))
                                 FILTER (WHERE lower(job.status) IN ('failed', 'succeeded')
                                           AND job.completed_at > job.started_at), 0)::int8 AS runtime_seconds,
                        coalesce(array_agg(DISTINCT job.action)
                                 FILTER (WHERE job.status IN ('pending', 'running')
                                           AND NOT request.cancelled_actions ? job.action), '{}') AS cancellable,
                        coalesce(array_agg(DISTINCT job.status), '{}') AS statuses,
                        string_agg(concat_ws(':', job.id, job.xmin), ',' ORDER BY job.id) AS versions
                 FROM jobserver_job AS job
                 WHERE job.job_request_id = request.id
             ) AS jobs
             WHERE ",
            $condition
        )
    };
}

/// The job request with this primary key, if it is in this workspace of the project with this slug.
pub async fn find(
    db: &impl GenericClient,
    project: &str,
    workspace: &str,
    id: JobRequestId,
) -> Result<Option<JobRequestPage>> {
    let statement = db
        .prepare_cached(job_request_page!(
            "request.id = $3
               AND workspace.name = $2
               AND project.slug = $1"
        ))
        .await?;
    let row = db.query_opt(&statement, &[&project, &workspace, &id]).await?;
    row.as_ref().map(JobRequestPage::from_row).transpose()
}

/// The job request with this primary key, wherever it is.
pub async fn find_by_id(db: &impl GenericClient, id: JobRequestId) -> Result<Option<JobRequestPage>> {
    let statement = db.prepare_cached(job_request_page!("request.id = $1")).await?;
    let row = db.query_opt(&statement, &[&id]).await?;
    row.as_ref().map(JobRequestPage::from_row).transpose()
}

/// The path of the job request's page.
pub async fn address(db: &impl GenericClient, id: JobRequestId) -> Result<Option<String>> {
    let statement = db
        .prepare_cached(
            "SELECT project.slug::text, workspace.name
             FROM jobserver_jobrequest AS request
             JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE request.id = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&id]).await? else { return Ok(None) };
    let (project, workspace): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    Ok(Some(format!("/{project}/{workspace}/{id}/")))
}

/// The text of project.yaml as it was when the jobs were requested; empty in old rows.
pub async fn definition(db: &impl GenericClient, id: JobRequestId) -> Result<String> {
    let statement =
        db.prepare_cached("SELECT project_definition FROM jobserver_jobrequest WHERE id = $1").await?;
    Ok(match db.query_opt(&statement, &[&id]).await? {
        Some(row) => row.try_get(0)?,
        None => String::new(),
    })
}
