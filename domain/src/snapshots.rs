//! Snapshots: a frozen list of files of one workspace, prepared for publication. Preparing the same files again gives the
//! same snapshot, also when it is published.

use std::collections::BTreeSet;

use crate::{
    Result,
    db::{GenericClient, Object},
    ids::{UserId, WorkspaceId},
    publish_requests::Decision,
    releases::place::{Place, place_columns},
};

/// A snapshot with what decides who may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub id: i32,
    pub place: Place,
    /// Whether its newest publish request was approved: then everybody may see it.
    pub is_published: bool,
}

/// The snapshot with this id, if it is of the workspace of this name.
pub async fn find(db: &impl GenericClient, workspace: &str, id: i32) -> Result<Option<Snapshot>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT ",
            place_columns!(),
            ", coalesce(newest.decision = 'approved', false) AS is_published
             FROM jobserver_snapshot AS snapshot
             JOIN jobserver_workspace AS workspace ON workspace.id = snapshot.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             LEFT JOIN LATERAL (
                 SELECT decision
                 FROM jobserver_publishrequest
                 WHERE snapshot_id = snapshot.id
                 ORDER BY created_at DESC, id DESC
                 LIMIT 1
             ) AS newest ON true
             WHERE snapshot.id = $2
               AND workspace.name = $1"
        ))
        .await?;
    let Some(row) = db.query_opt(&statement, &[&workspace, &id]).await? else { return Ok(None) };
    Ok(Some(Snapshot { id, place: Place::from_row(&row)?, is_published: row.try_get("is_published")? }))
}

/// What came of preparing files for publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    /// The snapshot of exactly these files.
    Snapshot(i32),
    /// The workspace has no files with these ids.
    Unknown(Vec<String>),
    /// There was nothing to prepare: no files were named, or all have been deleted.
    Nothing,
}

/// Makes a snapshot of these files and asks for its publication, or finds the one that was made before. Files that have
/// been deleted are left out. A published snapshot is left as it is.
pub async fn prepare(
    db: &mut Object,
    workspace: WorkspaceId,
    files: &BTreeSet<String>,
    by: UserId,
) -> Result<Prepared> {
    let transaction = db.transaction().await?;
    lock(&transaction, workspace).await?;
    let known = known(&transaction, workspace, files).await?;
    let unknown: Vec<String> =
        files.iter().filter(|id| !known.iter().any(|file| file.id == **id)).cloned().collect();
    if !unknown.is_empty() {
        return Ok(Prepared::Unknown(unknown));
    }
    let kept: Vec<String> = known.into_iter().filter(|file| !file.is_deleted).map(|file| file.id).collect();
    if kept.is_empty() {
        return Ok(Prepared::Nothing);
    }
    let id = match same(&transaction, workspace, &kept).await? {
        Some(Same { id, is_asked_for: true }) => id,
        Some(Same { id, is_asked_for: false }) => ask(&transaction, workspace, id, by).await?,
        None => insert(&transaction, workspace, &kept, by).await?,
    };
    transaction.commit().await?;
    Ok(Prepared::Snapshot(id))
}

/// Of two that prepare the same files at once, the second waits here and then finds what the first made.
async fn lock(db: &impl GenericClient, workspace: WorkspaceId) -> Result<()> {
    let statement = db
        .prepare_cached(
            "SELECT
             FROM jobserver_workspace
             WHERE id = $1
             FOR NO KEY UPDATE",
        )
        .await?;
    db.execute(&statement, &[&workspace]).await?;
    Ok(())
}

struct Known {
    id: String,
    is_deleted: bool,
}

