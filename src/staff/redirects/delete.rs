//! Deleting a redirect.

use actix_web::web;
use domain::redirects;

use super::PATH;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
    },
    staff::{self, Staff},
};

/// `POST /staff/redirects/{pk}/delete/`
pub async fn submit(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let id = staff::pk(&path)?;
    let deleted = redirects::delete(&mut app.db().await?, id, &staff.person).await?.ok_or(Error::NotFound)?;
    tracing::info!(id, old_url = deleted.old_url, by = staff.person.username, "redirect deleted");
    let notice = Flash::success(format!("Deleted redirect for {}: {}", deleted.kind.label(), deleted.name));
    redirect::to(&app, &staff.visitor, PATH, vec![notice])
}
