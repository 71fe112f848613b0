//! One job request as the staff area shows it: what it asked for, where it belongs, and whether it can be cancelled.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use super::job_request::effective;
use crate::{
    Result,
    ids::{BackendId, JobRequestId},
    job_requests::names,
    orgs::OrgName,
    projects::Project,
    status::JobRequestStatus,
    users::Name,
};

#[derive(Debug, Clone)]
pub struct StaffJobRequest {
    pub id: JobRequestId,
    /// The RAP id.
    pub identifier: String,
    /// Full commit; empty in some old rows.
    pub sha: String,
    pub requested_actions: Vec<String>,
    pub cancelled_actions: Vec<String>,
    /// The effective status.
    pub status: JobRequestStatus,
    pub status_message: Option<String>,
    pub created_at: Timestamp,
    pub creator: Name,
    pub backend: BackendId,
    pub backend_name: String,
    pub workspace: String,
    pub repo_url: String,
    pub project: Project,
    /// The organisation of the project, leading first.
    pub org: Option<OrgName>,
}

impl StaffJobRequest {
    /// Its page on the site.
    pub fn url(&self) -> String {
        format!("/{}/{}/{}/", self.project.slug, self.workspace, self.id)
    }
}

pub async fn find(db: &impl GenericClient, id: JobRequestId) -> Result<Option<StaffJobRequest>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT request.id, request.identifier, request.sha, request.requested_actions,
                    request.cancelled_actions, request._status, request.status_message, request.created_at,
                    ARRAY(
                        SELECT DISTINCT status
                        FROM jobserver_job
                        WHERE job_request_id = request.id
                    ) AS statuses,
                    creator.username, creator.fullname, backend.id AS backend, backend.name AS backend_name,
                    workspace.name AS workspace, repo.url AS repo_url,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number, org.slug AS org_slug, org.name AS org_name
             FROM jobserver_jobrequest AS request
             JOIN jobserver_backend AS backend ON backend.id = request.backend_id
             JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
             JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_user AS creator ON creator.id = request.created_by_id
             ",
            lead_org!(),
            "
             WHERE request.id = $1"
        ))
        .await?;
    let Some(row) = db.query_opt(&statement, &[&id]).await? else { return Ok(None) };
    let (status, status_message) = effective(&row)?;
    Ok(Some(StaffJobRequest {
        id: row.try_get("id")?,
        identifier: row.try_get("identifier")?,
        sha: row.try_get("sha")?,
        requested_actions: row.try_get("requested_actions")?,
        cancelled_actions: names(row.try_get("cancelled_actions")?),
        status,
        status_message,
        created_at: row.try_get("created_at")?,
        creator: Name::from_row(&row)?,
        backend: row.try_get("backend")?,
        backend_name: row.try_get("backend_name")?,
        workspace: row.try_get("workspace")?,
        repo_url: row.try_get("repo_url")?,
        project: Project::from_row(&row)?,
        org: OrgName::from_row(&row)?,
    }))
}
