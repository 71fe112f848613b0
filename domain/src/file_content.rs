//! What must be known of one released file to hand out its bytes, and whether the public may have it. A file is public
//! while the newest publish request of a snapshot that holds it is approved; taking that back takes the file back.

use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{Result, db::GenericClient, ids::ProjectId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileContent {
    pub id: String,
    /// As the researcher sees it.
    pub name: String,
    /// Below the root of the storage; empty until uploaded.
    pub path: String,
    pub sha256: String,
    pub created_at: Timestamp,
    /// Whether its bytes are here.
    pub is_uploaded: bool,
    pub workspace: String,
    pub project: ProjectId,
    pub project_slug: String,
}

/// The file with this id, unless it has been deleted.
pub async fn find(db: &impl GenericClient, id: &str) -> Result<Option<FileContent>> {
    if id.contains('\0') {
        return Ok(None);
    }
    let select = db
        .prepare_cached(
            "SELECT file.id, file.name, file.path, file.filehash, file.created_at,
                    file.uploaded_at IS NOT NULL AS is_uploaded,
                    workspace.name AS workspace, project.id AS project_id, project.slug AS project_slug
             FROM jobserver_releasefile AS file
             JOIN jobserver_workspace AS workspace ON workspace.id = file.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE file.id = $1
               AND file.deleted_at IS NULL",
        )
        .await?;
    db.query_opt(&select, &[&id]).await?.as_ref().map(FileContent::from_row).transpose()
}

/// The file with this id, if it belongs to this workspace of this project, has not been deleted, and is public.
pub async fn find_published(
    db: &impl GenericClient,
    project: &str,
    workspace: &str,
    id: &str,
) -> Result<Option<FileContent>> {
    let select = db
        .prepare_cached(
            "SELECT file.id, file.name, file.path, file.filehash, file.created_at,
                    file.uploaded_at IS NOT NULL AS is_uploaded,
                    workspace.name AS workspace, project.id AS project_id, project.slug AS project_slug
             FROM jobserver_releasefile AS file
             JOIN jobserver_workspace AS workspace ON workspace.id = file.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE file.id = $3
               AND file.deleted_at IS NULL
               AND workspace.name = $2
               AND project.slug = $1
               AND EXISTS (SELECT
                           FROM jobserver_snapshot_files AS held
                           JOIN LATERAL (SELECT decision
                                         FROM jobserver_publishrequest
                                         WHERE snapshot_id = held.snapshot_id
                                         ORDER BY created_at DESC, id DESC
                                         LIMIT 1) AS newest ON newest.decision = 'approved'
                           WHERE held.releasefile_id = file.id)",
        )
        .await?;
    let row = db.query_opt(&select, &[&project, &workspace, &id]).await?;
    row.as_ref().map(FileContent::from_row).transpose()
}

impl FileContent {
    fn from_row(row: &Row) -> Result<FileContent> {
        Ok(FileContent {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            path: row.try_get("path")?,
            sha256: row.try_get("filehash")?,
            created_at: row.try_get("created_at")?,
            is_uploaded: row.try_get("is_uploaded")?,
            workspace: row.try_get("workspace")?,
            project: row.try_get("project_id")?,
            project_slug: row.try_get("project_slug")?,
        })
    }
}
