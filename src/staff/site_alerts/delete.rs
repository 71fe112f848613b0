//! Deleting a notice. A page asks first, for those who come by the address.

use actix_web::web;
use domain::site_alerts;
use serde::Serialize;

use super::{PATH, form::Shown};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
        shell::Page,
    },
    staff::{self, Staff},
};

#[derive(Serialize)]
struct DeletePage {
    heading: String,
    shown: Shown,
    edit_url: String,
    delete_url: String,
}

pub fn url(id: i32) -> String {
    format!("{PATH}delete/{id}/")
}

/// `GET /staff/site-alerts/delete/{pk}/`: asks, deletes nothing.
pub async fn ask(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let id = staff::pk(&path)?;
    let stored = site_alerts::find(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    let view = DeletePage {
        heading: format!("Delete “{}”?", stored.alert.label()),
        shown: Shown::from(&stored),
        edit_url: super::edit::url(id),
        delete_url: url(id),
    };
    staff.visitor.render(&app, "staff/site_alerts/delete", Page::staff("Delete site alert"), &view)
}

/// `POST /staff/site-alerts/delete/{pk}/`
pub async fn submit(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let id = staff::pk(&path)?;
    if !site_alerts::delete(&mut app.db().await?, id, &staff.person).await? {
        return Err(Error::NotFound);
    }
    app.caches.notices.forget();
    tracing::info!(id, by = staff.person.username, "site alert deleted");
    redirect::to(&app, &staff.visitor, PATH, vec![Flash::success("Alert was deleted successfully")])
}
