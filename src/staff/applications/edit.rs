//! The status of an application, and a comment on it that only staff see.

use actix_web::web;
use domain::{
    applications::{self, Application, Decision, Refusal, Status, hash},
    version::Edited,
};
use serde::Serialize;

use super::{id_of, refuse_deleted, staff_url};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        field_error::FieldError,
        flash::Flash,
        form::Fields,
        redirect,
        shell::Page,
    },
    staff::{Staff, entered::Entered, overtaken},
};

const BEFORE: &str = "editing";

#[derive(Serialize)]
struct EditPage {
    heading: String,
    application: String,
    application_url: String,
    statuses: Vec<StatusOption>,
    /// For a stored status that is none of the choices: then none is chosen.
    placeholder: &'static str,
    status_error: Option<String>,
    status_comment: String,
    status_comment_error: Option<String>,
    version: String,
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct StatusOption {
    value: &'static str,
    label: &'static str,
    selected: bool,
}

/// `GET /staff/applications/{hash}/edit/`
pub async fn form(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let id = id_of(&path)?;
    let stored = match present(&app, id).await? {
        Some(application) => Decision::of(&application),
        None => return refuse_deleted(&app, &staff, id, BEFORE),
    };
    let version = stored.version().as_str().to_owned();
    show(&app, &staff, id, stored, version, Vec::new())
}

/// `POST /staff/applications/{hash}/edit/`
pub async fn submit(app: App, staff: Staff, path: web::Path<String>, fields: Fields) -> PageResult {
    let id = id_of(&path)?;
    let Some(application) = present(&app, id).await? else {
        return refuse_deleted(&app, &staff, id, BEFORE);
    };
    let mut entered = Entered::new(&fields);
    let status = Status::from_stored(&entered.choice("status", Status::STORED));
    let comment = entered.optional("status_comment");
    let sent = entered.version();
    let typed = Decision {
        status: fields.text("status").to_owned(),
        comment: fields.text("status_comment").to_owned(),
    };
    let Some(status) = status.filter(|_| entered.is_ok()) else {
        let version = entered.version_or(&Decision::of(&application).version());
        return show(&app, &staff, id, typed, version, entered.into_errors());
    };
    match applications::edit(&mut app.db().await?, id, &staff.person, (status, &comment), sent).await? {
        Ok(Edited::Overtaken(stored)) => {
            let version = stored.version().as_str().to_owned();
            let errors = overtaken::differences(&[
                ("status", label(&typed.status), label(&stored.status)),
                ("status_comment", &typed.comment, &stored.comment),
            ]);
            show(&app, &staff, id, typed, version, errors)
        }
        Ok(edited @ (Edited::Saved | Edited::Unchanged)) => {
            let text = format!("Application {} was saved.", hash(id));
            let notice = Flash::edited(edited == Edited::Saved, text);
            redirect::to(&app, &staff.visitor, &staff_url(id), vec![notice])
        }
        Err(Refusal::Deleted) => refuse_deleted(&app, &staff, id, BEFORE),
        Err(_) => Err(Error::NotFound),
    }
}

/// None: it has been deleted.
async fn present(app: &App, id: i32) -> Result<Option<Application>, Error> {
    let application = applications::find(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    Ok(Some(application).filter(|application| application.deleted_at.is_none()))
}

/// What people call a status.
fn label(stored: &str) -> &str {
    Status::from_stored(stored).map_or(stored, |status| status.label())
}

fn show(
    app: &App,
    staff: &Staff,
    id: i32,
    shown: Decision,
    version: String,
    errors: Vec<FieldError>,
) -> PageResult {
    let application = format!("Application {}", hash(id));
    let is_known = Status::from_stored(&shown.status).is_some();
    let view = EditPage {
        heading: format!("Edit: {application}"),
        application_url: staff_url(id),
        statuses: Status::ALL
            .iter()
            .map(|status| StatusOption {
                value: status.as_str(),
                label: status.label(),
                selected: status.as_str() == shown.status,
            })
            .collect(),
        placeholder: if is_known { "" } else { "Choose a status" },
        status_error: FieldError::find(&errors, "status"),
        status_comment: shown.comment,
        status_comment_error: FieldError::find(&errors, "status_comment"),
        version,
        errors,
        application,
    };
    staff.visitor.render(app, "staff/applications/edit", Page::staff(&view.heading), &view)
}
