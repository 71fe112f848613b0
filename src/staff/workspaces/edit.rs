//! Editing a workspace: its project, whether it is archived, its purpose.

use actix_web::web;
use domain::{
    edit_workspace::{self, Outcome, Stored},
    ids::ProjectId,
    new_workspace::PURPOSE_LIMIT,
    projects::Project,
    version::{Edited, is_same_text},
    views::staff_workspaces,
};
use serde::Serialize;

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        flash::Flash,
        form::Fields,
        redirect,
        shell::Page,
        visitor::Visitor,
    },
    staff::{
        Staff, addresses,
        entered::{self, Entered},
        overtaken,
    },
};

/// What was typed and chosen, as it came.
struct Typed {
    project: String,
    is_archived: bool,
    purpose: String,
}

impl Typed {
    fn posted(fields: &Fields) -> Typed {
        Typed {
            project: fields.text("project").to_owned(),
            is_archived: fields.flag("is_archived"),
            purpose: fields.raw("purpose").unwrap_or_default().to_owned(),
        }
    }
}

impl From<&Stored> for Typed {
    fn from(stored: &Stored) -> Typed {
        Typed {
            project: stored.project.to_string(),
            is_archived: stored.is_archived,
            purpose: stored.purpose.clone(),
        }
    }
}

#[derive(Serialize)]
struct EditPage {
    heading: String,
    name: String,
    own_url: String,
    project_options: Vec<ProjectOption>,
    project_error: Option<String>,
    is_archived: bool,
    is_archived_error: Option<String>,
    purpose: String,
    purpose_error: Option<String>,
    errors: Vec<FieldError>,
    version: String,
}

#[derive(Serialize)]
struct ProjectOption {
    value: String,
    label: String,
    selected: bool,
}

/// `GET /staff/workspaces/{name}/edit/`
pub async fn form(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let stored = stored(&app, &path).await?;
    show(&app, &staff.visitor, &path, Typed::from(&stored), stored.version().as_str(), Vec::new()).await
}

/// `POST /staff/workspaces/{name}/edit/`
pub async fn submit(app: App, staff: Staff, path: web::Path<String>, fields: Fields) -> PageResult {
    let Staff { visitor, person, .. } = staff;
    let typed = Typed::posted(&fields);
    let mut form = Entered::new(&fields);
    let Some(wanted) = read(&mut form, &typed) else {
        return show_again(&app, &visitor, &path, typed, form).await;
    };
    let mut db = app.db().await?;
    let outcome = edit_workspace::save(&mut db, &path, form.version(), &wanted, &person).await?;
    drop(db);
    let notice = match outcome {
        Outcome::NoSuchWorkspace => return Err(Error::NotFound),
        Outcome::NoSuchProject => {
            form.error("project", entered::NO_SUCH_CHOICE);
            return show_again(&app, &visitor, &path, typed, form).await;
        }
        Outcome::Edited(Edited::Overtaken(stored)) => {
            let errors = differences(&app, &stored, &wanted).await?;
            return show(&app, &visitor, &path, typed, stored.version().as_str(), errors).await;
        }
        Outcome::Edited(Edited::Unchanged) => Flash::unchanged(),
        Outcome::Edited(Edited::Saved) => {
            tracing::info!(workspace = path.as_str(), by = person.username, "workspace edited by staff");
            Flash::success(format!("Workspace {path} was saved"))
        }
    };
    redirect::to(&app, &visitor, &addresses::workspace(&path), vec![notice])
}

async fn stored(app: &App, name: &str) -> Result<Stored, Error> {
    let found = staff_workspaces::find(&app.db().await?, name).await?.ok_or(Error::NotFound)?;
    let workspace = found.workspace;
    Ok(Stored {
        project: workspace.project.id,
        is_archived: workspace.is_archived,
        purpose: workspace.purpose,
    })
}

/// What is to be saved; none if something is wrong, which `form` then knows.
fn read(form: &mut Entered<'_>, typed: &Typed) -> Option<Stored> {
    let project = form.required("project");
    let project = project.parse().ok().map(ProjectId);
    if project.is_none() && form.is_ok() {
        form.error("project", entered::NO_SUCH_CHOICE);
    }
    let purpose = form.optional("purpose");
    form.at_most("purpose", &purpose, PURPOSE_LIMIT);
    project.filter(|_| form.is_ok()).map(|project| Stored {
        project,
        is_archived: typed.is_archived,
        purpose,
    })
}

/// What somebody else has changed since the form was opened, where it is not what is to be saved now.
async fn differences(app: &App, stored: &Stored, wanted: &Stored) -> Result<Vec<FieldError>, Error> {
    let mut errors = Vec::new();
    if stored.project != wanted.project {
        let projects = staff_workspaces::projects(&app.db().await?).await?;
        let title = projects.iter().find(|project| project.id == stored.project).map(Project::title);
        errors.push(overtaken::error("project", &title.unwrap_or_default()));
    }
    if stored.is_archived != wanted.is_archived {
        let state = if stored.is_archived { "archived" } else { "not archived" };
        errors.push(overtaken::error("is_archived", state));
    }
    if !is_same_text(&stored.purpose, &wanted.purpose) {
        errors.push(overtaken::error("purpose", &stored.purpose));
    }
    Ok(errors)
}

/// The form with what was typed and what is wrong with it, at the version at which it was opened.
async fn show_again(app: &App, visitor: &Visitor, name: &str, typed: Typed, form: Entered<'_>) -> PageResult {
    let version = form.version_or(&stored(app, name).await?.version());
    show(app, visitor, name, typed, &version, form.into_errors()).await
}

async fn show(
    app: &App,
    visitor: &Visitor,
    name: &str,
    typed: Typed,
    version: &str,
    errors: Vec<FieldError>,
) -> PageResult {
    let projects = staff_workspaces::projects(&app.db().await?).await?;
    let view = EditPage {
        heading: format!("Edit: {name}"),
        own_url: addresses::workspace(name),
        name: name.to_owned(),
        project_options: projects.iter().map(|project| option(project, &typed.project)).collect(),
        project_error: FieldError::find(&errors, "project"),
        is_archived: typed.is_archived,
        is_archived_error: FieldError::find(&errors, "is_archived"),
        purpose: typed.purpose,
        purpose_error: FieldError::find(&errors, "purpose"),
        errors,
        version: version.to_owned(),
    };
    visitor.render(app, "staff/workspaces/edit", Page::staff(&view.heading), &view)
}

fn option(project: &Project, chosen: &str) -> ProjectOption {
    let value = project.id.to_string();
    ProjectOption { selected: value == chosen, value, label: project.title() }
}
