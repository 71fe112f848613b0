//! Lists in pages: the issues of a repository, its labels, what a search finds. A search may lag behind, as GitHub's does.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    State,
    issues::{Call, Issue, Issues, shown},
    query_value, site_of,
};

/// What a repository offers unless it was told otherwise.
const USUAL_LABELS: [&str; 5] = ["internal", "external", "Pending review", "Under review", "With requester"];

/// The labels of repositories that do not have the usual ones, by `owner/name`.
pub(super) type Labels = BTreeMap<String, Vec<String>>;

/// `GET /repos/<owner>/<name>/labels`.
pub(super) fn labels(labels: &Labels, call: &Call<'_>) -> HttpResponse {
    let names = labels.get(&call.repository.slug());
    let names = names.map_or_else(|| USUAL_LABELS.map(str::to_owned).to_vec(), Clone::clone);
    page(names.into_iter().map(|name| json!({"name": name})).collect(), call)
}

/// `GET /repos/<owner>/<name>/issues`: open ones unless asked for others, newest first.
pub(super) fn of_repository(issues: &Issues, slug: &str, call: &Call<'_>) -> HttpResponse {
    let state = query_value(call.query, "state").unwrap_or_else(|| "open".to_owned());
    let is_wanted = |issue: &&Issue| issue.repository == slug && (state == "all" || issue.state == state);
    let mut found: Vec<Value> =
        issues.all.iter().filter(is_wanted).map(|issue| shown(issue, call.site)).collect();
    if query_value(call.query, "direction").as_deref() != Some("asc") {
        found.reverse();
    }
    page(found, call)
}

/// The page of a list that the query asks for, with the way to the next.
pub(super) fn page(items: Vec<Value>, call: &Call<'_>) -> HttpResponse {
    let number = |name| query_value(call.query, name).and_then(|text| text.parse::<usize>().ok());
    let size = number("per_page").unwrap_or(30).clamp(1, 100);
    let current = number("page").unwrap_or(1).max(1);
    let is_last = items.len() <= current * size;
    let shown: Vec<Value> = items.into_iter().skip((current - 1) * size).take(size).collect();
    let mut response = HttpResponse::Ok();
    if !is_last {
        let next = format!("<{}/next?page={}>; rel=\"next\"", call.site, current + 1);
        response.insert_header(("Link", next));
    }
    response.json(shown)
}

#[derive(Deserialize)]
pub(super) struct Search {
    q: String,
    #[serde(default)]
    order: String,
    #[serde(default = "whole_page")]
    per_page: usize,
}

fn whole_page() -> usize {
    30
}

/// `GET /search/issues` with `org:`, `repo:`, `is:` and `in:title`; the other words must all be in the title.
pub(super) async fn search(
    state: web::Data<State>,
    request: HttpRequest,
    search: web::Query<Search>,
) -> HttpResponse {
    let issues = state.issues();
    let known_until = Timestamp::now() - issues.search_lag;
    let matches = |issue: &&Issue| {
        let (owner, name) = issue.repository.split_once('/').unwrap_or_default();
        search.q.split_whitespace().all(|word| match word.split_once(':') {
            Some(("org", org)) => org == owner,
            // GitHub wants `owner/name` here but takes the bare name beside `org:`.
            Some(("repo", wanted)) => wanted == name || wanted == issue.repository,
            Some(("is", state)) => state == "issue" || state == issue.state,
            Some(("in", _)) => true,
            _ => issue.title.to_lowercase().contains(&word.to_lowercase()),
        })
    };
    let is_known = |issue: &&Issue| issue.created_at <= known_until;
    let mut found: Vec<&Issue> = issues.all.iter().filter(is_known).filter(matches).collect();
    if search.order != "asc" {
        found.reverse();
    }
    let site = site_of(&request);
    let items: Vec<Value> = found.iter().take(search.per_page).map(|issue| shown(issue, &site)).collect();
    HttpResponse::Ok().json(json!({"total_count": found.len(), "incomplete_results": false, "items": items}))
}
