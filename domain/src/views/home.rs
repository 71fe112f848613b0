//! The home page: what is going on, and what is one's own.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use super::rows::{self, JobRequestRow, job_request_rows};
use crate::{Result, ids::UserId, projects::Project};

/// What a person sees of their own things.
#[derive(Debug)]
pub struct Own {
    pub job_requests: Vec<JobRequestRow>,
    pub workspaces: Vec<OwnWorkspace>,
    pub projects: Vec<Project>,
}

/// How much a person has in all.
#[derive(Debug, Clone, Copy)]
pub struct OwnCounts {
    pub job_requests: i64,
    pub workspaces: i64,
    pub projects: i64,
}

#[derive(Debug)]
pub struct OwnWorkspace {
    pub name: String,
    pub project: Project,
    /// When it was last changed or used.
    pub active_at: Timestamp,
}

/// The ten newest job requests on active backends.
pub async fn latest(db: &impl GenericClient) -> Result<Vec<JobRequestRow>> {
    let statement = db
        .prepare_cached(job_request_rows!(
            "SELECT request.id, request.identifier, request._status, request.created_at, request.backend_id,
                    request.workspace_id, request.created_by_id
             FROM jobserver_jobrequest AS request
             JOIN jobserver_backend AS backend ON backend.id = request.backend_id
             WHERE backend.is_active
             ORDER BY request.id DESC
             LIMIT 10"
        ))
        .await?;
    rows::rows(&db.query(&statement, &[]).await?)
}

/// What `person` has done and may work on; at most five of each.
pub async fn own(db: &impl GenericClient, person: UserId) -> Result<Own> {
    let (job_requests, workspaces, projects) = tokio::try_join!(
        own_job_requests(db, person),
        own_workspaces(db, person),
        own_projects(db, person),
    )?;
    Ok(Own { job_requests, workspaces, projects })
}

pub async fn own_counts(db: &impl GenericClient, person: UserId) -> Result<OwnCounts> {
    let statement = db
        .prepare_cached(
            "SELECT (SELECT count(*) FROM jobserver_jobrequest WHERE created_by_id = $1),
                    (
                        SELECT count(*)
                        FROM jobserver_workspace AS workspace
                        JOIN jobserver_projectmembership AS membership USING (project_id)
                        WHERE membership.user_id = $1 AND NOT workspace.is_archived
                    ),
                    (SELECT count(*) FROM jobserver_projectmembership WHERE user_id = $1)",
        )
        .await?;
    let row = db.query_one(&statement, &[&person]).await?;
    Ok(OwnCounts { job_requests: row.try_get(0)?, workspaces: row.try_get(1)?, projects: row.try_get(2)? })
}

async fn own_job_requests(db: &impl GenericClient, person: UserId) -> Result<Vec<JobRequestRow>> {
    let statement = db
        .prepare_cached(job_request_rows!(
            "SELECT request.id, request.identifier, request._status, request.created_at, request.backend_id,
                    request.workspace_id, request.created_by_id
             FROM jobserver_jobrequest AS request
             JOIN jobserver_backend AS backend ON backend.id = request.backend_id
             WHERE request.created_by_id = $1 AND backend.is_active
             ORDER BY request.id DESC
             LIMIT 5"
        ))
        .await?;
    rows::rows(&db.query(&statement, &[&person]).await?)
}

async fn own_workspaces(db: &impl GenericClient, person: UserId) -> Result<Vec<OwnWorkspace>> {
    let statement = db
        .prepare_cached(
            "SELECT workspace.name, project.id AS project_id, project.slug AS project_slug,
                    project.name AS project_name, project.number AS project_number,
                    greatest(workspace.updated_at, newest.created_at) AS active_at
             FROM jobserver_projectmembership AS membership
             JOIN jobserver_project AS project ON project.id = membership.project_id
             JOIN jobserver_workspace AS workspace ON workspace.project_id = project.id
             LEFT JOIN LATERAL (
                 SELECT created_at
                 FROM jobserver_jobrequest
                 WHERE workspace_id = workspace.id
                 ORDER BY id DESC
                 LIMIT 1
             ) AS newest ON true
             WHERE membership.user_id = $1 AND NOT workspace.is_archived
             ORDER BY active_at DESC, workspace.name
             LIMIT 5",
        )
        .await?;
    let rows = db.query(&statement, &[&person]).await?;
    rows.iter()
        .map(|row| {
            Ok(OwnWorkspace {
                name: row.try_get("name")?,
                project: Project::from_row(row)?,
                active_at: row.try_get("active_at")?,
            })
        })
        .collect()
}

async fn own_projects(db: &impl GenericClient, person: UserId) -> Result<Vec<Project>> {
    let statement = db
        .prepare_cached(
            "SELECT project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number
             FROM jobserver_projectmembership AS membership
             JOIN jobserver_project AS project ON project.id = membership.project_id
             WHERE membership.user_id = $1
             ORDER BY membership.created_at DESC, project.id
             LIMIT 5",
        )
        .await?;
    let rows = db.query(&statement, &[&person]).await?;
    rows.iter().map(Project::from_row).collect()
}
