//! Signing in: GitHub's web application flow (RFC 6749, with PKCE of RFC 7636), and the two calls that tell who it was.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::{Person, State, refusal};
use crate::standins::smtp::escape;

/// Codes not yet exchanged and tokens given out.
#[derive(Debug, Default)]
pub(super) struct Grants {
    codes: HashMap<String, Grant>,
    /// Token and login.
    tokens: HashMap<String, String>,
}

#[derive(Debug)]
struct Grant {
    login: String,
    redirect_uri: Option<String>,
    challenge: Option<Challenge>,
}

#[derive(Debug)]
struct Challenge {
    value: String,
    is_hashed: bool,
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/login/oauth/authorize", web::get().to(ask))
        .route("/login/oauth/authorize", web::post().to(decide))
        .route("/login/oauth/access_token", web::post().to(exchange))
        .route("/user", web::get().to(user))
        .route("/user/emails", web::get().to(emails));
}

/// What a client asks for.
#[derive(Debug, Deserialize)]
struct Wish {
    client_id: String,
    redirect_uri: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// `GET /login/oauth/authorize`: the page that asks who one is.
async fn ask(state: web::Data<State>, request: HttpRequest, wish: web::Query<Wish>) -> HttpResponse {
    if let Some((client_id, _)) = &state.client
        && *client_id != wish.client_id
    {
        return HttpResponse::NotFound().content_type("text/html").body("<h1>404: no such OAuth client</h1>");
    }
    let at_once = state.people().at_once.clone();
    if let Some(login) = at_once {
        return grant(&state, &wish, login);
    }
    let query = escape(request.query_string());
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Sign in (GitHub stand-in)</title><h1>Who are you?</h1>\
         <p>This page stands in for GitHub's sign-in.</p>\
         <form method=post action='/login/oauth/authorize?{query}'><ul>"
    );
    for person in &state.people().all {
        page.push_str(&format!(
            "<li><button name=login value=\"{login}\">{login}</button> {name}</li>",
            login = escape(&person.login),
            name = escape(person.name.as_deref().unwrap_or("(no name)"))
        ));
    }
    page.push_str(&format!(
        "</ul></form><h2>Somebody new</h2><form method=post action='/login/oauth/authorize?{query}'>\
         <label>Login <input name=login required></label> <label>Name <input name=name></label> \
         <label>E-mail <input name=email type=email></label> <button name=new value=1>Sign in</button></form>\
         <form method=post action='/login/oauth/authorize?{query}'><button name=deny value=1>Cancel</button></form>"
    ));
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

#[derive(Debug, Deserialize)]
struct Decision {
    #[serde(default)]
    login: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    new: Option<String>,
    deny: Option<String>,
}

/// `POST /login/oauth/authorize`: the answer to that page.
async fn decide(
    state: web::Data<State>,
    wish: web::Query<Wish>,
    decision: web::Form<Decision>,
) -> HttpResponse {
    let decision = decision.into_inner();
    if decision.deny.is_some() {
        let denial = [
            ("error", "access_denied"),
            ("error_description", "The user has denied your application access."),
        ];
        return back(&wish, &denial);
    }
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    if decision.new.is_some() {
        let (name, email) = (given(decision.name), given(decision.email));
        state.people().put(Person { login: decision.login.clone(), name, email });
    }
    grant(&state, &wish, decision.login)
}

/// Sends the browser back with a code for this person.
fn grant(state: &State, wish: &Wish, login: String) -> HttpResponse {
    if state.people().find(&login).is_none() {
        return HttpResponse::BadRequest().body("nobody has that login");
    }
    let code = random_text();
    let challenge = wish
        .code_challenge
        .clone()
        .map(|value| Challenge { value, is_hashed: wish.code_challenge_method.as_deref() == Some("S256") });
    let grant = Grant { login, redirect_uri: wish.redirect_uri.clone(), challenge };
    state.grants().codes.insert(code.clone(), grant);
    back(wish, &[("code", &code)])
}

fn back(wish: &Wish, answer: &[(&str, &str)]) -> HttpResponse {
    let Some(Ok(mut there)) = wish.redirect_uri.as_deref().map(Url::parse) else {
        return HttpResponse::BadRequest().body("redirect_uri is missing or no URL");
    };
    there
        .query_pairs_mut()
        .extend_pairs(answer)
        .extend_pairs(wish.state.iter().map(|state| ("state", state)));
    HttpResponse::Found().insert_header((header::LOCATION, there.as_str())).finish()
}

/// `POST /login/oauth/access_token`. GitHub answers 200 also when it refuses.
async fn exchange(state: web::Data<State>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let is_json = has(&request, header::CONTENT_TYPE, "application/json");
    let fields: HashMap<String, String> = if is_json {
        serde_json::from_slice(&body).unwrap_or_default()
    } else {
        form_urlencoded::parse(&body).into_owned().collect()
    };
    let outcome = token_for(&state, &fields);
    let pairs = match &outcome {
        Ok(token) => [("access_token", token.as_str()), ("scope", "user:email"), ("token_type", "bearer")],
        Err((error, description)) => [
            ("error", *error),
            ("error_description", *description),
            ("error_uri", "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-apps"),
        ],
    };
    if has(&request, header::ACCEPT, "application/json") {
        HttpResponse::Ok().json(HashMap::from(pairs))
    } else {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        HttpResponse::Ok().content_type("application/x-www-form-urlencoded; charset=utf-8").body(text)
    }
}

fn token_for(
    state: &State,
    fields: &HashMap<String, String>,
) -> Result<String, (&'static str, &'static str)> {
    let field = |name: &str| fields.get(name).map(String::as_str);
    if let Some((id, secret)) = &state.client
        && (field("client_id"), field("client_secret")) != (Some(id), Some(secret))
    {
        return Err(("incorrect_client_credentials", "The client_id and/or client_secret are incorrect."));
    }
    let mut grants = state.grants();
    // A code is good for one attempt.
    let Some(grant) = field("code").and_then(|code| grants.codes.remove(code)) else {
        return Err(("bad_verification_code", "The code passed is incorrect or expired."));
    };
    if field("redirect_uri").is_some() && field("redirect_uri") != grant.redirect_uri.as_deref() {
        return Err(("redirect_uri_mismatch", "The redirect_uri is not the one the code was asked with."));
    }
    if let Some(challenge) = &grant.challenge {
        let verifier = field("code_verifier").unwrap_or_default();
        let shown = if challenge.is_hashed {
            BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes()))
        } else {
            verifier.to_owned()
        };
        if shown != challenge.value {
            return Err(("bad_verification_code", "The code_verifier does not fit the code_challenge."));
        }
    }
    let token = format!("gho_{}", random_text());
    grants.tokens.insert(token.clone(), grant.login);
    Ok(token)
}

async fn user(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    match whose(&state, &request) {
        Some(person) => HttpResponse::Ok().json(person.profile()),
        None => refusal(StatusCode::UNAUTHORIZED, "Bad credentials"),
    }
}

async fn emails(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    match whose(&state, &request) {
        Some(person) => HttpResponse::Ok().json(person.emails()),
        None => refusal(StatusCode::UNAUTHORIZED, "Bad credentials"),
    }
}

/// Whom the token in the `Authorization` header was given for.
fn whose(state: &State, request: &HttpRequest) -> Option<Person> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    if !["token", "bearer"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    let login = state.grants().tokens.get(token.trim()).cloned()?;
    state.people().find(&login).cloned()
}

fn has(request: &HttpRequest, name: header::HeaderName, text: &str) -> bool {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains(text))
}

fn random_text() -> String {
    format!("{:016x}{:016x}", rand::random::<u64>(), rand::random::<u64>())
}
