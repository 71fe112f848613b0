//! Who may request jobs in a workspace, and on which backends. The order of the checks is part of the site's behaviour:
//! an unknown workspace leads home, a missing permission hides the page, an archived workspace explains itself.

use actix_web::HttpResponse;
use domain::{
    db::GenericClient,
    permissions::Permission,
    redirects,
    users::Person,
    views::run_jobs::{self, Backend},
    workspaces::{self, Workspace},
};
use serde::Deserialize;

use crate::{
    app::App,
    http::{error::Error, flash::Flash, redirect, visitor::Visitor},
};

/// The parts of the address.
#[derive(Debug, Clone, Deserialize)]
pub struct Address {
    project: String,
    workspace: String,
    /// A commit to run instead of the head of the branch.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
}

/// Somebody who may request jobs here, and the backends to choose from: at least one.
pub struct Open {
    pub person: Person,
    pub workspace: Workspace,
    pub backends: Vec<Backend>,
}

pub enum Gate {
    Open(Box<Open>),
    Elsewhere(HttpResponse),
}

/// Where to go from the page of a workspace that is not there: to where it has moved, else home.
async fn without_workspace(db: &impl GenericClient, visitor: &Visitor) -> Result<HttpResponse, Error> {
    let facts = visitor.facts();
    Ok(match redirects::target(db, &facts.path).await? {
        Some(moved) if facts.query.is_empty() => redirect::permanent(&moved),
        Some(moved) => redirect::permanent(&format!("{moved}?{}", facts.query)),
        None => redirect::plain("/"),
    })
}

pub async fn pass(app: &App, visitor: &Visitor, address: &Address) -> Result<Gate, Error> {
    let db = app.db().await?;
    let Some(workspace) = workspaces::find(&db, &address.project, &address.workspace).await? else {
        return Ok(Gate::Elsewhere(without_workspace(&db, visitor).await?));
    };
    let may_run = |person: &&Person| person.may(Permission::JobRun, Some(workspace.project.id));
    let person = visitor.person().filter(may_run).cloned().ok_or(Error::NotFound)?;
    if workspace.is_archived {
        let notice = Flash::error(
            "No jobs can be requested in this workspace, because it is archived. Somebody who administers the \
             workspace can take it back.",
        );
        return Ok(Gate::Elsewhere(redirect::to(app, visitor, &workspace.url(), vec![notice])?));
    }
    let backends = run_jobs::usable(
        run_jobs::backends_of(&db, person.id).await?,
        &app.config.backends,
        app.config.disable_creating_jobs,
    );
    if backends.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(Gate::Open(Box::new(Open { person, workspace, backends })))
}
