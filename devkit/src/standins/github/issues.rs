//! Issues: opened, searched, commented, labelled, closed.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{State, not_found, refusal};
use crate::standins::repositories::Repository;

/// An issue as it is now.
#[derive(Debug, Clone, Serialize)]
pub struct Issue {
    /// `owner/name`.
    pub repository: String,
    /// Counted per repository, from 1.
    pub number: usize,
    pub title: String,
    pub body: String,
    pub state: String,
    pub labels: Vec<String>,
    pub comments: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Issues {
    pub all: Vec<Issue>,
}

/// What a repository offers, whichever it is.
pub(super) fn labels() -> Value {
    json!([{"name": "Internal"}, {"name": "External"}, {"name": "Ready for review"}, {"name": "Pending review"}])
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Change {
    title: Option<String>,
    body: Option<String>,
    state: Option<String>,
    labels: Option<Vec<String>>,
}

/// `/repos/<owner>/<name>/issues` and what is below it.
pub(super) fn dispatch(
    state: &State,
    method: &Method,
    repository: &Repository,
    rest: &[String],
    body: &[u8],
) -> HttpResponse {
    let slug = repository.slug();
    let rest: Vec<&str> = rest.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    if *method == Method::GET {
        return read(state, &slug, &rest);
    }
    let Ok(change) = serde_json::from_slice::<Change>(body) else {
        return refusal(StatusCode::BAD_REQUEST, "Problems parsing JSON");
    };
    let mut issues = state.issues();
    match (method, rest.as_slice()) {
        (&Method::POST, []) => issues.open(&slug, change),
        (&Method::POST, [number, "comments"]) => match issues.find(&slug, number) {
            Some(issue) => {
                issue.comments.push(change.body.unwrap_or_default());
                let url = format!("{}#issuecomment-{}", url_of(issue), issue.comments.len());
                HttpResponse::Created().json(json!({"id": issue.comments.len(), "html_url": url}))
            }
            None => not_found(),
        },
        (&Method::POST | &Method::PATCH, [number]) => match issues.find(&slug, number) {
            Some(issue) => {
                issue.change(change);
                HttpResponse::Ok().json(shown(issue))
            }
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn read(state: &State, slug: &str, rest: &[&str]) -> HttpResponse {
    let mut issues = state.issues();
    match rest {
        [] => {
            let own: Vec<Value> =
                issues.all.iter().filter(|issue| issue.repository == slug).map(shown).collect();
            HttpResponse::Ok().json(own)
        }
        [number] => {
            issues.find(slug, number).map_or_else(not_found, |issue| HttpResponse::Ok().json(shown(issue)))
        }
        [number, "labels"] => issues
            .find(slug, number)
            .map_or_else(not_found, |issue| HttpResponse::Ok().json(label_objects(&issue.labels))),
        _ => not_found(),
    }
}

impl Issues {
    fn find(&mut self, slug: &str, number: &str) -> Option<&mut Issue> {
        let number: usize = number.parse().ok()?;
        self.all.iter_mut().find(|issue| issue.repository == slug && issue.number == number)
    }

    fn open(&mut self, slug: &str, change: Change) -> HttpResponse {
        let Some(title) = change.title.filter(|title| !title.is_empty()) else {
            return refusal(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed");
        };
        let number = 1 + self.all.iter().filter(|issue| issue.repository == slug).count();
        let issue = Issue {
            repository: slug.to_owned(),
            number,
            title,
            body: change.body.unwrap_or_default(),
            state: "open".to_owned(),
            labels: change.labels.unwrap_or_default(),
            comments: Vec::new(),
        };
        let answer = HttpResponse::Created().json(shown(&issue));
        self.all.push(issue);
        answer
    }
}

impl Issue {
    fn change(&mut self, change: Change) {
        if let Some(title) = change.title {
            self.title = title;
        }
        if let Some(body) = change.body {
            self.body = body;
        }
        if let Some(state) = change.state {
            self.state = state;
        }
        if let Some(labels) = change.labels {
            self.labels = labels;
        }
    }
}

fn url_of(issue: &Issue) -> String {
    format!("https://github.com/{}/issues/{}", issue.repository, issue.number)
}

fn shown(issue: &Issue) -> Value {
    json!({
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "labels": label_objects(&issue.labels),
        "html_url": url_of(issue),
    })
}

fn label_objects(labels: &[String]) -> Value {
    labels.iter().map(|name| json!({"name": name})).collect()
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
pub(super) async fn search(state: web::Data<State>, search: web::Query<Search>) -> HttpResponse {
    let issues = state.issues();
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
    let mut found: Vec<&Issue> = issues.all.iter().filter(matches).collect();
    if search.order != "asc" {
        found.reverse();
    }
    let items: Vec<Value> = found.iter().take(search.per_page).map(|issue| shown(issue)).collect();
    HttpResponse::Ok().json(json!({"total_count": found.len(), "incomplete_results": false, "items": items}))
}
