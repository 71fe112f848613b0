//! Adding a notice.

use domain::site_alerts;
use serde::Serialize;

use super::form::{FormView, Typed};
use crate::{
    app::App,
    http::{error::PageResult, field_error::FieldError, flash::Flash, form::Fields, redirect, shell::Page},
    staff::{Staff, entered::Entered},
};

#[derive(Serialize)]
struct CreatePage {
    form: FormView,
}

/// `GET /staff/site-alerts/add/`
pub async fn form(app: App, staff: Staff) -> PageResult {
    show(&app, &staff, Typed::nothing(), Vec::new())
}

/// `POST /staff/site-alerts/add/`
pub async fn submit(app: App, staff: Staff, fields: Fields) -> PageResult {
    let typed = Typed::posted(&fields);
    let mut form = Entered::new(&fields);
    Typed::check(&mut form);
    if !form.is_ok() {
        return show(&app, &staff, typed, form.into_errors());
    }
    let id = site_alerts::create(&mut app.db().await?, typed.content(), &staff.person).await?;
    app.caches.notices.forget();
    tracing::info!(id, by = staff.person.username, "site alert created");
    let notice = Flash::success("Alert was created successfully");
    redirect::to(&app, &staff.visitor, &super::edit::url(id), vec![notice])
}

fn show(app: &App, staff: &Staff, typed: Typed, errors: Vec<FieldError>) -> PageResult {
    let view = CreatePage { form: FormView::new(typed, errors) };
    staff.visitor.render(app, "staff/site_alerts/create", Page::staff("New site alert"), &view)
}
