//! Files of releases on their way in, and out again. A release promises files by name and SHA-256; a file is taken in once,
//! and only with exactly those bytes. Here are the rows; who stores the bytes calls in between: a row says "uploaded" only
//! after its file has its final name, and "deleted" before the file goes. Knows nothing of how bytes are stored.

mod admit;
mod redact;

use jiff::Timestamp;

pub use admit::{Admission, Arrived, Placing, admit};
pub use redact::{left_behind, redact};

use crate::{
    Result,
    db::GenericClient,
    file_name::FileName,
    ids::{BackendId, ProjectId},
};

/// What must be known of a release and of one of its files before its bytes are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub workspace: String,
    pub project: ProjectId,
    /// The backend that the release comes from.
    pub backend: BackendId,
    pub backend_slug: String,
    /// Whether the release asked for a file of this name.
    pub is_requested: bool,
    pub uploaded_at: Option<Timestamp>,
}

/// The release with this id, and what it says of a file called `name` (empty: none is meant). None if there is no such
/// release. Where an old release promises one name twice, an uploaded file goes before one that is not.
pub async fn expected(db: &impl GenericClient, release: &str, name: &str) -> Result<Option<Expected>> {
    if release.contains('\0') {
        return Ok(None);
    }
    let statement = db
        .prepare_cached(
            "SELECT workspace.name AS workspace, workspace.project_id, release.backend_id,
                    backend.slug AS backend_slug, file.uploaded_at,
                    CASE
                        WHEN $2 = '' THEN false
                        WHEN file.id IS NOT NULL THEN true
                        ELSE release.requested_files @> jsonb_build_array(jsonb_build_object('name', $2::text))
                    END AS is_requested
             FROM jobserver_release AS release
             JOIN jobserver_workspace AS workspace ON workspace.id = release.workspace_id
             JOIN jobserver_backend AS backend ON backend.id = release.backend_id
             LEFT JOIN LATERAL (
                 SELECT id, uploaded_at
                 FROM jobserver_releasefile
                 WHERE release_id = release.id
                   AND name = $2
                 ORDER BY uploaded_at, id
                 LIMIT 1
             ) AS file ON true
             WHERE release.id = $1",
        )
        .await?;
    // The database takes no NUL in text, so no file has one in its name.
    let name = if name.contains('\0') { "" } else { name };
    let Some(row) = db.query_opt(&statement, &[&release, &name]).await? else { return Ok(None) };
    Ok(Some(Expected {
        workspace: row.try_get("workspace")?,
        project: row.try_get("project_id")?,
        backend: row.try_get("backend_id")?,
        backend_slug: row.try_get("backend_slug")?,
        is_requested: row.try_get("is_requested")?,
        uploaded_at: row.try_get("uploaded_at")?,
    }))
}

/// Where a file of a release lies, below the root of the storage. Only for storing: where a stored file lies is in its row.
pub fn path_of(workspace: &str, release: &str, name: &FileName) -> String {
    format!("{workspace}/releases/{release}/{name}")
}
