//! Making a backend. Its token is shown on its page, once.

use domain::new_backend::{self, NewBackend};
use serde::Serialize;

use super::{address, reveal};
use crate::{
    app::App,
    http::{
        error::PageResult, field_error::FieldError, flash::Flash, form::Fields, redirect, shell::Page,
        visitor::Visitor,
    },
    staff::{
        BackendManager,
        entered::{self, Entered},
    },
};

/// What was typed.
#[derive(Default, Serialize)]
struct Typed {
    name: String,
    slug: String,
    is_active: bool,
}

#[derive(Serialize)]
struct CreatePage {
    #[serde(flatten)]
    typed: Typed,
    name_error: Option<String>,
    slug_error: Option<String>,
    errors: Vec<FieldError>,
}

/// `GET /staff/backends/add/`
pub async fn form(app: App, manager: BackendManager) -> PageResult {
    show(&app, &manager.visitor, Typed::default(), Vec::new())
}

/// `POST /staff/backends/add/`
pub async fn submit(app: App, manager: BackendManager, fields: Fields) -> PageResult {
    let BackendManager { visitor, person, .. } = manager;
    let typed = Typed {
        name: fields.text("name").to_owned(),
        slug: fields.text("slug").to_owned(),
        is_active: fields.flag("is_active"),
    };
    let mut form = Entered::new(&fields);
    let (name, slug) = (form.required("name"), form.slug("slug"));
    if !form.is_ok() {
        return show(&app, &visitor, typed, form.into_errors());
    }
    let new = NewBackend { name: &name, slug: &slug, is_active: typed.is_active };
    let Some((id, token)) = new_backend::create(&mut app.db().await?, &new, &person.username).await? else {
        form.error("slug", entered::taken("Backend", "Slug"));
        return show(&app, &visitor, typed, form.into_errors());
    };
    tracing::info!(backend = slug, by = person.username, "backend created");
    let notice = Flash::success(format!("Backend {name} was created"));
    let mut response = redirect::to(&app, &visitor, &address(id), vec![notice])?;
    reveal::allow(&app, &mut response, person.id, id, &token);
    Ok(response)
}

fn show(app: &App, visitor: &Visitor, typed: Typed, errors: Vec<FieldError>) -> PageResult {
    let view = CreatePage {
        name_error: FieldError::find(&errors, "name"),
        slug_error: FieldError::find(&errors, "slug"),
        typed,
        errors,
    };
    visitor.render(app, "staff/backends/create", Page::staff("Create a backend"), &view)
}
