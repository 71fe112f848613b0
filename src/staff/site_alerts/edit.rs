//! A notice as it is shown, and the form that changes it.

use actix_web::web;
use domain::{
    site_alerts::{self, Authored, SiteAlert},
    version::Edited,
};
use serde::Serialize;

use super::{
    PATH,
    form::{FormView, Shown, Typed},
};
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
    staff::{self, Staff, entered::Entered, overtaken},
};

#[derive(Serialize)]
struct EditPage {
    edit_url: String,
    delete_url: String,
    delete_title: String,
    shown: Shown,
    version: String,
    form: FormView,
}

/// Where a notice is edited.
pub fn url(id: i32) -> String {
    format!("{PATH}edit/{id}/")
}

/// `GET /staff/site-alerts/edit/{pk}/`
pub async fn form(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let stored = find(&app, &path).await?;
    let typed = Typed::of(&stored.alert);
    let version = stored.alert.version().as_str().to_owned();
    show(&app, &staff, &stored, typed, version, Vec::new())
}

/// `POST /staff/site-alerts/edit/{pk}/`
pub async fn submit(app: App, staff: Staff, path: web::Path<String>, fields: Fields) -> PageResult {
    let stored = find(&app, &path).await?;
    let id = stored.alert.id;
    let typed = Typed::posted(&fields);
    let mut form = Entered::new(&fields);
    Typed::check(&mut form);
    if !form.is_ok() {
        let version = form.version_or(&stored.alert.version());
        return show(&app, &staff, &stored, typed, version, form.into_errors());
    }
    let edited =
        site_alerts::edit(&mut app.db().await?, id, form.version(), typed.content(), &staff.person).await?;
    match edited.ok_or(Error::NotFound)? {
        Edited::Overtaken(current) => {
            let stored = find(&app, &path).await?;
            let errors = differences(&typed, &current);
            return show(&app, &staff, &stored, typed, current.version().as_str().to_owned(), errors);
        }
        Edited::Saved => {
            app.caches.notices.forget();
            tracing::info!(id, by = staff.person.username, "site alert edited");
        }
        Edited::Unchanged => return redirect::to(&app, &staff.visitor, &url(id), vec![Flash::unchanged()]),
    }
    let notice = Flash::success("Alert was updated successfully");
    redirect::to(&app, &staff.visitor, &url(id), vec![notice])
}

async fn find(app: &App, pk: &str) -> Result<Authored, Error> {
    site_alerts::find(&app.db().await?, staff::pk(pk)?).await?.ok_or(Error::NotFound)
}

fn differences(typed: &Typed, stored: &SiteAlert) -> Vec<FieldError> {
    overtaken::differences(&[
        ("title", &typed.title, &stored.title),
        ("message", &typed.message, &stored.message),
        ("level", &typed.level, &stored.level),
    ])
}

fn show(
    app: &App,
    staff: &Staff,
    stored: &Authored,
    typed: Typed,
    version: String,
    errors: Vec<FieldError>,
) -> PageResult {
    let alert = &stored.alert;
    let view = EditPage {
        edit_url: url(alert.id),
        delete_url: super::delete::url(alert.id),
        delete_title: format!("Delete “{}”?", alert.label()),
        shown: Shown::from(stored),
        version,
        form: FormView::new(typed, errors),
    };
    staff.visitor.render(app, "staff/site_alerts/edit", Page::staff("Site alert"), &view)
}
