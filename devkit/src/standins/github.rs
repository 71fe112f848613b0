//! Stand-in for GitHub: signing in (OAuth with PKCE), the REST and GraphQL calls that Job Server makes, and plain pages
//! for the links to repositories. Repositories are the shared, in-memory `Repositories`.
//! What is below `/_control/` beside the usual is in `controls`; issues are at `/<owner>/<name>/issues` for people and at
//! `/_control/issues` as JSON.

mod browse;
mod controls;
mod graphql;
mod issue_lists;
mod issue_pages;
mod issues;
mod oauth;
mod people;
mod rest;

use std::{
    net::ToSocketAddrs,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{control::Control, repositories::Repositories, server::Server};
use crate::Result;

pub use issues::Issue;
pub use people::Person;

/// How the stand-in is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    pub repositories: Repositories,
    /// Whom one can sign in as; the page also takes anybody new.
    pub people: Vec<Person>,
    /// The only OAuth client, as id and secret; without it any client is taken.
    pub client: Option<(String, String)>,
}

/// A running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct GitHub {
    /// What to give as `GITHUB_URL` and as `GITHUB_API_URL`, without a trailing slash.
    pub url: String,
    pub control: Control,
    pub repositories: Repositories,
    state: State,
    _server: Server,
}

/// What all handlers share.
#[derive(Debug, Clone)]
struct State {
    repositories: Repositories,
    client: Option<(String, String)>,
    people: Arc<Mutex<people::People>>,
    grants: Arc<Mutex<oauth::Grants>>,
    issues: Arc<Mutex<issues::Issues>>,
    labels: Arc<Mutex<issue_lists::Labels>>,
    lie: Arc<Mutex<Option<Value>>>,
}

impl State {
    fn people(&self) -> MutexGuard<'_, people::People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grants(&self) -> MutexGuard<'_, oauth::Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn issues(&self) -> MutexGuard<'_, issues::Issues> {
        self.issues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn labels(&self) -> MutexGuard<'_, issue_lists::Labels> {
        self.labels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lie(&self) -> MutexGuard<'_, Option<Value>> {
        self.lie.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the stand-in on the first of `address` that is free.
pub fn start(address: impl ToSocketAddrs, settings: Settings) -> Result<GitHub> {
    let control = Control::default();
    for slug in issues::KEPT_FOR_ISSUES {
        settings.repositories.create(slug, Timestamp::UNIX_EPOCH)?;
    }
    let state = State {
        repositories: settings.repositories,
        client: settings.client,
        people: Arc::new(Mutex::new(people::People::new(settings.people))),
        grants: Arc::default(),
        issues: Arc::default(),
        labels: Arc::default(),
        lie: Arc::default(),
    };
    let data = web::Data::new(state.clone());
    let server = Server::start(address, &control, move |config| {
        config
            .app_data(data.clone())
            .configure(oauth::routes)
            .configure(controls::routes)
            .route("/graphql", web::post().to(graphql::answer))
            .route("/search/issues", web::get().to(issue_lists::search))
            .route("/repos/{rest:.*}", web::to(rest::dispatch))
            .default_service(web::get().to(browse::page));
    })?;
    Ok(GitHub {
        url: server.url(),
        control,
        repositories: state.repositories.clone(),
        state,
        _server: server,
    })
}

impl GitHub {
    /// From now on the sign-in page is not shown: everybody is this person at once. None shows it again.
    pub fn sign_in_as(&self, login: Option<&str>) {
        self.state.people().at_once = login.map(str::to_owned);
    }

    /// Adds a person, or changes the one of that login.
    pub fn put_person(&self, person: Person) {
        self.state.people().put(person);
    }

    /// The issues opened so far, oldest first.
    pub fn issues(&self) -> Vec<Issue> {
        self.state.issues().all.clone()
    }

    /// A search does not find issues that are younger than this.
    pub fn search_lags(&self, lag: SignedDuration) {
        self.state.issues().search_lag = lag;
    }

    /// From now on every GraphQL query is answered with this and status 200. None: with the truth again.
    pub fn answer_graphql_with(&self, answer: Option<Value>) {
        *self.state.lie() = answer;
    }

    /// From now on the repository (`owner/name`) has these labels instead of the usual ones.
    pub fn set_labels(&self, slug: &str, labels: &[&str]) {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        self.state.labels().insert(slug.to_owned(), labels);
    }
}

/// Where this stand-in was reached, without a trailing slash.
fn site_of(request: &HttpRequest) -> String {
    let connection = request.connection_info();
    format!("{}://{}", connection.scheme(), connection.host())
}

/// The value of a parameter of a query, decoded.
fn query_value(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// GitHub's way to say no.
fn refusal(status: actix_web::http::StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.as_str(),
    }))
}

fn not_found() -> HttpResponse {
    refusal(actix_web::http::StatusCode::NOT_FOUND, "Not Found")
}
