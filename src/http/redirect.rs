//! Redirects to our own pages, with or without a notice for the next one.

use actix_web::{HttpResponse, http::StatusCode};

use super::{
    cookies,
    error::PageResult,
    flash::{self, Flash},
    visitor::Visitor,
};
use crate::app::App;

/// 302 to a path of ours, keeping notices that were not shown yet and adding `notices`.
pub fn to(app: &App, visitor: &Visitor, location: &str, notices: Vec<Flash>) -> PageResult {
    let mut response = plain(location);
    if !notices.is_empty() {
        let all: Vec<Flash> = visitor.flashes().iter().cloned().chain(notices).collect();
        let value = flash::encode(&all, app.config.keys.secret.expose());
        let cookie = cookies::messages(value, app.config.secure_cookies());
        if let Err(error) = response.add_cookie(&cookie) {
            tracing::error!(%error, "a notice could not be put into a cookie");
        }
    }
    Ok(response)
}

/// 302 without notices.
pub fn plain(location: &str) -> HttpResponse {
    with_status(StatusCode::FOUND, location)
}

/// 301, for addresses that have moved for good.
pub fn permanent(location: &str) -> HttpResponse {
    with_status(StatusCode::MOVED_PERMANENTLY, location)
}

fn with_status(status: StatusCode, location: &str) -> HttpResponse {
    HttpResponse::build(status).insert_header(("Location", location)).finish()
}
