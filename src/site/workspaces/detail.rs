//! The page of a workspace: what its state is now.

use actix_web::web;
use domain::{
    permissions::Permission,
    views::{
        workspace::{self, FirstRun, LatestJobRequest, Origin},
        workspace_actions::{self, ActionState},
    },
    workspaces::{self, Workspace},
};

use super::detail_page;
use crate::{
    app::App,
    code,
    http::{
        error::{Error, PageResult},
        shell::Page,
        visitor::Visitor,
    },
};

/// What the database and GitHub say of a workspace.
pub struct Facts {
    pub workspace: Workspace,
    pub origin: Origin,
    pub latest: Option<LatestJobRequest>,
    pub actions: std::sync::Arc<Vec<ActionState>>,
    /// Asked only for members of the project.
    pub first_run: Option<FirstRun>,
    /// None: not known.
    pub is_private: Option<bool>,
}

/// `GET /{project}/{workspace}/`
pub async fn show(app: App, visitor: Visitor, address: web::Path<(String, String)>) -> PageResult {
    let (project, name) = address.into_inner();
    let facts = facts(&app, &visitor, &project, &name).await?;
    let workspace = &facts.workspace;
    let shared = format!("{} ({})", workspace.repo_name(), workspace.branch);
    let page = Page::titled(&workspace.name).shared_as(&workspace.name, shared);
    let view = detail_page::view(&app, &visitor, facts);
    visitor.render(&app, "site/workspaces/detail", page, &view)
}

async fn facts(app: &App, visitor: &Visitor, project: &str, name: &str) -> Result<Facts, Error> {
    let db = app.db().await?;
    let workspace = workspaces::find(&db, project, name).await?.ok_or(Error::NotFound)?;
    let is_member = visitor.is_member_of(workspace.project.id);
    let first_run =
        async { if is_member { workspace::first_run(&db, workspace.repo_id).await } else { Ok(None) } };
    let actions = app.code.action_states.get(name, None, workspace_actions::latest(&db, name, None));
    let (origin, latest, actions, first_run) = tokio::try_join!(
        workspace::origin(&db, workspace.id),
        workspace::latest_job_request(&db, workspace.id),
        actions,
        first_run,
    )?;
    drop(db);
    let is_private = code::is_private(app, &workspace.repo_url).await?;
    Ok(Facts { origin, latest, actions: actions.unwrap_or_default(), first_run, is_private, workspace })
}

/// Why this visitor cannot run jobs here, the first reason that holds.
pub fn why_not_run(visitor: &Visitor, workspace: &Workspace) -> Option<&'static str> {
    if workspace.is_archived {
        Some("This workspace is archived")
    } else if !visitor.may(Permission::JobRun, Some(workspace.project.id)) {
        Some("You do not have permission to run jobs in this project")
    } else if !visitor.person().is_some_and(|person| person.has_backends) {
        Some("You are not a member of any backend")
    } else {
        None
    }
}
