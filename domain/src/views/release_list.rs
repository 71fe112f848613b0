//! Lists of releases, newest first: of a workspace and of a project. They count files but never read what was requested,
//! which for a large release is megabytes. Never writes.

use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{
    Result,
    db::GenericClient,
    ids::{ProjectId, WorkspaceId},
};

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseLine {
    pub id: String,
    pub workspace: String,
    pub backend_name: String,
    /// Full name, or username where there is none.
    pub created_by: String,
    pub created_at: Timestamp,
    /// None unless asked for: how many files there are is not for everybody.
    pub file_count: Option<i64>,
}

impl ReleaseLine {
    fn from_row(row: &Row) -> Result<ReleaseLine> {
        Ok(ReleaseLine {
            id: row.try_get("id")?,
            workspace: row.try_get("workspace")?,
            backend_name: row.try_get("backend_name")?,
            created_by: row.try_get("created_by")?,
            created_at: row.try_get("created_at")?,
            file_count: row.try_get("file_count")?,
        })
    }
}

/// What stands around the releases that a page shows, called `newest`. $2: whether files are counted.
macro_rules! lines_of {
    ($newest:literal) => {
        concat!(
            "SELECT newest.id, newest.created_at, workspace.name AS workspace, backend.name AS backend_name,
                    coalesce(nullif(creator.fullname, ''), creator.username) AS created_by,
                    CASE WHEN $2 THEN (
                        SELECT count(*) FROM jobserver_releasefile WHERE release_id = newest.id
                    ) END AS file_count
             FROM (",
            $newest,
            ") AS newest
             JOIN jobserver_workspace AS workspace ON workspace.id = newest.workspace_id
             JOIN jobserver_backend AS backend ON backend.id = newest.backend_id
             JOIN jobserver_user AS creator ON creator.id = newest.created_by_id
             ORDER BY newest.created_at DESC, newest.id DESC"
        )
    };
}

/// The releases of a workspace from `offset` on, at most [`super::PAGE_SIZE`].
pub async fn of_workspace(
    db: &impl GenericClient,
    workspace: WorkspaceId,
    with_counts: bool,
    offset: i64,
) -> Result<Vec<ReleaseLine>> {
    let statement = db
        .prepare_cached(lines_of!(
            "SELECT id, created_at, workspace_id, backend_id, created_by_id
             FROM jobserver_release
             WHERE workspace_id = $1
             ORDER BY created_at DESC, id DESC
             LIMIT 25
             OFFSET $3"
        ))
        .await?;
    let rows = db.query(&statement, &[&workspace, &with_counts, &offset]).await?;
    rows.iter().map(ReleaseLine::from_row).collect()
}

/// The releases of all workspaces of a project from `offset` on, at most [`super::PAGE_SIZE`].
pub async fn of_project(
    db: &impl GenericClient,
    project: ProjectId,
    with_counts: bool,
    offset: i64,
) -> Result<Vec<ReleaseLine>> {
    let statement = db
        .prepare_cached(lines_of!(
            "SELECT release.id, release.created_at, release.workspace_id, release.backend_id, release.created_by_id
             FROM jobserver_workspace AS workspace
             JOIN jobserver_release AS release ON release.workspace_id = workspace.id
             WHERE workspace.project_id = $1
             ORDER BY release.created_at DESC, release.id DESC
             LIMIT 25
             OFFSET $3"
        ))
        .await?;
    let rows = db.query(&statement, &[&project, &with_counts, &offset]).await?;
    rows.iter().map(ReleaseLine::from_row).collect()
}

/// How many releases the project with this slug has.
pub async fn count_of_project(db: &impl GenericClient, project: &str) -> Result<i64> {
    let statement = db
        .prepare_cached(
            "SELECT count(*)
             FROM jobserver_workspace AS workspace
             JOIN jobserver_release AS release ON release.workspace_id = workspace.id
             WHERE workspace.project_id = (SELECT id FROM jobserver_project WHERE slug = $1)",
        )
        .await?;
    Ok(db.query_one(&statement, &[&project]).await?.try_get(0)?)
}

/// How many releases a workspace has, and how many files are among its latest outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkspaceCounts {
    pub releases: i64,
    /// None unless asked for.
    pub latest_files: Option<i64>,
}

pub async fn counts_of_workspace(
    db: &impl GenericClient,
    workspace: WorkspaceId,
    with_files: bool,
) -> Result<WorkspaceCounts> {
    let statement = db
        .prepare_cached(
            "SELECT (SELECT count(*) FROM jobserver_release WHERE workspace_id = $1) AS releases,
                    CASE WHEN $2 THEN (
                        SELECT count(*)
                        FROM (SELECT DISTINCT release.backend_id, file.name
                              FROM jobserver_releasefile AS file
                              JOIN jobserver_release AS release ON release.id = file.release_id
                              WHERE file.workspace_id = $1) AS latest
                    ) END AS latest_files",
        )
        .await?;
    let row = db.query_one(&statement, &[&workspace, &with_files]).await?;
    Ok(WorkspaceCounts { releases: row.try_get("releases")?, latest_files: row.try_get("latest_files")? })
}
