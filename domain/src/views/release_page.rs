//! A release and a snapshot as their own pages show them, without their files. Never writes.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{Result, db::GenericClient, ids::WorkspaceId, projects::Project};

#[derive(Debug, Clone)]
pub struct ReleasePage {
    pub id: String,
    pub project: Project,
    pub workspace: String,
    pub backend_name: String,
    /// Full name, or username where there is none.
    pub created_by: String,
    pub created_at: Timestamp,
    /// What the releasing tool said about it.
    pub metadata: Map<String, Value>,
}

impl ReleasePage {
    pub fn workspace_url(&self) -> String {
        format!("/{}/{}/", self.project.slug, self.workspace)
    }
}

/// The release with this id, if it is of the workspace of this name in the project with this slug.
pub async fn find(
    db: &impl GenericClient,
    project: &str,
    workspace: &str,
    release: &str,
) -> Result<Option<ReleasePage>> {
    let statement = db
        .prepare_cached(
            "SELECT release.id, release.created_at, release.metadata, workspace.name AS workspace,
                    backend.name AS backend_name,
                    coalesce(nullif(creator.fullname, ''), creator.username) AS created_by,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number
             FROM jobserver_release AS release
             JOIN jobserver_workspace AS workspace ON workspace.id = release.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_backend AS backend ON backend.id = release.backend_id
             JOIN jobserver_user AS creator ON creator.id = release.created_by_id
             WHERE release.id = $3
               AND workspace.name = $2
               AND project.slug = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&project, &workspace, &release]).await? else {
        return Ok(None);
    };
    Ok(Some(ReleasePage {
        id: row.try_get("id")?,
        project: Project::from_row(&row)?,
        workspace: row.try_get("workspace")?,
        backend_name: row.try_get("backend_name")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        metadata: match row.try_get("metadata")? {
            Some(Value::Object(facts)) => facts,
            _ => Map::new(),
        },
    }))
}

#[derive(Debug, Clone)]
pub struct SnapshotPage {
    pub id: i32,
    pub project: Project,
    pub workspace_id: WorkspaceId,
    pub workspace: String,
    /// Full name, or username where there is none.
    pub created_by: String,
    pub created_at: Timestamp,
    pub publication: Publication,
}

/// How far a snapshot is on its way to the public, by its newest publish request alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publication {
    /// Nobody has asked for it.
    NotRequested,
    Pending,
    Approved(Decision),
    Rejected(Decision),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Full name, or username where there is none.
    pub by: String,
    pub at: Timestamp,
}

impl SnapshotPage {
    pub fn workspace_url(&self) -> String {
        format!("/{}/{}/", self.project.slug, self.workspace)
    }

    pub fn url(&self) -> String {
        format!("{}outputs/{}/", self.workspace_url(), self.id)
    }

    pub fn is_published(&self) -> bool {
        matches!(self.publication, Publication::Approved(_))
    }
}

/// The snapshot with this id, if it is of the workspace of this name in the project with this slug.
pub async fn find_snapshot(
    db: &impl GenericClient,
    project: &str,
    workspace: &str,
    snapshot: i32,
) -> Result<Option<SnapshotPage>> {
    let statement = db
        .prepare_cached(
            "SELECT snapshot.id, snapshot.created_at, snapshot.workspace_id, workspace.name AS workspace,
                    coalesce(nullif(creator.fullname, ''), creator.username) AS created_by,
                    newest.id AS request, newest.decision, newest.decision_at,
                    coalesce(nullif(decider.fullname, ''), decider.username) AS decision_by,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number
             FROM jobserver_snapshot AS snapshot
             JOIN jobserver_workspace AS workspace ON workspace.id = snapshot.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_user AS creator ON creator.id = snapshot.created_by_id
             LEFT JOIN LATERAL (
                 SELECT id, decision, decision_at, decision_by_id
                 FROM jobserver_publishrequest
                 WHERE snapshot_id = snapshot.id
                 ORDER BY created_at DESC, id DESC
                 LIMIT 1
             ) AS newest ON true
             LEFT JOIN jobserver_user AS decider ON decider.id = newest.decision_by_id
             WHERE snapshot.id = $3
               AND workspace.name = $2
               AND project.slug = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&project, &workspace, &snapshot]).await? else {
        return Ok(None);
    };
    let decision = |row: &tokio_postgres::Row| -> Result<Decision> {
        Ok(Decision { by: row.try_get("decision_by")?, at: row.try_get("decision_at")? })
    };
    let is_requested = row.try_get::<_, Option<i32>>("request")?.is_some();
    let publication = match row.try_get::<_, Option<&str>>("decision")? {
        Some("approved") => Publication::Approved(decision(&row)?),
        Some(_) => Publication::Rejected(decision(&row)?),
        None if is_requested => Publication::Pending,
        None => Publication::NotRequested,
    };
    Ok(Some(SnapshotPage {
        id: row.try_get("id")?,
        project: Project::from_row(&row)?,
        workspace_id: row.try_get("workspace_id")?,
        workspace: row.try_get("workspace")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        publication,
    }))
}
