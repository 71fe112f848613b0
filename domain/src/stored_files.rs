//! Which released files should be in the storage.

use crate::{Result, db::GenericClient};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    pub id: String,
    /// Below the root of the storage.
    pub path: String,
    pub release: String,
    pub workspace: String,
}

/// All that have been uploaded and not deleted.
pub async fn expected(db: &impl GenericClient) -> Result<Vec<StoredFile>> {
    let statement = db
        .prepare_cached(
            "SELECT file.id, file.path, file.release_id, workspace.name
             FROM jobserver_releasefile AS file
             JOIN jobserver_workspace AS workspace ON workspace.id = file.workspace_id
             WHERE file.path <> ''
               AND file.deleted_at IS NULL
             ORDER BY file.id",
        )
        .await?;
    let rows = db.query(&statement, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(StoredFile {
                id: row.try_get(0)?,
                path: row.try_get(1)?,
                release: row.try_get(2)?,
                workspace: row.try_get(3)?,
            })
        })
        .collect()
}
