//! `GET /api/v2/docs`: the description of the API as a page, drawn from the OpenAPI document. Nothing of it comes from
//! another host.

mod example;

use std::sync::LazyLock;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use serde::Serialize;
use serde_json::Value;

use super::openapi;
use crate::{
    app::App,
    http::{error::PageResult, headers, shell::Page, visitor::Visitor},
};

#[derive(Serialize)]
struct DocsView {
    introduction: Vec<String>,
    areas: Vec<Area>,
}

#[derive(Serialize)]
struct Area {
    anchor: String,
    name: String,
    description: String,
    operations: Vec<Operation>,
}

#[derive(Serialize)]
struct Operation {
    anchor: String,
    /// Method, address and summary.
    heading: String,
    method: String,
    path: String,
    description: Vec<String>,
    credentials: String,
    parameters: Vec<Parameter>,
    body_description: String,
    body_example: String,
    answers: Vec<Answer>,
}

#[derive(Serialize)]
struct Parameter {
    name: String,
    place: String,
    is_required: bool,
    description: String,
}

#[derive(Serialize)]
struct Answer {
    status: String,
    description: String,
    headers: Vec<String>,
    example: String,
}

/// This description as a page
#[utoipa::path(
    get,
    path = "/api/v2/docs",
    tag = "About",
    responses((status = 200, description = "A page for people", content_type = "text/html", body = String)),
)]
pub async fn show(app: App, visitor: Visitor) -> PageResult {
    let page = Page::titled("API").described("The JSON API of OpenSAFELY Jobs.");
    let mut response = visitor.render(&app, "api/docs", page, &*VIEW)?;
    // Other answers below /api are no pages and go without.
    let policy = headers::content_security_policy(&app.config, &visitor.facts().nonce);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

static VIEW: LazyLock<DocsView> = LazyLock::new(|| view(openapi::as_value()));

fn view(document: &Value) -> DocsView {
    let mut operations = operations(document);
    let area = |tag: &Value| {
        let name = text(tag, "name");
        let (of_area, rest) =
            std::mem::take(&mut operations).into_iter().partition(|(tag, _): &(String, _)| *tag == name);
        operations = rest;
        Area {
            anchor: format!("area-{}", name.to_ascii_lowercase()),
            description: text(tag, "description"),
            operations: of_area.into_iter().map(|(_, operation)| operation).collect(),
            name,
        }
    };
    let areas = list(&document["tags"]).iter().map(area).filter(|area| !area.operations.is_empty()).collect();
    DocsView { introduction: paragraphs(&document["info"]), areas }
}

/// Every operation with its tag, in the order of the document.
fn operations(document: &Value) -> Vec<(String, Operation)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| {
                let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
                (tag, read(document, method, path, operation))
            })
        })
        .collect()
}

fn read(document: &Value, method: &str, path: &str, operation: &Value) -> Operation {
    let body = &operation["requestBody"];
    let answers = operation["responses"].as_object().into_iter().flatten();
    let summary = text(operation, "summary");
    let verb = method.to_ascii_uppercase();
    Operation {
        anchor: anchor(method, path),
        heading: format!("{verb} {path} – {}", summary.trim_end_matches('.')),
        method: verb,
        path: path.to_owned(),
        description: paragraphs(operation),
        credentials: credentials(&operation["security"]),
        parameters: list(&operation["parameters"]).iter().map(parameter).collect(),
        body_description: text(body, "description"),
        body_example: example::of_content(document, &body["content"]),
        answers: answers
            .map(|(status, answer)| Answer {
                status: status.clone(),
                description: text(answer, "description"),
                headers: answer["headers"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone())
                    .collect(),
                example: example::of_content(document, &answer["content"]),
            })
            .collect(),
    }
}

fn parameter(parameter: &Value) -> Parameter {
    Parameter {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        is_required: parameter["required"] == true,
        description: text(parameter, "description"),
    }
}

/// Who may ask, in words.
fn credentials(security: &Value) -> String {
    let ways: Vec<&str> = list(security)
        .iter()
        .map(|way| match way.as_object().and_then(|way| way.keys().next()).map(String::as_str) {
            Some("backend") => "the token of a backend",
            Some("personal") => "a personal access token",
            Some("session") => "a session of this site",
            _ => "nothing",
        })
        .collect();
    if ways.is_empty() { "nothing".to_owned() } else { ways.join(", or ") }
}

fn anchor(method: &str, path: &str) -> String {
    let words: Vec<&str> = path
        .trim_start_matches("/api/v2/")
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    format!("{method}-{}", words.join("-"))
}

fn paragraphs(value: &Value) -> Vec<String> {
    let description = text(value, "description");
    let paragraphs = description.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    paragraphs.filter(|paragraph| !paragraph.is_empty()).collect()
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_operation_of_the_document() {
        let document = openapi::as_value();
        let shown: usize = view(document).areas.iter().map(|area| area.operations.len()).sum();
        let described: usize = document["paths"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, item)| item.as_object().map_or(0, |item| item.len()))
            .sum();
        assert_eq!(shown, described, "each operation needs one of the document's tags");
    }

    #[test]
    fn bodies_are_shown_by_example() {
        let view = view(openapi::as_value());
        let operations = view.areas.iter().flat_map(|area| &area.operations);
        let list = operations.into_iter().find(|operation| operation.path == "/api/v2/releases/release/{id}");
        let example = list.map(|list| list.answers[0].example.clone()).unwrap_or_default();
        assert!(example.contains("\"backend\": \"TPP\""), "{example}");
    }
}
