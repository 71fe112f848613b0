//! Around every request: an id, a nonce, a time limit, one log line, a counter, and an error page where a handler gave
//! none. A panic in a handler becomes a 500 page instead of a broken connection.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
};
use data_encoding::{BASE64, HEXLOWER};
use futures_util::FutureExt;
use rand::RngExt;
use serde::Serialize;

use super::{
    error::{Error, ErrorPage},
    redirect,
    shell::Page,
    visitor::Visitor,
};
use crate::{
    api::error::ApiError,
    app::{self, App},
};

/// How long an ordinary request may take. Event streams answer at once and go on streaming.
const TIME_LIMIT: Duration = Duration::from_secs(50);

/// A released file may come slowly; its handler watches that it keeps coming.
const UPLOAD_TIME_LIMIT: Duration = Duration::from_secs(30 * 60);

/// What the rest of the request needs to know about itself.
#[derive(Debug, Clone)]
pub struct RequestFacts {
    pub request_id: String,
    /// Allows the scripts of this one page.
    pub nonce: String,
    pub path: String,
    pub query: String,
}

impl RequestFacts {
    pub fn of(request: &HttpRequest) -> RequestFacts {
        request.extensions().get::<RequestFacts>().cloned().unwrap_or_else(|| RequestFacts::new(request))
    }

    fn new(request: &HttpRequest) -> RequestFacts {
        let random: [u8; 32] = rand::rng().random();
        let given = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        RequestFacts {
            request_id: given
                .filter(|id| {
                    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                })
                .map_or_else(|| HEXLOWER.encode(&random[16..]), str::to_owned),
            nonce: BASE64.encode(&random[..16]),
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
        }
    }
}

pub async fn observe(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    // Whoever answers GET answers HEAD; the connection leaves the body out by itself. An event stream has no end to
    // wait for.
    if request.method() == Method::HEAD && !request.path().starts_with("/api/live/") {
        request.head_mut().method = Method::GET;
    }
    let facts = RequestFacts::new(request.request());
    request.extensions_mut().insert(facts.clone());
    let app = app::of(request.request()).cloned();

    let mut response = answer(request, next, &facts).await?;
    if let Some(app) = &app {
        response = complete(app, response).await;
        app.metrics.request_finished(response.request(), response.status(), started.elapsed());
    }
    if let Ok(id) = HeaderValue::from_str(&facts.request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    log_request(&facts, response.request(), response.status(), started.elapsed());
    Ok(response)
}

/// The handler's answer. No copy of the request may be kept while it is routed; so when the handler panics or takes too
/// long there is nothing left to render a page for, and the error answers with a static one.
async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    facts: &RequestFacts,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if facts.path.contains("%00") || facts.path.contains('\0') {
        return Ok(request.into_response(Error::NotFound.error_response()));
    }
    let time_limit = time_limit(&request);
    let handled = AssertUnwindSafe(next.call(request)).catch_unwind();
    let error = match tokio::time::timeout(time_limit, handled).await {
        Err(_) => Error::TimedOut(time_limit.as_secs()),
        Ok(Err(_)) => Error::Panicked,
        Ok(Ok(response)) => return response.map(ServiceResponse::map_into_boxed_body),
    };
    tracing::error!(%error, path = facts.path, request_id = facts.request_id, "a request failed");
    Err(if facts.path.starts_with("/api/") { ApiError::from(error).into() } else { error.into() })
}

fn time_limit(request: &ServiceRequest) -> Duration {
    let is_upload =
        request.method() == Method::POST && request.path().starts_with("/api/v2/releases/release/");
    if is_upload { UPLOAD_TIME_LIMIT } else { TIME_LIMIT }
}

/// Fills bare error responses with their page, and sends 404s to where the thing has moved, if it has.
async fn complete(app: &App, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if let Some(error) = response.response().error().and_then(|error| error.as_error::<Error>()) {
        log_error(response.request(), error);
    }
    let wanted = response.response().extensions().get::<ErrorPage>().copied();
    let Some(page) = wanted else { return response };
    let request = response.request().clone();
    if page == ErrorPage::NotFound
        && let Some(moved) = moved_to(app, &request).await
    {
        return ServiceResponse::new(request, redirect::permanent(&moved));
    }
    let filled = error_page(app, &request, page).await;
    ServiceResponse::new(request, filled)
}

