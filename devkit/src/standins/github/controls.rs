//! What only the stand-in can do: push without git into any repository, remove branches, skip the sign-in page, add people,
//! choose labels, let searches lag, and list all issues.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::{Person, State};
use crate::standins::repositories::Push;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/_control/push", web::post().to(push))
        .route("/_control/branches/remove", web::post().to(remove_branch))
        .route("/_control/sign-in", web::post().to(sign_in))
        .route("/_control/people", web::post().to(put_person))
        .route("/_control/issues", web::get().to(issues))
        .route("/_control/labels", web::post().to(set_labels))
        .route("/_control/search", web::post().to(search_lags));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pushed {
    /// `owner/name`; made if it does not exist.
    repository: String,
    branch: String,
    #[serde(default = "ordinary_message")]
    message: String,
    /// Path and content; null removes a file.
    files: BTreeMap<String, Option<String>>,
}

fn ordinary_message() -> String {
    "Change files".to_owned()
}

async fn push(state: web::Data<State>, pushed: web::Json<Pushed>) -> HttpResponse {
    let pushed = pushed.into_inner();
    let now = Timestamp::now();
    let push = Push {
        branch: pushed.branch,
        message: pushed.message,
        author: "stand-in".to_owned(),
        at: now,
        changes: pushed.files.into_iter().collect(),
    };
    let created = state.repositories.create(&pushed.repository, now);
    match created.and_then(|()| state.repositories.push(&pushed.repository, push)) {
        Ok(sha) => HttpResponse::Ok().json(json!({"sha": sha})),
        Err(error) => HttpResponse::BadRequest().json(json!({"error": error.to_string()})),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Branch {
    repository: String,
    branch: String,
}

async fn remove_branch(state: web::Data<State>, gone: web::Json<Branch>) -> HttpResponse {
    let removed =
        state.repositories.edit(&gone.repository, |repository| repository.branches.remove(&gone.branch));
    match removed {
        Ok(Some(_)) => HttpResponse::NoContent().finish(),
        Ok(None) | Err(_) => HttpResponse::NotFound().json(json!({"error": "no such branch"})),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// Null shows the page again.
    login: Option<String>,
}

async fn sign_in(state: web::Data<State>, chosen: web::Json<SignIn>) -> HttpResponse {
    let mut people = state.people();
    if chosen.login.as_deref().is_some_and(|login| people.find(login).is_none()) {
        return HttpResponse::NotFound().json(json!({"error": "nobody has that login"}));
    }
    people.at_once.clone_from(&chosen.login);
    HttpResponse::NoContent().finish()
}

async fn put_person(state: web::Data<State>, person: web::Json<Person>) -> HttpResponse {
    state.people().put(person.into_inner());
    HttpResponse::NoContent().finish()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelSet {
    repository: String,
    labels: Vec<String>,
}

async fn set_labels(state: web::Data<State>, set: web::Json<LabelSet>) -> HttpResponse {
    let LabelSet { repository, labels } = set.into_inner();
    state.labels().insert(repository, labels);
    HttpResponse::NoContent().finish()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchLag {
    /// Milliseconds.
    lag_ms: i64,
}

async fn search_lags(state: web::Data<State>, lag: web::Json<SearchLag>) -> HttpResponse {
    state.issues().search_lag = SignedDuration::from_millis(lag.lag_ms);
    HttpResponse::NoContent().finish()
}

async fn issues(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(&state.issues().all)
}
