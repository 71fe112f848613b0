//! Publish requests: somebody asks for a snapshot to be published, somebody else decides. The newest request of a snapshot
//! alone says whether it is published.

use crate::{Result, db::GenericClient, ids::UserId};

/// What was decided about a request; one without a decision is waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Approved,
    Rejected,
}

impl Decision {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Approved => "approved",
            Decision::Rejected => "rejected",
        }
    }
}

/// Publishes a snapshot: approves its newest request, or one made for this if there is none. False if it was published
/// already; then the decision stays whose it was.
pub async fn approve(db: &impl GenericClient, snapshot: i32, by: UserId) -> Result<bool> {
    let statement = db
        .prepare_cached(
            "WITH newest AS (
                 SELECT id
                 FROM jobserver_publishrequest
                 WHERE snapshot_id = $1
                 ORDER BY created_at DESC, id DESC
                 LIMIT 1
             ), approved AS (
                 UPDATE jobserver_publishrequest AS request
                 SET decision = $3, decision_at = now(), decision_by_id = $2, updated_at = now(), updated_by_id = $2
                 FROM newest
                 WHERE request.id = newest.id
                   AND request.decision IS DISTINCT FROM $3
                 RETURNING request.id
             ), added AS (
                 INSERT INTO jobserver_publishrequest (snapshot_id, workspace_id, created_at, created_by_id,
                                                       decision, decision_at, decision_by_id, updated_at, updated_by_id)
                 SELECT id, workspace_id, now(), $2, $3, now(), $2, now(), $2
                 FROM jobserver_snapshot
                 WHERE id = $1
                   AND NOT EXISTS (SELECT FROM newest)
                 RETURNING id
             )
             SELECT id FROM approved
             UNION ALL
             SELECT id FROM added",
        )
        .await?;
    Ok(db.query_opt(&statement, &[&snapshot, &by, &Decision::Approved.as_str()]).await?.is_some())
}

/// Takes a published snapshot back: its newest request becomes a rejected one. False if it was not published.
pub async fn unpublish(db: &impl GenericClient, snapshot: i32, by: UserId) -> Result<bool> {
    turn_down(db, snapshot, by, Some(Decision::Approved)).await
}

/// Decides against publication: the newest request, which waits, becomes a rejected one. False if none waits.
pub async fn reject(db: &impl GenericClient, snapshot: i32, by: UserId) -> Result<bool> {
    turn_down(db, snapshot, by, None).await
}

/// Rejects the newest request if it stands where the caller saw it.
async fn turn_down(
    db: &impl GenericClient,
    snapshot: i32,
    by: UserId,
    from: Option<Decision>,
) -> Result<bool> {
    let statement = db
        .prepare_cached(
            "UPDATE jobserver_publishrequest AS request
             SET decision = $3, decision_at = now(), decision_by_id = $2, updated_at = now(), updated_by_id = $2
             WHERE request.id = (
                 SELECT id
                 FROM jobserver_publishrequest
                 WHERE snapshot_id = $1
                 ORDER BY created_at DESC, id DESC
                 LIMIT 1
             )
               AND request.decision IS NOT DISTINCT FROM $4",
        )
        .await?;
    let (rejected, from) = (Decision::Rejected.as_str(), from.map(Decision::as_str));
    Ok(db.execute(&statement, &[&snapshot, &by, &rejected, &from]).await? == 1)
}
