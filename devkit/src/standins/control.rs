//! How a stand-in misbehaves when told to: the same for all of them, applied around their own answers.
//! Set from Rust through `Control`, or with `POST /_control/` and a `Behaviour` as JSON.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::{
    Error, HttpResponse,
    body::{self, BoxBody, SizedStream},
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::Next,
    web,
};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};

/// What becomes of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Answers as the real one does.
    #[default]
    Ok,
    /// As `Ok`, after `delay_ms`.
    Slow,
    /// An error page as of a proxy in front: the stand-in itself sees nothing of the request.
    Fail,
    /// Status 200 and a page of HTML, likewise from in front.
    Rubbish,
    /// The work is done, but the answer breaks off in the middle.
    Half,
    /// The work is done, but no answer ever comes.
    Hang,
}

/// What to do with requests from now on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    pub mode: Mode,
    /// Milliseconds to wait before anything else.
    pub delay_ms: u64,
    /// With `fail`: the header `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// After so many requests, back to normal; without it, until told otherwise.
    pub times: Option<u32>,
    /// Applies only to paths that contain this text, or end with it if a `$` follows.
    pub path: Option<String>,
    /// Applies only to this method, such as `POST`.
    pub method: Option<String>,
    /// The status of `fail`; 503 if not given.
    pub status: Option<u16>,
}

impl Behaviour {
    /// That mode for every request.
    pub fn of(mode: Mode) -> Behaviour {
        Behaviour { mode, ..Behaviour::default() }
    }

    /// Every answer comes that much later.
    pub fn slow(delay: Duration) -> Behaviour {
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Behaviour { mode: Mode::Slow, delay_ms, ..Behaviour::default() }
    }

    /// Every answer is an error page with that status.
    pub fn fail(status: u16) -> Behaviour {
        Behaviour { mode: Mode::Fail, status: Some(status), ..Behaviour::default() }
    }

    /// The same for the next `times` requests only.
    pub fn times(self, times: u32) -> Behaviour {
        Behaviour { times: Some(times), ..self }
    }

    /// The same for paths that contain `text` only.
    pub fn on_path(self, text: &str) -> Behaviour {
        Behaviour { path: Some(text.to_owned()), ..self }
    }

    /// The same for one method only.
    pub fn on_method(self, method: &str) -> Behaviour {
        Behaviour { method: Some(method.to_owned()), ..self }
    }
}

/// A request that reached the stand-in, whatever came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    pub method: String,
    /// Path and query as sent.
    pub target: String,
}

/// The handle by which a stand-in is told how to behave; clones are the same handle.
#[derive(Debug, Clone, Default)]
pub struct Control {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    behaviour: Behaviour,
    seen: Vec<Seen>,
    spares_http: bool,
}

/// Enough for any test; a demonstration that runs for days must not fill the memory.
const SEEN_LIMIT: usize = 10_000;

impl Control {
    /// For a stand-in that speaks another protocol: its pages over HTTP always behave.
    pub(super) fn sparing_http() -> Control {
        let control = Control::default();
        control.lock().spares_http = true;
        control
    }

    /// From now on, until told otherwise.
    pub fn set(&self, behaviour: Behaviour) {
        self.lock().behaviour = behaviour;
    }

    /// What it is told at the moment.
    pub fn behaviour(&self) -> Behaviour {
        self.lock().behaviour.clone()
    }

    /// The requests so far, oldest first, without those to `/_control/`.
    pub fn seen(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    /// How many requests so far had `text` in their path or query.
    pub fn count(&self, text: &str) -> usize {
        self.lock().seen.iter().filter(|seen| seen.target.contains(text)).count()
    }

    /// Notes a request and takes what is to be done with it.
    pub(super) fn next(&self, method: &str, target: &str) -> Behaviour {
        let mut inner = self.lock();
        if inner.seen.len() == SEEN_LIMIT {
            inner.seen.remove(0);
        }
        inner.seen.push(Seen { method: method.to_owned(), target: target.to_owned() });
        let behaviour = &inner.behaviour;
        let is_there = |text: &str| match text.strip_suffix('$') {
            Some(end) => target.ends_with(end),
            None => target.contains(text),
        };
        let applies = behaviour.path.as_deref().is_none_or(is_there)
            && behaviour.method.as_deref().is_none_or(|only| only == method);
        if !applies {
            return Behaviour::default();
        }
        match inner.behaviour.times {
            None => inner.behaviour.clone(),
            Some(0) => Behaviour::default(),
            Some(left) => {
                inner.behaviour.times = Some(left - 1);
                inner.behaviour.clone()
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes that every stand-in has: `GET` and `POST /_control/`, `GET /_control/seen`.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/_control/", web::get().to(show))
        .route("/_control/", web::post().to(change))
        .route("/_control/seen", web::get().to(seen));
}

async fn show(control: web::Data<Control>) -> HttpResponse {
    HttpResponse::Ok().json(control.behaviour())
}

async fn change(control: web::Data<Control>, behaviour: web::Json<Behaviour>) -> HttpResponse {
    control.set(behaviour.into_inner());
    HttpResponse::Ok().json(control.behaviour())
}

async fn seen(control: web::Data<Control>) -> HttpResponse {
    HttpResponse::Ok().json(control.seen())
}

/// The middleware around a stand-in's own routes.
pub(super) async fn misbehave(
    control: web::Data<Control>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.path().starts_with("/_control/") || control.lock().spares_http {
        return next.call(request).await;
    }
    let behaviour = control.next(request.method().as_str(), &request.uri().to_string());
    actix_web::rt::time::sleep(Duration::from_millis(behaviour.delay_ms)).await;
    match behaviour.mode {
        Mode::Ok | Mode::Slow => next.call(request).await,
        Mode::Fail => {
            let status = behaviour.status.and_then(|code| StatusCode::from_u16(code).ok());
            let mut page =
                html(status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE), "Something in front is broken");
            if let Some(seconds) = behaviour.retry_after {
                page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            Ok(request.into_response(page))
        }
        Mode::Rubbish => Ok(request.into_response(html(StatusCode::OK, "Welcome to our captive portal"))),
        Mode::Half => break_off(next.call(request).await?).await,
        Mode::Hang => {
            next.call(request).await?;
            std::future::pending().await
        }
    }
}

fn html(status: StatusCode, text: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(format!("<!doctype html><html><body><h1>{text}</h1></body></html>\n"))
}

/// Announces the whole length, sends half of it and closes the connection.
async fn break_off(response: ServiceResponse<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let (request, response) = response.into_parts();
    let (head, whole) = response.into_parts();
    let whole = body::to_bytes(whole).await?;
    let length = whole.len() as u64;
    let first = stream::iter([Ok(whole.slice(..whole.len() / 2))]);
    // The server sends what it has only while it waits for more.
    let break_off = stream::once(async {
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::other("told to break off"))
    });
    let cut = SizedStream::new(length, first.chain(break_off));
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(cut))))
}
