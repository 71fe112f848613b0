//! Issues: opened, commented, labelled, closed. Finding them is in `issue_lists`.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{State, issue_lists, not_found, refusal};
use crate::standins::repositories::Repository;

/// Repositories in which output checkers and tech support keep their issues; they are there from the start.
pub(super) const KEPT_FOR_ISSUES: [&str; 3] = [
    "ebmdatalab/opensafely-output-review",
    "ebmdatalab/opensafely-output-review-bristol",
    "ebmdatalab/tech-support",
];

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
    pub created_at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Issues {
    pub all: Vec<Issue>,
    /// A search finds an issue only when it is this old.
    pub search_lag: jiff::SignedDuration,
}

/// What one call asks for.
pub(super) struct Call<'a> {
    pub method: &'a Method,
    pub repository: &'a Repository,
    /// What comes after `issues` in the path.
    pub rest: &'a [String],
    pub query: &'a str,
    pub body: &'a [u8],
    /// Where this stand-in is, for links.
    pub site: &'a str,
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
pub(super) fn dispatch(state: &State, call: &Call<'_>) -> HttpResponse {
    let slug = call.repository.slug();
    let rest: Vec<&str> = call.rest.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let mut issues = state.issues();
    if *call.method == Method::GET {
        return read(&mut issues, &slug, &rest, call);
    }
    let Ok(change) = serde_json::from_slice::<Change>(call.body) else {
        return refusal(StatusCode::BAD_REQUEST, "Problems parsing JSON");
    };
    match (call.method, rest.as_slice()) {
        (&Method::POST, []) => issues.open(&slug, change, call.site),
        (&Method::POST, [number, "comments"]) => match issues.find(&slug, number) {
            Some(issue) => {
                issue.comments.push(change.body.unwrap_or_default());
                HttpResponse::Created().json(comment(issue, issue.comments.len() - 1, call.site))
            }
            None => not_found(),
        },
        (&Method::POST | &Method::PATCH, [number]) => match issues.find(&slug, number) {
            Some(issue) => {
                issue.change(change);
                HttpResponse::Ok().json(shown(issue, call.site))
            }
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn read(issues: &mut Issues, slug: &str, rest: &[&str], call: &Call<'_>) -> HttpResponse {
    let [number, rest @ ..] = rest else {
        return issue_lists::of_repository(issues, slug, call);
    };
    let Some(issue) = issues.find(slug, number) else { return not_found() };
    match rest {
        [] => HttpResponse::Ok().json(shown(issue, call.site)),
        ["labels"] => HttpResponse::Ok().json(label_objects(&issue.labels)),
        ["comments"] => {
            let comments = (0..issue.comments.len()).map(|index| comment(issue, index, call.site)).collect();
            issue_lists::page(comments, call)
        }
        _ => not_found(),
    }
}

impl Issues {
    fn find(&mut self, slug: &str, number: &str) -> Option<&mut Issue> {
        let number: usize = number.parse().ok()?;
        self.all.iter_mut().find(|issue| issue.repository == slug && issue.number == number)
    }

    fn open(&mut self, slug: &str, change: Change, site: &str) -> HttpResponse {
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
            created_at: Timestamp::now(),
        };
        let answer = HttpResponse::Created().json(shown(&issue, site));
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

    /// Where people read it, below this stand-in's own address.
    pub(super) fn path(&self) -> String {
        format!("/{}/issues/{}", self.repository, self.number)
    }
}

pub(super) fn shown(issue: &Issue, site: &str) -> Value {
    json!({
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "labels": label_objects(&issue.labels),
        "html_url": format!("{site}{}", issue.path()),
        "created_at": super::rest::seconds(issue.created_at),
    })
}

fn comment(issue: &Issue, index: usize, site: &str) -> Value {
    let id = index + 1;
    json!({
        "id": id,
        "body": issue.comments[index],
        "html_url": format!("{site}{}#issuecomment-{id}", issue.path()),
    })
}

fn label_objects(labels: &[String]) -> Value {
    labels.iter().map(|name| json!({"name": name})).collect()
}
