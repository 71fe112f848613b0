//! The description of the JSON API: assembled from what stands beside each handler, served as a document for programs and
//! as a page for people. It is also what the API itself goes by: which methods an address has.

use std::{collections::HashMap, sync::LazyLock};

use actix_web::{HttpResponse, http::StatusCode};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, PathItem, RefOr, ResponseBuilder,
        security::{ApiKey, ApiKeyValue, SecurityScheme},
    },
};

use super::json;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "OpenSAFELY Job Server",
        version = "2",
        description = "What the backends of OpenSAFELY and the pages of this site use: releases of files, snapshots of \
                       them for publication, Airlock's events, and jobs for runners that come and fetch.\n\n\
                       Every address is taken with and without a slash at its end. Whoever may not do something, or is \
                       not known, gets 403, never 401.",
        license(name = "GPL-3.0-or-later", identifier = "GPL-3.0-or-later"),
    ),
    paths(
        super::releases::create::create,
        super::releases::latest::latest,
        super::releases::upload::upload,
        super::releases::list::list,
        super::releases::review::review,
        super::releases::file::file,
        super::snapshots::create,
        super::snapshots::list,
        super::snapshots::publish,
        super::level4::authenticate,
        super::level4::authorise,
        super::airlock::receive,
        super::pull::job_requests::list,
        super::pull::jobs::receive,
        super::pull::users::show,
        super::workspace_status::show,
        super::statuses::show,
        serve,
        super::docs::show,
    ),
    tags(
        (name = "Releases", description = "Files that were approved to leave a backend."),
        (name = "Snapshots", description = "Frozen lists of files, prepared for publication."),
        (name = "Airlock", description = "Signing people in on Level 4, and what happens to their requests there."),
        (name = "Jobs", description = "For runners that come and fetch."),
        (name = "Workspaces", description = "What anybody may know of a workspace."),
        (name = "About", description = "This description."),
    ),
    modifiers(&Credentials, &CommonAnswers),
)]
struct Document;

/// The three ways of saying who asks.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let header = |name: &str, text: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, text)))
        };
        let cookie = ApiKeyValue::with_description(
            "sessionid",
            "The session of somebody who is signed in. Whatever changes something needs the header X-CSRFToken as well, \
             with the value of the cookie csrftoken.",
        );
        components.add_security_scheme(
            "backend",
            header("Authorization", "The token of a backend, as it is, without a word before it."),
        );
        components.add_security_scheme(
            "personal",
            header("Authorization", "A personal access token, after the username and a colon."),
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// What any address can answer.
struct CommonAnswers;

impl Modify for CommonAnswers {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let answer = |text: &str| RefOr::T(ResponseBuilder::new().description(text).build());
        let common = [
            ("406", answer("The client takes no JSON")),
            (
                "503",
                answer("A part of the service does not answer; try again after the time in `Retry-After`"),
            ),
        ];
        let operations = document.paths.paths.values_mut().flat_map(|item| [&mut item.get, &mut item.post]);
        for operation in operations.flatten() {
            for (status, answer) in &common {
                let answers = &mut operation.responses.responses;
                answers.entry((*status).to_owned()).or_insert_with(|| answer.clone());
            }
        }
    }
}

static DOCUMENT: LazyLock<openapi::OpenApi> = LazyLock::new(Document::openapi);

/// The whole description.
pub fn document() -> &'static openapi::OpenApi {
    &DOCUMENT
}

/// The whole description as JSON, for what is drawn from it.
pub fn as_value() -> &'static serde_json::Value {
    &AS_VALUE
}

static AS_VALUE: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::to_value(document()).unwrap_or_default());

/// This description as an OpenAPI document
#[utoipa::path(
    get,
    path = "/api/v2/openapi.json",
    tag = "About",
    responses((status = 200, description = "This document", body = serde_json::Value)),
)]
pub async fn serve() -> HttpResponse {
    json::answer(StatusCode::OK, document())
}

/// What the API goes by at one address.
pub struct Endpoint {
    /// The header `Allow`.
    pub allow: String,
    /// Whether an answer can depend on who is signed in.
    pub knows_sessions: bool,
}

