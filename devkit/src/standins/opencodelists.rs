//! Stand-in for OpenCodelists' check: a repository's codelists are up to date when its manifest lists every line of
//! `codelists.txt`, and out of date when the manifest says so (`"out_of_date": true`).

use std::net::ToSocketAddrs;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{control::Control, server::Server};
use crate::Result;

/// A running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct OpenCodelists {
    /// What to give as `OPENCODELISTS_API_URL`, without a trailing slash.
    pub url: String,
    pub control: Control,
    _server: Server,
}

/// Starts the stand-in on the first of `address` that is free.
pub fn start(address: impl ToSocketAddrs) -> Result<OpenCodelists> {
    let control = Control::default();
    let server = Server::start(address, &control, |config| {
        // A pattern with a slash does not match an escaped one, which clients in the field do send.
        config.default_service(web::to(dispatch));
    })?;
    Ok(OpenCodelists { url: format!("{}/api/v1", server.url()), control, _server: server })
}

#[derive(Deserialize)]
struct Check {
    codelists: String,
    manifest: String,
}

async fn dispatch(request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let path = request.uri().path();
    if !["/api/v1/check/", "/api/v1/check%2F", "/api/v1/check%2f"].contains(&path) {
        return HttpResponse::NotFound().body("Not Found");
    }
    if request.method() != actix_web::http::Method::POST {
        return HttpResponse::MethodNotAllowed().insert_header(("Allow", "POST")).finish();
    }
    match web::Query::<Check>::from_query(&String::from_utf8_lossy(&body)) {
        Ok(form) => HttpResponse::Ok().json(check(&form)),
        Err(_) => HttpResponse::BadRequest().json(json!({"status": "error", "data": {"error": "form"}})),
    }
}

fn check(form: &Check) -> Value {
    let Ok(manifest) = serde_json::from_str::<Value>(&form.manifest) else {
        return json!({"status": "error", "data": {"error": "invalid manifest"}});
    };
    if manifest["out_of_date"] == true {
        return json!({"status": "error", "data": {"changed": ["a codelist was edited after it was downloaded"]}});
    }
    let files = &manifest["files"];
    let missing: Vec<&str> = form
        .codelists
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter(|line| {
            let is_listed =
                |files: &serde_json::Map<String, Value>| files.values().any(|file| file["id"] == *line);
            !files.as_object().is_some_and(is_listed)
        })
        .collect();
    if missing.is_empty() {
        json!({"status": "ok"})
    } else {
        json!({"status": "error", "data": {"added": missing}})
    }
}
