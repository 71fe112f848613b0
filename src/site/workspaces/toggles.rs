//! Switches of a workspace: archived or not, notifying or not.

use domain::workspaces;

use crate::{
    app::App,
    http::{
        access::{InWorkspace, WorkspaceArchive, WorkspaceToggleNotifications},
        error::PageResult,
        form::Fields,
        redirect,
    },
};

/// `POST /{project}/{workspace}/archive-toggle/`
pub async fn archive(app: App, member: InWorkspace<WorkspaceArchive>, fields: Fields) -> PageResult {
    let InWorkspace { visitor, person, workspace, .. } = member;
    let is_archived = fields.flag("is_archived");
    workspaces::set_archived(&app.db().await?, workspace.id, is_archived, person.id).await?;
    tracing::info!(
        workspace = workspace.name,
        is_archived,
        by = person.username,
        "workspace archived or taken back"
    );
    redirect::to(&app, &visitor, &workspace.project.url(), Vec::new())
}

/// `POST /{project}/{workspace}/notifications-toggle/`
pub async fn notifications(
    app: App,
    member: InWorkspace<WorkspaceToggleNotifications>,
    fields: Fields,
) -> PageResult {
    let InWorkspace { visitor, person, workspace, .. } = member;
    let should_notify = fields.flag("should_notify");
    workspaces::set_should_notify(&app.db().await?, workspace.id, should_notify, person.id).await?;
    redirect::to(&app, &visitor, &workspace.url(), Vec::new())
}