/// Where an address that leads nowhere used to lead. Live pages always win over redirects, since only 404s come here.
async fn moved_to(app: &App, request: &HttpRequest) -> Option<String> {
    let path = request.path();
    let first = path.split('/').nth(1).unwrap_or_default();
    if request.method() != Method::GET || matches!(first, "api" | "staff" | "static") {
        return None;
    }
    let target = match app.db().await {
        Ok(db) => domain::redirects::target(&db, path).await,
        Err(error) => Err(error),
    };
    match target {
        Ok(target) => target.map(|target| match request.query_string() {
            "" => target,
            query => format!("{target}?{query}"),
        }),
        Err(error) => {
            tracing::warn!(%error, path, "redirects could not be looked up");
            None
        }
    }
}

#[derive(Serialize)]
struct ErrorView {
    code: String,
    name: &'static str,
    message: Vec<&'static str>,
    list: Vec<&'static str>,
}

/// The page for an error, also when the database cannot say who asks, also when templates fail.
pub async fn error_page(app: &App, request: &HttpRequest, page: ErrorPage) -> HttpResponse {
    let visitor = Visitor::of(request).await.unwrap_or_else(|_| Visitor::anonymous(request));
    let view = view(page, visitor.person().is_some());
    let response = HttpResponseBuilder::new(page.status());
    let title = Page::with_full_title("OpenSAFELY Jobs");
    match visitor.render_with(app, "error", title, &view, response) {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "the error page could not be rendered");
            HttpResponseBuilder::new(page.status())
                .content_type("text/html; charset=utf-8")
                .body(super::error::STATIC_PAGE)
        }
    }
}

fn view(page: ErrorPage, signed_in: bool) -> ErrorView {
    let (name, paragraphs, list): (_, Vec<&str>, Vec<&str>) = match page {
        ErrorPage::BadRequest => {
            ("Bad request", vec!["Something in this request cannot be understood."], vec![])
        }
        ErrorPage::Csrf => (
            "CSRF Failed",
            vec![
                "The form could not be submitted, because it was not clear that it came from this site.",
                "Go back, reload the page and try again. Cookies must be allowed.",
            ],
            vec![],
        ),
        ErrorPage::Forbidden if signed_in => (
            "Permission denied",
            vec!["Your account may not see this page. If it should, contact us."],
            vec![],
        ),
        ErrorPage::Forbidden => (
            "Permission denied",
            vec!["This page could not be shown. Possible reasons:"],
            vec!["you need to log in first", "your account lacks the permission for it"],
        ),
        ErrorPage::NotFound => {
            let mut reasons = vec!["the address was mistyped or cut short", "the page was moved or removed"];
            if !signed_in {
                reasons.push("you need to log in to see it");
            }
            ("Page not found", vec!["There is no page at this address. Possible reasons:"], reasons)
        }
        ErrorPage::TooManyFields => (
            "Too many fields submitted",
            vec!["The form had more than 4,000 fields. Select fewer items and try again."],
            vec![],
        ),
        ErrorPage::ServerError => (
            "Server error",
            vec![
                "Something went wrong on our side. It has been recorded. Try again, or tell us what you were doing.",
            ],
            vec![],
        ),
        ErrorPage::Unavailable => (
            "Service unavailable",
            vec![
                "A part of the service does not answer at the moment. Nothing was lost: try again in a minute.",
            ],
            vec![],
        ),
    };
    ErrorView { code: page.to_string(), name, message: paragraphs, list }
}

fn log_error(request: &HttpRequest, error: &Error) {
    let (path, method) = (request.path(), request.method().as_str());
    match error.status_code() {
        status if status.is_server_error() => tracing::error!(%error, method, path, "a request failed"),
        StatusCode::BAD_REQUEST => tracing::info!(%error, method, path, "a request was refused"),
        _ => {}
    }
}

fn log_request(facts: &RequestFacts, request: &HttpRequest, status: StatusCode, took: Duration) {
    let quiet = matches!(request.path(), "/health-check/" | "/health-check" | "/metrics")
        || request.path().starts_with("/static/");
    let user_id = request
        .extensions()
        .get::<Visitor>()
        .and_then(|visitor| visitor.person().map(|person| person.id.to_string()))
        .unwrap_or_else(|| "none".to_owned());
    let ip = app::of(request).map(|app| app.client_address(request)).unwrap_or_default();
    let (code, ms) = (status.as_u16(), took.as_millis() as u64);
    let (request_id, path, method) = (&facts.request_id, &facts.path, request.method().as_str());
    if status.is_server_error() {
        tracing::error!(code, ms, method, path, request_id, user_id, ip, "request_finished");
    } else if quiet {
        tracing::debug!(code, ms, method, path, request_id, user_id, ip, "request_finished");
    } else {
        tracing::info!(code, ms, method, path, request_id, user_id, ip, "request_finished");
    }
}
