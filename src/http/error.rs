//! What can go wrong while answering, and the only place that decides which status a browser sees for it.
//! The page itself is rendered by [`super::observe`], which knows the visitor.

use std::fmt;

use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError, http::StatusCode};
use clients::{github::GitHubError, rap::RapError};

use super::csrf;

pub type PageResult = Result<HttpResponse, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is nothing at this address, or not for this visitor")]
    NotFound,
    #[error("this visitor lacks the permission")]
    Forbidden,
    #[error("the visitor must sign in first")]
    SignInFirst { location: String },
    #[error("the request cannot be understood: {0}")]
    BadRequest(String),
    #[error("the form was refused: {0}")]
    Csrf(csrf::Refusal),
    #[error("more than the {0} form fields that are accepted")]
    TooManyFields(usize),
    #[error(transparent)]
    Domain(#[from] domain::Error),
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error(transparent)]
    Rap(#[from] RapError),
    #[error("the page could not be rendered: {0}")]
    Render(String),
    #[error("work in the background broke off: {0}")]
    Background(#[from] tokio::task::JoinError),
    #[error("the server is busy: {0}")]
    Busy(String),
    #[error("the answer took longer than {0} seconds")]
    TimedOut(u64),
    #[error("the server is set up wrongly: {0}")]
    Misconfigured(&'static str),
    #[error("a handler panicked")]
    Panicked,
}

/// The kinds of error page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorPage {
    BadRequest,
    Csrf,
    Forbidden,
    NotFound,
    TooManyFields,
    ServerError,
    Unavailable,
}

impl Error {
    pub fn page(&self) -> ErrorPage {
        match self {
            Error::NotFound => ErrorPage::NotFound,
            Error::Forbidden | Error::SignInFirst { .. } => ErrorPage::Forbidden,
            Error::BadRequest(_) => ErrorPage::BadRequest,
            Error::Csrf(_) => ErrorPage::Csrf,
            Error::TooManyFields(_) => ErrorPage::TooManyFields,
            Error::Domain(domain::Error::Invalid(_)) => ErrorPage::BadRequest,
            // A text that the database cannot hold (a NUL byte, say) is the sender's mistake.
            Error::Domain(error) if unstorable(error) => ErrorPage::BadRequest,
            Error::Domain(domain::Error::Unavailable(_)) | Error::Busy(_) | Error::TimedOut(_) => {
                ErrorPage::Unavailable
            }
            Error::GitHub(_) | Error::Rap(_) => ErrorPage::Unavailable,
            Error::Domain(_)
            | Error::Render(_)
            | Error::Background(_)
            | Error::Misconfigured(_)
            | Error::Panicked => ErrorPage::ServerError,
        }
    }
}

/// Whether the database refused a value as not storable: SQLSTATE 22021 (character), 22003 (number out of range).
fn unstorable(error: &domain::Error) -> bool {
    match error {
        domain::Error::Statement(error) => {
            error.code().is_some_and(|state| matches!(state.code(), "22021" | "22003" | "22P05"))
        }
        _ => false,
    }
}

impl ErrorPage {
    pub fn status(self) -> StatusCode {
        match self {
            ErrorPage::BadRequest | ErrorPage::Csrf => StatusCode::BAD_REQUEST,
            ErrorPage::Forbidden => StatusCode::FORBIDDEN,
            ErrorPage::NotFound => StatusCode::NOT_FOUND,
            ErrorPage::TooManyFields => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorPage::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorPage::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl fmt::Display for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorPage::Csrf => f.write_str("CSRF"),
            page => write!(f, "{}", page.status().as_u16()),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Error::SignInFirst { .. } => StatusCode::FOUND,
            error => error.page().status(),
        }
    }

    /// A bare response that carries which page is wanted; the body is filled in by [`super::observe`].
    fn error_response(&self) -> HttpResponse {
        if let Error::SignInFirst { location } = self {
            return HttpResponse::Found().insert_header(("Location", location.as_str())).finish();
        }
        if matches!(self, Error::Panicked | Error::TimedOut(_)) {
            return HttpResponseBuilder::new(self.page().status())
                .content_type("text/html; charset=utf-8")
                .insert_header(("X-Content-Type-Options", "nosniff"))
                .insert_header((
                    "Content-Security-Policy",
                    "default-src 'none'; style-src 'self'; img-src 'self'",
                ))
                .body(STATIC_PAGE);
        }
        bare(self.page())
    }
}

/// For when nothing can be rendered any more.
pub const STATIC_PAGE: &str = include_str!("../../static/500.html");

/// An empty response that asks for an error page to be put into it.
pub fn bare(page: ErrorPage) -> HttpResponse {
    let mut response = HttpResponseBuilder::new(page.status()).finish();
    response.extensions_mut().insert(page);
    response
}
