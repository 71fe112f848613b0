//! The job requests that a runner has to do something about.

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;

use crate::{Result, db::GenericClient, ids::BackendId};

/// Which part of the list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// None: of all backends.
    pub backend: Option<BackendId>,
    /// Both from 0 up.
    pub limit: i64,
    pub offset: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// How many there are in all.
    pub count: i64,
    /// Newest first.
    pub job_requests: Vec<JobRequest>,
}

/// A job request as a runner needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRequest {
    pub identifier: String,
    pub backend: String,
    pub sha: String,
    pub force_run_dependencies: bool,
    pub requested_actions: Vec<String>,
    /// A list of names.
    pub cancelled_actions: Value,
    pub codelists_ok: bool,
    /// Username.
    pub created_by: String,
    pub created_at: Timestamp,
    pub workspace: String,
    pub repo_url: String,
    pub branch: String,
    /// Username.
    pub workspace_created_by: String,
    pub workspace_created_at: Timestamp,
    pub project_slug: String,
    /// Slugs of the project's organisations, the leading one first.
    pub orgs: Vec<String>,
}

/// Job requests that are not finished and less than a year old, and all that have a job which waits or runs.
pub async fn active(db: &impl GenericClient, wanted: &Wanted) -> Result<Listing> {
    let select = db
        .prepare_cached(
            "WITH active AS MATERIALIZED (
                 SELECT id, created_at
                 FROM jobserver_jobrequest
                 WHERE _status IN ('pending', 'running', 'unknown', 'unknown_error_creating_jobs')
                   AND created_at >= now() - interval '365 days'
                   AND ($1::int IS NULL OR backend_id = $1)
                 UNION
                 SELECT job_request.id, job_request.created_at
                 FROM (SELECT DISTINCT job_request_id
                       FROM jobserver_job
                       WHERE status IN ('pending', 'running')) AS alive
                 JOIN jobserver_jobrequest AS job_request ON job_request.id = alive.job_request_id
                 WHERE $1::int IS NULL OR job_request.backend_id = $1
             ), page AS MATERIALIZED (
                 SELECT id
                 FROM active
                 ORDER BY created_at DESC, id DESC
                 LIMIT $2
                 OFFSET $3
             )
             SELECT (SELECT count(*) FROM active), job_request.identifier, backend.slug, job_request.sha,
                    job_request.force_run_dependencies, job_request.requested_actions,
                    job_request.cancelled_actions, job_request.codelists_ok, creator.username,
                    job_request.created_at, workspace.name, repo.url, workspace.branch,
                    workspace_creator.username, workspace.created_at, project.slug,
                    -- One look-up for each organisation: a join here reads them all, for every row.
                    ARRAY(SELECT (SELECT slug::text FROM jobserver_org WHERE id = collaboration.org_id)
                          FROM jobserver_projectcollaboration AS collaboration
                          WHERE collaboration.project_id = project.id
                          ORDER BY collaboration.is_lead DESC, collaboration.id)
             FROM (VALUES (1)) AS always
             -- The count comes also when the page is empty.
             LEFT JOIN page ON true
             LEFT JOIN jobserver_jobrequest AS job_request ON job_request.id = page.id
             LEFT JOIN jobserver_backend AS backend ON backend.id = job_request.backend_id
             LEFT JOIN jobserver_user AS creator ON creator.id = job_request.created_by_id
             LEFT JOIN jobserver_workspace AS workspace ON workspace.id = job_request.workspace_id
             LEFT JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
             LEFT JOIN jobserver_user AS workspace_creator ON workspace_creator.id = workspace.created_by_id
             LEFT JOIN jobserver_project AS project ON project.id = workspace.project_id
             ORDER BY job_request.created_at DESC, job_request.id DESC",
        )
        .await?;
    let rows = db.query(&select, &[&wanted.backend, &wanted.limit, &wanted.offset]).await?;
    let count = rows.first().map_or(0, |row| row.get(0));
    let is_there = |row: &&Row| row.get::<_, Option<&str>>(1).is_some();
    Ok(Listing { count, job_requests: rows.iter().filter(is_there).map(read).collect() })
}

fn read(row: &Row) -> JobRequest {
    JobRequest {
        identifier: row.get(1),
        backend: row.get(2),
        sha: row.get(3),
        force_run_dependencies: row.get(4),
        requested_actions: row.get(5),
        cancelled_actions: row.get(6),
        codelists_ok: row.get(7),
        created_by: row.get(8),
        created_at: row.get(9),
        workspace: row.get(10),
        repo_url: row.get(11),
        branch: row.get(12),
        workspace_created_by: row.get(13),
        workspace_created_at: row.get(14),
        project_slug: row.get(15),
        orgs: row.get(16),
    }
}
