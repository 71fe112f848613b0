//! Parts of pages that are fetched again and again. They leave the notices of the next page alone.

use actix_web::HttpResponse;
use serde::Serialize;

use crate::{
    app::App,
    http::{cookies, error::PageResult, visitor::Visitor},
};

#[derive(Serialize)]
struct Fragment<'a, V> {
    #[serde(flatten)]
    view: &'a V,
    shell: FormShell,
}

/// What the forms of a fragment need of the shell.
#[derive(Serialize)]
struct FormShell {
    csrf_token: String,
}

/// `template` with a view-model's fields at the top.
pub fn render(app: &App, visitor: &Visitor, template: &str, view: &impl Serialize) -> PageResult {
    let shell = FormShell { csrf_token: visitor.csrf_token() };
    let html = app.templates.render(template, &Fragment { view, shell })?;
    let mut response = HttpResponse::Ok();
    if let Some(secret) = visitor.csrf_cookie_value() {
        response.cookie(cookies::csrf(secret, app.config.secure_cookies()));
    }
    Ok(response
        .insert_header(("Vary", "Cookie"))
        .insert_header(("Cache-Control", "no-store"))
        .content_type("text/html; charset=utf-8")
        .body(html))
}
