//! What can go wrong in the JSON API, and the only place that decides what a client sees for it: `{"detail": …}` or an
//! object of fields, never HTML, and never 401, because clients read 403 as "invalid user or token".

use std::time::Duration;

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header::RETRY_AFTER},
};
use serde_json::{Value, json};

use super::json;
use crate::http::error::{Error, ErrorPage};

pub type ApiResult = Result<HttpResponse, ApiError>;

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("there is no {0} like that")]
    NotFound(&'static str),
    /// Who asks is not known, or may not.
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Bad(String),
    /// What is wrong with the body, in the shapes of [`super::json::Fields`].
    #[error("the body was refused: {0}")]
    Invalid(Value),
    #[error("{0}")]
    TooLarge(String),
    #[error("unsupported media type {0:?}")]
    MediaType(String),
    #[error("the method {0} is not allowed")]
    Method(String),
    #[error("{detail}")]
    Busy { retry_after: Duration, detail: String },
    #[error(transparent)]
    Inside(#[from] Error),
}

/// What those see who send no valid credentials, and those whose credentials do not allow it.
const NO_CREDENTIALS: &str = "Authentication credentials were not provided.";

impl ApiError {
    /// 404: there is no `model` (a name such as `Workspace`) like the one asked for.
    pub fn not_found(model: &'static str) -> ApiError {
        ApiError::NotFound(model)
    }

    /// 403 with this text.
    pub fn refused(detail: impl Into<String>) -> ApiError {
        ApiError::Refused(detail.into())
    }

    /// 403 without saying what was missing.
    pub fn no_credentials() -> ApiError {
        ApiError::refused(NO_CREDENTIALS)
    }

    /// 400 with this text.
    pub fn bad(detail: impl Into<String>) -> ApiError {
        ApiError::Bad(detail.into())
    }

    /// 400 with what is wrong, field by field.
    pub fn fields(problems: Value) -> ApiError {
        ApiError::Invalid(problems)
    }

    /// 413 with this text.
    pub fn too_large(detail: impl Into<String>) -> ApiError {
        ApiError::TooLarge(detail.into())
    }

    /// 503: try again after `retry_after`, which is rounded up to seconds.
    pub fn busy(retry_after: Duration, detail: impl Into<String>) -> ApiError {
        ApiError::Busy { retry_after, detail: detail.into() }
    }

    fn body(&self) -> Value {
        match self {
            ApiError::NotFound(model) => json!({"detail": format!("No {model} matches the given query.")}),
            ApiError::Invalid(problems) => problems.clone(),
            ApiError::Refused(detail) | ApiError::Bad(detail) | ApiError::TooLarge(detail) => {
                json!({"detail": detail})
            }
            ApiError::MediaType(name) => {
                json!({"detail": format!("Unsupported media type \"{name}\" in request.")})
            }
            ApiError::Method(name) => json!({"detail": format!("Method \"{name}\" not allowed.")}),
            ApiError::Busy { detail, .. } => json!({"detail": detail}),
            ApiError::Inside(error) => json!({"detail": inside(error)}),
        }
    }
}

/// What a client is told about a failure of ours; the details are for the log.
fn inside(error: &Error) -> String {
    match (error.page(), error) {
        (_, Error::Domain(domain::Error::Invalid(reason)) | Error::BadRequest(reason)) => reason.clone(),
        (_, Error::Csrf(_) | Error::TooManyFields(_)) => error.to_string(),
        (ErrorPage::BadRequest | ErrorPage::Csrf | ErrorPage::TooManyFields, _) => {
            "The request holds something that cannot be stored.".to_owned()
        }
        (ErrorPage::NotFound, _) => "Not found.".to_owned(),
        (ErrorPage::Forbidden, _) => "You do not have permission to perform this action.".to_owned(),
        (ErrorPage::Unavailable, _) => {
            "A part of the service does not answer at the moment. Try again later.".to_owned()
        }
        (ErrorPage::ServerError, _) => "Something went wrong on our side. It has been recorded.".to_owned(),
    }
}

impl From<domain::Error> for ApiError {
    fn from(error: domain::Error) -> ApiError {
        ApiError::Inside(Error::Domain(error))
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            ApiError::NotFound(_) => StatusCode::NOT_FOUND,
            ApiError::Refused(_) => StatusCode::FORBIDDEN,
            ApiError::Bad(_) | ApiError::Invalid(_) => StatusCode::BAD_REQUEST,
            ApiError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ApiError::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::Inside(error) => error.page().status(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        if status.is_server_error() {
            tracing::error!(error = %self, "an API request failed");
        } else if status == StatusCode::BAD_REQUEST {
            tracing::info!(error = %self, "an API request was refused");
        }
        let mut response = HttpResponseBuilder::new(status);
        let wait = match self {
            ApiError::Busy { retry_after, .. } => Some(retry_after.as_secs_f64().ceil() as u64),
            _ if status == StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_AFTER_OUTAGE),
            _ => None,
        };
        if let Some(seconds) = wait {
            response.insert_header((RETRY_AFTER, seconds));
        }
        json::write(response, &self.body())
    }
}

/// When to come back while a part of the service is away, in seconds.
const RETRY_AFTER_OUTAGE: u64 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ever_401() {
        for error in [ApiError::no_credentials(), ApiError::refused("Invalid token")] {
            assert_eq!(error.status_code(), 403);
        }
    }

    #[test]
    fn an_outage_says_when_to_come_back() {
        let outage = domain::Error::Unavailable("gone".into());
        let response = ApiError::from(outage).error_response();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(RETRY_AFTER));
    }
}
