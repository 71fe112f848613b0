//! Switching a backend on or off. Nothing else of it can change.

use actix_web::web;
use domain::{
    backends::{self, Stored},
    ids::BackendId,
    version::Edited,
    views::staff_backends::{self, StaffBackend},
};
use serde::Serialize;

use super::address;
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
    staff::{self, BackendManager, entered::Entered},
};

#[derive(Serialize)]
struct EditPage {
    heading: String,
    name: String,
    slug: String,
    own_url: String,
    is_active: bool,
    is_active_error: Option<String>,
    errors: Vec<FieldError>,
    version: String,
}

/// `GET /staff/backends/{pk}/edit/`
pub async fn form(app: App, manager: BackendManager, path: web::Path<String>) -> PageResult {
    let id = BackendId(staff::pk(&path)?);
    let backend = staff_backends::find(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    let stored = Stored { is_active: backend.is_active };
    show(&app, &manager.visitor, backend, stored, stored, Vec::new())
}

/// `POST /staff/backends/{pk}/edit/`
pub async fn submit(
    app: App,
    manager: BackendManager,
    path: web::Path<String>,
    fields: Fields,
) -> PageResult {
    let BackendManager { visitor, person, .. } = manager;
    let id = BackendId(staff::pk(&path)?);
    let mut db = app.db().await?;
    let backend = staff_backends::find(&db, id).await?.ok_or(Error::NotFound)?;
    let typed = Stored { is_active: fields.flag("is_active") };
    let seen = Entered::new(&fields).version();
    let edited = backends::edit(&mut db, id, seen, typed, &person.username).await?.ok_or(Error::NotFound)?;
    drop(db);
    let notice = match edited {
        Edited::Saved => {
            tracing::info!(
                backend = backend.slug,
                is_active = typed.is_active,
                by = person.username,
                "backend edited"
            );
            Flash::success(format!("Backend {} was saved", backend.name))
        }
        Edited::Unchanged => Flash::unchanged(),
        Edited::Overtaken(stored) => {
            let errors = vec![FieldError::new("is_active", overtaken(stored))];
            return show(&app, &visitor, backend, typed, stored, errors);
        }
    };
    redirect::to(&app, &visitor, &address(id), vec![notice])
}

fn overtaken(stored: Stored) -> &'static str {
    if stored.is_active {
        "Somebody switched it on meanwhile. Save again to switch it off."
    } else {
        "Somebody switched it off meanwhile. Save again to switch it on."
    }
}

fn show(
    app: &App,
    visitor: &Visitor,
    backend: StaffBackend,
    typed: Stored,
    stored: Stored,
    errors: Vec<FieldError>,
) -> PageResult {
    let view = EditPage {
        heading: format!("Edit backend: {}", backend.name),
        own_url: address(backend.id),
        name: backend.name,
        slug: backend.slug,
        is_active: typed.is_active,
        is_active_error: FieldError::find(&errors, "is_active"),
        errors,
        version: stored.version().as_str().to_owned(),
    };
    visitor.render(app, "staff/backends/edit", Page::staff(&view.heading), &view)
}
