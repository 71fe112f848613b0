//! Lists of snapshots: those of a workspace, and what a project has published. Published is a snapshot whose newest
//! publish request is approved; whatever was decided before that does not matter. Never writes.

use jiff::Timestamp;

use crate::{
    Result,
    db::GenericClient,
    ids::{ProjectId, WorkspaceId},
};

/// One snapshot of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotLine {
    pub id: i32,
    pub created_at: Timestamp,
    /// Full name, or username where there is none.
    pub created_by: String,
    pub is_published: bool,
    /// Publication was decided against.
    pub is_rejected: bool,
    pub file_count: i64,
}

/// What was decided about the newest publish request of `snapshot`.
macro_rules! decision {
    () => {
        "coalesce((SELECT decision
                   FROM jobserver_publishrequest
                   WHERE snapshot_id = snapshot.id
                   ORDER BY created_at DESC, id DESC
                   LIMIT 1), '')"
    };
}

/// How many snapshots [`of_workspace`] can show, and the organisation that leads the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    pub total: i64,
    pub org_name: Option<String>,
    /// A file below the media folder.
    pub org_logo: Option<String>,
}

pub async fn overview(
    db: &impl GenericClient,
    workspace: WorkspaceId,
    with_drafts: bool,
) -> Result<Overview> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT org.name AS org_name, nullif(org.logo_file, '') AS org_logo,
                    (SELECT count(*)
                     FROM jobserver_snapshot AS snapshot
                     WHERE snapshot.workspace_id = workspace.id
                       AND ($2 OR ",
            decision!(),
            " = 'approved')) AS total
             FROM jobserver_workspace AS workspace
             LEFT JOIN LATERAL (
                 SELECT org.name, org.logo_file
                 FROM jobserver_projectcollaboration AS collaboration
                 JOIN jobserver_org AS org ON org.id = collaboration.org_id
                 WHERE collaboration.project_id = workspace.project_id
                 ORDER BY collaboration.is_lead DESC, collaboration.id
                 LIMIT 1
             ) AS org ON true
             WHERE workspace.id = $1"
        ))
        .await?;
    let row = db.query_one(&statement, &[&workspace, &with_drafts]).await?;
    Ok(Overview {
        total: row.try_get("total")?,
        org_name: row.try_get("org_name")?,
        org_logo: row.try_get("org_logo")?,
    })
}

/// The snapshots of a workspace from `offset` on, newest first, at most [`super::PAGE_SIZE`].
pub async fn of_workspace(
    db: &impl GenericClient,
    workspace: WorkspaceId,
    with_drafts: bool,
    offset: i64,
) -> Result<Vec<SnapshotLine>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT newest.id, newest.created_at, newest.decision = 'approved' AS is_published,
                    newest.decision = 'rejected' AS is_rejected,
                    coalesce(nullif(creator.fullname, ''), creator.username) AS created_by,
                    (SELECT count(*) FROM jobserver_snapshot_files WHERE snapshot_id = newest.id) AS file_count
             FROM (SELECT id, created_at, created_by_id, decision
                   FROM (SELECT snapshot.id, snapshot.created_at, snapshot.created_by_id, ",
            decision!(),
            "                           AS decision
                         FROM jobserver_snapshot AS snapshot
                         WHERE snapshot.workspace_id = $1) AS snapshot
                   WHERE $2 OR decision = 'approved'
                   ORDER BY created_at DESC, id DESC
                   LIMIT 25
                   OFFSET $3) AS newest
             JOIN jobserver_user AS creator ON creator.id = newest.created_by_id
             ORDER BY newest.created_at DESC, newest.id DESC"
        ))
        .await?;
    let rows = db.query(&statement, &[&workspace, &with_drafts, &offset]).await?;
    rows.iter()
        .map(|row| {
            Ok(SnapshotLine {
                id: row.try_get("id")?,
                created_at: row.try_get("created_at")?,
                created_by: row.try_get("created_by")?,
                is_published: row.try_get("is_published")?,
                is_rejected: row.try_get("is_rejected")?,
                file_count: row.try_get("file_count")?,
            })
        })
        .collect()
}

/// What a workspace last published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub workspace: String,
    pub snapshot: i32,
    pub created_at: Timestamp,
}

/// Of each workspace of a project, what was published last; the latest decision first.
pub async fn of_project(db: &impl GenericClient, project: ProjectId) -> Result<Vec<Output>> {
    let statement = db
        .prepare_cached(
            "SELECT workspace, snapshot, created_at
             FROM (SELECT DISTINCT ON (workspace.id)
                          workspace.name AS workspace, snapshot.id AS snapshot, snapshot.created_at,
                          newest.decision_at
                   FROM jobserver_workspace AS workspace
                   JOIN jobserver_snapshot AS snapshot ON snapshot.workspace_id = workspace.id
                   JOIN LATERAL (
                       SELECT decision, decision_at
                       FROM jobserver_publishrequest
                       WHERE snapshot_id = snapshot.id
                       ORDER BY created_at DESC, id DESC
                       LIMIT 1
                   ) AS newest ON newest.decision = 'approved'
                   WHERE workspace.project_id = $1
                   ORDER BY workspace.id, newest.decision_at DESC, snapshot.id DESC) AS output
             ORDER BY decision_at DESC, snapshot DESC",
        )
        .await?;
    let rows = db.query(&statement, &[&project]).await?;
    rows.iter()
        .map(|row| {
            Ok(Output {
                workspace: row.try_get("workspace")?,
                snapshot: row.try_get("snapshot")?,
                created_at: row.try_get("created_at")?,
            })
        })
        .collect()
}