static ENDPOINTS: LazyLock<HashMap<String, Endpoint>> = LazyLock::new(|| {
    let paths = &document().paths.paths;
    paths.iter().map(|(path, item)| (plain(path), endpoint_of(path, item))).collect()
});

/// The endpoint behind a pattern of the URL table, such as `/api/v2/releases/file/{id}`.
pub fn endpoint(pattern: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.get(&plain(pattern))
}

/// Addresses at which nobody looks who is signed in, not even to refuse a forged request.
const SESSIONLESS: &[&str] = &[
    "/api/v2/job-requests",
    "/api/v2/openapi.json",
    "/api/v2/releases/authenticate",
    "/api/v2/releases/authorise",
    "/api/v2/users/{username}",
    "/api/v2/workspaces/{name}/status",
    "/api/v2/workspaces/{name}/statuses",
];

fn endpoint_of(path: &str, item: &PathItem) -> Endpoint {
    let mut methods = Vec::new();
    methods.extend(item.get.as_ref().map(|_| "GET"));
    methods.extend(item.post.as_ref().map(|_| "POST"));
    methods.extend(item.put.as_ref().map(|_| "PUT"));
    methods.extend(item.patch.as_ref().map(|_| "PATCH"));
    methods.extend(item.delete.as_ref().map(|_| "DELETE"));
    methods.extend(item.get.as_ref().map(|_| "HEAD"));
    methods.push("OPTIONS");
    Endpoint { allow: methods.join(", "), knows_sessions: !SESSIONLESS.contains(&plain(path).as_str()) }
}

/// A pattern without its last slash and without the conditions on its parts (`{id:[0-9]+}` is `{id}`).
fn plain(pattern: &str) -> String {
    let parts = pattern.trim_end_matches('/').split('/');
    let parts: Vec<String> = parts
        .map(|part| match part.split_once(':') {
            Some((name, _)) if part.starts_with('{') => format!("{name}}}"),
            _ => part.to_owned(),
        })
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_found_by_the_pattern_of_its_route() {
        let latest = endpoint("/api/v2/releases/workspace/{name}/").map(|endpoint| endpoint.allow.as_str());
        assert_eq!(latest, Some("GET, POST, HEAD, OPTIONS"));
        let publish = endpoint("/api/v2/workspaces/{name}/snapshots/{id:[0-9]+}/publish");
        assert_eq!(publish.map(|endpoint| endpoint.allow.as_str()), Some("POST, OPTIONS"));
        assert!(endpoint("/api/v2/nothing").is_none());
    }

    /// The addresses of the API and their methods, read out of the URL table.
    fn routed() -> Vec<(String, &'static str)> {
        let (_, table) = include_str!("../routes.rs").split_once("fn api_v2").unwrap();
        let mut found = Vec::new();
        for entry in table.split("endpoint(\"").skip(1) {
            let (pattern, handlers) = entry.split_once('"').unwrap();
            let handlers = handlers.split(".service(").next().unwrap_or_default();
            for (method, route) in [("get", "route(get()"), ("post", "route(post()")] {
                if handlers.contains(route) {
                    found.push((plain(&format!("/api/v2{pattern}")), method));
                }
            }
        }
        found
    }

    #[test]
    fn every_route_is_described_and_every_description_is_routed() {
        let mut routed = routed();
        let mut described = Vec::new();
        for (path, item) in as_value()["paths"].as_object().unwrap() {
            for method in ["get", "post"] {
                if item.get(method).is_some() {
                    described.push((plain(path), method));
                }
            }
        }
        routed.sort();
        described.sort();
        assert!(routed.len() >= 17, "the table was not understood: {routed:?}");
        assert_eq!(routed, described);
    }

    #[test]
    fn every_operation_says_what_it_is() {
        for (path, item) in &document().paths.paths {
            for operation in [&item.get, &item.post].into_iter().flatten() {
                assert!(operation.summary.is_some(), "{path} lacks a summary");
                assert!(operation.tags.is_some(), "{path} lacks a tag");
                assert!(!operation.responses.responses.is_empty(), "{path} lacks its answers");
            }
        }
    }
}
