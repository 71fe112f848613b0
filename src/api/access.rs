//! Who calls the API: a backend by its token, a bot by its personal access token, or a person by their session. Every
//! refusal is a 403 that names no secret.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{Method, header::AUTHORIZATION},
};
use domain::{
    backends::{self, Calling},
    db,
    ids::ProjectId,
    permissions::Permission,
    personal_tokens,
    users::Person,
};
use futures_util::future::LocalBoxFuture;
use jiff::{Timestamp, tz::TimeZone};

use super::error::ApiError;
use crate::{
    app::{self, App},
    http::{cookies, csrf, error::Error, visitor::Visitor},
};

/// The backend that calls, for handlers that look at nothing else before.
pub struct FromBackend(pub Calling);

impl FromRequest for FromBackend {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = app::of(&request).ok_or(Error::Misconfigured("no application state"))?;
            Ok(FromBackend(backend(app, &request).await?))
        })
    }
}

/// The backend whose token the request carries.
pub async fn backend(app: &App, request: &HttpRequest) -> Result<Calling, ApiError> {
    let token = header(request, AUTHORIZATION.as_str())
        .ok_or_else(|| ApiError::refused("Authorization header is missing"))?;
    if token.is_empty() {
        return Err(ApiError::refused("Authorization header is empty"));
    }
    backends::calling(&app.db().await?, &token).await?.ok_or_else(|| ApiError::refused("Invalid token"))
}

/// The person named by the header `OS-User`: a member of the backend that calls, who may upload files of the project.
pub async fn uploader(
    db: &impl db::GenericClient,
    request: &HttpRequest,
    calling: &Calling,
    project: ProjectId,
) -> Result<Person, ApiError> {
    let username = header(request, "os-user").unwrap_or_default();
    if username.is_empty() {
        return Err(ApiError::no_credentials());
    }
    backends::member(db, calling.id, &username)
        .await?
        .filter(|person| person.may(Permission::ReleaseFileUpload, Some(project)))
        .ok_or_else(ApiError::no_credentials)
}

/// The person who is signed in, if any. What may change something must then prove that it comes from one of our pages.
pub async fn session(app: &App, request: &HttpRequest) -> Result<Option<Person>, ApiError> {
    let visitor = Visitor::of(request).await?;
    let Some(person) = visitor.person() else { return Ok(None) };
    if !is_safe(request.method()) {
        let cookie = request.cookie(cookies::CSRF);
        let proof = csrf::Proof {
            cookie: cookie.as_ref().map(|cookie| cookie.value()),
            field: None,
            header: request.headers().get("x-csrftoken").and_then(|value| value.to_str().ok()),
        };
        csrf::check(request.headers(), &app.config.base_url, proof)
            .map_err(|refusal| ApiError::refused(format!("CSRF Failed: {refusal}")))?;
    }
    Ok(Some(person.clone()))
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// Somebody who may see the released files of the project: by a personal access token if one is sent, else by their
/// session. `what` ends the refusal's sentence, such as `workspace asthma-main`.
pub async fn reader(
    app: &App,
    request: &HttpRequest,
    project: ProjectId,
    what: &str,
) -> Result<Person, ApiError> {
    let person = match header(request, AUTHORIZATION.as_str()).filter(|token| !token.is_empty()) {
        Some(credentials) => by_personal_token(app, &credentials).await?,
        None => session(app, request).await?.ok_or_else(|| ApiError::refused("Invalid user or token"))?,
    };
    if person.may(Permission::ReleaseFileView, Some(project)) {
        Ok(person)
    } else {
        Err(ApiError::refused(format!("Invalid user or token for {what}")))
    }
}

/// Credentials are `username:token`. All that can be wrong with a token gives one answer.
async fn by_personal_token(app: &App, credentials: &str) -> Result<Person, ApiError> {
    let refused = || ApiError::refused("You do not have permission to perform this action.");
    let (username, token) = credentials.split_once(':').unwrap_or((credentials, ""));
    let holder = personal_tokens::holder(&app.db().await?, username).await?;
    let holder = holder.ok_or_else(|| ApiError::refused("Invalid user"))?;
    if !holder.presented(token).await? {
        return Err(refused());
    }
    if !holder.is_current(Timestamp::now().to_zoned(TimeZone::UTC).date()) {
        tracing::error!(username, "a personal access token that has expired was used");
        return Err(refused());
    }
    Ok(holder.person)
}

/// A header as text without surrounding space. Clients send names as UTF-8 or as Latin-1.
pub fn header(request: &HttpRequest, name: &str) -> Option<String> {
    let bytes = request.headers().get(name)?.as_bytes();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    };
    Some(text.trim().to_owned())
}
