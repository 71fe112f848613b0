//! Signing in by GitHub, and out. GitHub decides who somebody is; `domain::identities` decides which person that is here.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use clients::{
    Secret,
    github::oauth::{self, OAuthError},
};
use domain::{
    identities::{self, Outcome, Profile, Registered},
    outbox::{self, Kind, NewMessage},
    sessions::Session,
};
use serde::Serialize;
use subtle::ConstantTimeEq;

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        form::{self, Fields},
        next_url, redirect,
        shell::Page,
        sign_in,
        visitor::Visitor,
    },
    slack,
};

const PROVIDER: &str = "github";
const STATE: &str = "github_state";
const VERIFIER: &str = "github_code_verifier";
const NEXT: &str = "next";

#[derive(Serialize)]
struct LoginPage {
    next: String,
    offers_sample_people: bool,
}

/// `GET /login/`
pub async fn page(app: App, visitor: Visitor, request: HttpRequest) -> PageResult {
    let next = next_url::after_login(request.query_string());
    if visitor.person().is_some() {
        return Ok(redirect::plain(&next));
    }
    let view = LoginPage { next, offers_sample_people: super::dev_sign_in::is_offered(&app, &request) };
    visitor.render(&app, "site/login", Page::titled("Login"), &view)
}

/// `POST /login/github/`: remembers where to return and sends the browser to GitHub.
pub async fn start(app: App, visitor: Visitor, provider: web::Path<String>, fields: Fields) -> PageResult {
    if provider.as_str() != PROVIDER {
        return Err(Error::NotFound);
    }
    let mut session = visitor.take_session().unwrap_or_default();
    identities::forget_suspended(&mut session);
    let state = oauth::random_state();
    let verifier = oauth::random_code_verifier();
    session.set(NEXT, next_url::own_path(fields.text(NEXT)).unwrap_or("/"));
    session.set(STATE, state.as_str());
    session.set(VERIFIER, verifier.expose());
    let location =
        app.oauth.authorize_url(&redirect_uri(&app), &state, Some(&oauth::code_challenge(&verifier)));
    let mut response = redirect::plain(&location);
    sign_in::keep(&app, &mut session, &mut response).await?;
    Ok(uncached(response))
}

/// `GET /complete/github/`: GitHub sends the browser back. `POST`: the name that GitHub did not know.
pub async fn complete(
    app: App,
    visitor: Visitor,
    request: HttpRequest,
    provider: web::Path<String>,
    fields: Fields,
) -> PageResult {
    if provider.as_str() != PROVIDER {
        return Err(Error::NotFound);
    }
    let mut session = visitor.take_session().unwrap_or_default();
    let outcome = if request.method() == actix_web::http::Method::POST {
        named(&session, fields.text("name"))
    } else {
        answered(&app, &mut session, &form::query_pairs(request.query_string())?).await
    };
    let response = match outcome {
        Ok(Answer::Known { profile, name }) => admit(&app, session, &profile, &name).await,
        Ok(Answer::NameMissing(profile)) => {
            identities::suspend(&mut session, &profile);
            let mut response = redirect::plain("/enter-your-name/");
            sign_in::keep(&app, &mut session, &mut response).await?;
            Ok(response)
        }
        Err(refusal) => {
            tracing::info!(reason = refusal.0, "a sign-in was refused");
            let mut response = redirect::to(&app, &visitor, "/", vec![Flash::error(refusal.0)])?;
            if session.is_changed() {
                sign_in::keep(&app, &mut session, &mut response).await?;
            }
            Ok(response)
        }
    };
    match response {
        Err(Error::Domain(domain::Error::Invalid(reason))) => {
            Ok(uncached(redirect::to(&app, &visitor, "/", vec![Flash::error(reason)])?))
        }
        response => Ok(uncached(response?)),
    }
}