/// Those of the files that are of the workspace, by id.
async fn known(
    db: &impl GenericClient,
    workspace: WorkspaceId,
    files: &BTreeSet<String>,
) -> Result<Vec<Known>> {
    let statement = db
        .prepare_cached(
            "SELECT id, deleted_at IS NOT NULL AS is_deleted
             FROM jobserver_releasefile
             WHERE workspace_id = $1
               AND id = ANY($2)
             ORDER BY id COLLATE \"C\"",
        )
        .await?;
    let ids: Vec<&str> = files.iter().map(String::as_str).collect();
    let rows = db.query(&statement, &[&workspace, &ids]).await?;
    rows.iter()
        .map(|row| Ok(Known { id: row.try_get("id")?, is_deleted: row.try_get("is_deleted")? }))
        .collect()
}

struct Same {
    id: i32,
    /// Whether its newest publish request waits for a decision or was approved.
    is_asked_for: bool,
}

/// The snapshot of exactly these files, which are sorted by their bytes. Should there be several, a published one, else the
/// newest.
async fn same(db: &impl GenericClient, workspace: WorkspaceId, files: &[String]) -> Result<Option<Same>> {
    let statement = db
        .prepare_cached(
            "SELECT snapshot.id, newest.id IS NOT NULL AND newest.decision IS DISTINCT FROM $3 AS is_asked_for
             FROM jobserver_snapshot AS snapshot
             LEFT JOIN LATERAL (
                 SELECT id, decision
                 FROM jobserver_publishrequest
                 WHERE snapshot_id = snapshot.id
                 ORDER BY created_at DESC, id DESC
                 LIMIT 1
             ) AS newest ON true
             WHERE snapshot.workspace_id = $1
               AND EXISTS (
                   SELECT
                   FROM jobserver_snapshot_files
                   WHERE snapshot_id = snapshot.id
                     AND releasefile_id = ($2::text[])[1]
               )
               AND $2 = ARRAY(
                   SELECT releasefile_id::text
                   FROM jobserver_snapshot_files
                   WHERE snapshot_id = snapshot.id
                   ORDER BY releasefile_id COLLATE \"C\"
               )
             ORDER BY newest.decision = $4 DESC NULLS LAST, snapshot.id DESC
             LIMIT 1",
        )
        .await?;
    let (rejected, approved) = (Decision::Rejected.as_str(), Decision::Approved.as_str());
    let row = db.query_opt(&statement, &[&workspace, &files, &rejected, &approved]).await?;
    row.map(|row| Ok(Same { id: row.try_get("id")?, is_asked_for: row.try_get("is_asked_for")? })).transpose()
}

async fn ask(db: &impl GenericClient, workspace: WorkspaceId, snapshot: i32, by: UserId) -> Result<i32> {
    let statement = db
        .prepare_cached(
            "INSERT INTO jobserver_publishrequest (snapshot_id, workspace_id, created_at, created_by_id, updated_at,
                                                   updated_by_id)
             VALUES ($1, $2, clock_timestamp(), $3, clock_timestamp(), $3)",
        )
        .await?;
    db.execute(&statement, &[&snapshot, &workspace, &by]).await?;
    Ok(snapshot)
}

async fn insert(
    db: &impl GenericClient,
    workspace: WorkspaceId,
    files: &[String],
    by: UserId,
) -> Result<i32> {
    let statement = db
        .prepare_cached(
            "WITH snapshot AS (
                 INSERT INTO jobserver_snapshot (workspace_id, created_at, created_by_id)
                 VALUES ($1, now(), $2)
                 RETURNING id
             ), files AS (
                 INSERT INTO jobserver_snapshot_files (snapshot_id, releasefile_id)
                 SELECT snapshot.id, file
                 FROM snapshot
                 CROSS JOIN unnest($3::text[]) AS file
             ), request AS (
                 INSERT INTO jobserver_publishrequest (snapshot_id, workspace_id, created_at, created_by_id, updated_at,
                                                       updated_by_id)
                 SELECT id, $1, now(), $2, now(), $2
                 FROM snapshot
             )
             SELECT id
             FROM snapshot",
        )
        .await?;
    Ok(db.query_one(&statement, &[&workspace, &by, &files]).await?.try_get(0)?)
}
