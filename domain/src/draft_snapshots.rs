//! Snapshots as an operator finds them, by id alone, and taking files out of one that is not published.

use std::collections::BTreeSet;

use crate::{
    Result,
    db::{GenericClient, Object},
    publish_requests::Decision,
    releases::place::{Place, place_columns},
};

/// Where the snapshot with this id is.
pub async fn place_of(db: &impl GenericClient, id: i32) -> Result<Option<Place>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT ",
            place_columns!(),
            "FROM jobserver_snapshot AS snapshot
             JOIN jobserver_workspace AS workspace ON workspace.id = snapshot.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE snapshot.id = $1"
        ))
        .await?;
    db.query_opt(&statement, &[&id]).await?.as_ref().map(Place::from_row).transpose()
}

/// What came of taking files out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// As many files as this are no longer part of it.
    Removed(u64),
    /// It holds no files of these names, sorted; nothing has been taken out.
    Unknown(Vec<String>),
    Published,
}

/// Takes the files of these names out of a snapshot, all or none. The files themselves stay.
pub async fn remove_files(db: &mut Object, id: i32, names: &BTreeSet<String>) -> Result<Removal> {
    let transaction = db.transaction().await?;
    if is_published(&transaction, id).await? {
        return Ok(Removal::Published);
    }
    let delete = transaction
        .prepare_cached(
            "DELETE FROM jobserver_snapshot_files AS held
             USING jobserver_releasefile AS file
             WHERE held.snapshot_id = $1
               AND file.id = held.releasefile_id
               AND file.name = ANY ($2)
             RETURNING file.name",
        )
        .await?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = transaction.query(&delete, &[&id, &wanted]).await?;
    let removed: BTreeSet<&str> = rows.iter().map(|row| row.get(0)).collect();
    let unknown: Vec<String> =
        names.iter().filter(|name| !removed.contains(name.as_str())).cloned().collect();
    if !unknown.is_empty() {
        return Ok(Removal::Unknown(unknown));
    }
    transaction.commit().await?;
    Ok(Removal::Removed(rows.len() as u64))
}

/// Whoever decides about it meanwhile waits until this transaction has ended.
async fn is_published(db: &impl GenericClient, id: i32) -> Result<bool> {
    let statement = db
        .prepare_cached(
            "SELECT decision IS NOT DISTINCT FROM $2
             FROM jobserver_publishrequest
             WHERE snapshot_id = $1
             ORDER BY created_at DESC, id DESC
             LIMIT 1
             FOR UPDATE",
        )
        .await?;
    let newest = db.query_opt(&statement, &[&id, &Decision::Approved.as_str()]).await?;
    newest.map_or(Ok(false), |row| Ok(row.try_get(0)?))
}