/// Why somebody was not signed in: a fixed text, since what came in the address was written by anybody.
struct Refusal(&'static str);

enum Answer {
    Known { profile: Profile, name: String },
    NameMissing(Profile),
}

/// What GitHub's answer says, once it is sure that this browser asked for it. The state is good for one answer.
async fn answered(app: &App, session: &mut Session, query: &[(String, String)]) -> Result<Answer, Refusal> {
    let sent = |name: &str| query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let expected = session.remove(STATE).and_then(|state| state.as_str().map(str::to_owned));
    let verifier = session.remove(VERIFIER).and_then(|verifier| verifier.as_str().map(Secret::new));
    let state = sent("state").ok_or(Refusal("Missing needed parameter state"))?;
    let expected = expected.ok_or(Refusal("Session value state missing. Sign in again."))?;
    if !bool::from(expected.as_bytes().ct_eq(state.as_bytes())) {
        return Err(Refusal("Wrong state parameter given. Sign in again."));
    }
    if let Some(error) = sent("error") {
        let was_cancelled = error.contains("denied") || error.contains("cancelled");
        return Err(Refusal(if was_cancelled {
            "Authentication process canceled: you did not let GitHub tell us who you are."
        } else {
            "Authentication failed: GitHub reported a problem. Try again."
        }));
    }
    let code =
        sent("code").ok_or(Refusal("Authentication failed: GitHub sent no code. Try again."))?.to_owned();
    let (oauth, redirect_uri) = (app.oauth.clone(), redirect_uri(app));
    let profile = app
        .in_background(async move { profile(&oauth, &redirect_uri, &code, verifier.as_ref()).await })
        .await
        .map_err(|_| Refusal("The authentication provider could not be reached"))?
        .map_err(|error| refusal(&error))?;
    Ok(match profile.name.clone().filter(|name| !name.trim().is_empty()) {
        Some(name) => Answer::Known { profile, name },
        None => Answer::NameMissing(profile),
    })
}

async fn profile(
    oauth: &oauth::OAuth,
    redirect_uri: &str,
    code: &str,
    verifier: Option<&Secret>,
) -> Result<Profile, OAuthError> {
    let token = oauth.exchange_code(code, redirect_uri, verifier).await?;
    let user = oauth.user(&token).await?;
    let verified_email = oauth.verified_email(&token).await;
    Ok(Profile { github_id: user.id, login: user.login, name: user.name, verified_email })
}

fn refusal(error: &OAuthError) -> Refusal {
    tracing::warn!(%error, "GitHub did not say who signs in");
    Refusal(match error {
        OAuthError::Cancelled(_) => "Authentication process canceled. Try again.",
        OAuthError::Failed { .. } => "Authentication failed: GitHub did not accept the sign-in. Try again.",
        OAuthError::Forbidden(_) => "Your credentials aren't allowed",
        OAuthError::Token => "Token error: this site's registration with GitHub is not valid",
        OAuthError::Unreachable | OAuthError::Connection(_) => {
            "The authentication provider could not be reached"
        }
        OAuthError::Response(_) | OAuthError::Malformed(_) => {
            "Authentication failed: GitHub's answer makes no sense"
        }
    })
}

/// The sign-up that waited for a name, with the name.
fn named(session: &Session, name: &str) -> Result<Answer, Refusal> {
    let profile = identities::suspended(session).ok_or(Refusal("Missing needed parameter state"))?;
    Ok(match name.trim() {
        "" => Answer::NameMissing(profile),
        name => Answer::Known { profile, name: name.to_owned() },
    })
}

/// Finds or makes the person, announces a new one, and signs them in.
async fn admit(app: &App, mut session: Session, profile: &Profile, name: &str) -> PageResult {
    let mut db = app.db().await?;
    let transaction = db.transaction().await.map_err(domain::Error::from)?;
    let registered = identities::register(&transaction, profile, name).await?;
    if registered.outcome != Outcome::Existing {
        outbox::enqueue(&transaction, &[announcement(app, &registered)]).await?;
    }
    transaction.commit().await.map_err(domain::Error::from)?;
    drop(db);
    identities::forget_suspended(&mut session);
    let next = session.remove(NEXT).and_then(|next| next.as_str().map(str::to_owned));
    let next = next.as_deref().and_then(next_url::own_path).unwrap_or("/");
    let mut response = redirect::plain(next);
    sign_in::sign_in(app, session, &registered.user, &mut response).await?;
    Ok(response)
}

/// The note to the team's channel. A link to an account that existed is told apart from a registration.
fn announcement(app: &App, registered: &Registered) -> NewMessage {
    let user = &registered.user;
    let link = app.absolute(&format!("/staff/users/{}/", user.username));
    let text = match registered.outcome {
        Outcome::Linked => {
            format!("User ({}) linked a GitHub account: <{link}>", slack::escaped(&user.username))
        }
        _ => format!("New user ({}) registered: <{link}>", slack::escaped(&user.username)),
    };
    NewMessage {
        kind: Kind::Slack,
        ordering_key: None,
        payload: serde_json::json!({
            "channel": app.config.slack.registrations_channel,
            "text": text,
        }),
        marker: format!("registration:{}", user.id),
    }
}

/// `POST /logout/`
pub async fn log_out(app: App, visitor: Visitor, request: HttpRequest, fields: Fields) -> PageResult {
    let query = form::query_pairs(request.query_string())?;
    let from_query = query.iter().rev().find(|(name, _)| name == NEXT).map(|(_, value)| value.as_str());
    let next = fields.raw(NEXT).or(from_query).and_then(next_url::own_path).unwrap_or("/").to_owned();
    let mut response = redirect::plain(&next);
    sign_in::sign_out(&app, &visitor, &mut response).await?;
    request.extensions_mut().remove::<Visitor>();
    Ok(uncached(response))
}

/// Where GitHub sends the browser back to. Never from the `Host` header, which anybody can set.
fn redirect_uri(app: &App) -> String {
    app.absolute("/complete/github/")
}

fn uncached(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(
        actix_web::http::header::CACHE_CONTROL,
        actix_web::http::header::HeaderValue::from_static(
            "max-age=0, no-cache, no-store, must-revalidate, private",
        ),
    );
    response
}
