//! Editing a workspace: its purpose.

use domain::{new_workspace::checked_purpose, workspaces, workspaces::Workspace};
use serde::Serialize;

use super::place::Place;
use crate::{
    app::App,
    http::{
        access::{InWorkspace, WorkspaceEdit},
        error::PageResult,
        field_error::FieldError,
        form::Fields,
        redirect,
        shell::Page,
        visitor::Visitor,
    },
};

#[derive(Serialize)]
struct EditPage {
    #[serde(flatten)]
    place: Place,
    heading: String,
    purpose: String,
    purpose_error: Option<String>,
    errors: Vec<FieldError>,
}

/// `GET /{project}/{workspace}/edit/`
pub async fn form(app: App, member: InWorkspace<WorkspaceEdit>) -> PageResult {
    show(&app, &member.visitor, &member.workspace, member.workspace.purpose.clone(), Vec::new())
}

/// `POST /{project}/{workspace}/edit/`
pub async fn submit(app: App, member: InWorkspace<WorkspaceEdit>, fields: Fields) -> PageResult {
    let InWorkspace { visitor, person, workspace, .. } = member;
    match checked_purpose(fields.text("purpose")) {
        Ok(purpose) => {
            workspaces::set_purpose(&app.db().await?, workspace.id, &purpose, person.id).await?;
            redirect::to(&app, &visitor, &workspace.url(), Vec::new())
        }
        Err(text) => {
            let errors = vec![FieldError::new("purpose", text)];
            show(&app, &visitor, &workspace, fields.text("purpose").to_owned(), errors)
        }
    }
}

fn show(
    app: &App,
    visitor: &Visitor,
    workspace: &Workspace,
    purpose: String,
    errors: Vec<FieldError>,
) -> PageResult {
    let heading = format!("Edit {}", workspace.name);
    let page = Page::titled(&heading);
    let view = EditPage {
        place: Place::of(workspace),
        heading,
        purpose,
        purpose_error: FieldError::find(&errors, "purpose"),
        errors,
    };
    visitor.render(app, "site/workspaces/edit", page, &view)
}
