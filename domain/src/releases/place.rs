//! Where something is released: the workspace and its project, which decide who may see it.

use tokio_postgres::Row;

use crate::{
    Result,
    db::GenericClient,
    ids::{ProjectId, WorkspaceId},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub workspace: WorkspaceId,
    pub workspace_name: String,
    pub project: ProjectId,
    pub project_slug: String,
    /// Whether files leave this workspace by releases; older ones went another way.
    pub uses_new_release_flow: bool,
}

impl Place {
    /// The path of a release's page.
    pub fn release_url(&self, release: &str) -> String {
        format!("/{}/{}/releases/{release}/", self.project_slug, self.workspace_name)
    }

    /// The path of a snapshot's page.
    pub fn snapshot_url(&self, snapshot: i32) -> String {
        format!("/{}/{}/outputs/{snapshot}/", self.project_slug, self.workspace_name)
    }

    /// Where everybody finds a published file.
    pub fn published_url(&self, file: &str) -> String {
        format!("/{}/{}/published/{file}/", self.project_slug, self.workspace_name)
    }

    /// The columns of [`place_columns!`].
    pub(crate) fn from_row(row: &Row) -> Result<Place> {
        Ok(Place {
            workspace: row.try_get("workspace_id")?,
            workspace_name: row.try_get("workspace_name")?,
            project: row.try_get("project_id")?,
            project_slug: row.try_get("project_slug")?,
            uses_new_release_flow: row.try_get("uses_new_release_flow")?,
        })
    }
}

/// The columns of [`Place`], from `workspace` and `project`.
macro_rules! place_columns {
    () => {
        "workspace.id AS workspace_id, workspace.name AS workspace_name, project.id AS project_id,
         project.slug AS project_slug, workspace.uses_new_release_flow "
    };
}
pub(crate) use place_columns;

/// The workspace of this name.
pub async fn of_workspace(db: &impl GenericClient, name: &str) -> Result<Option<Place>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT ",
            place_columns!(),
            "FROM jobserver_workspace AS workspace
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE workspace.name = $1"
        ))
        .await?;
    db.query_opt(&statement, &[&name]).await?.as_ref().map(Place::from_row).transpose()
}

/// The workspace of the release with this id.
pub async fn of_release(db: &impl GenericClient, release: &str) -> Result<Option<Place>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT ",
            place_columns!(),
            "FROM jobserver_release AS release
             JOIN jobserver_workspace AS workspace ON workspace.id = release.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE release.id = $1"
        ))
        .await?;
    db.query_opt(&statement, &[&release]).await?.as_ref().map(Place::from_row).transpose()
}
