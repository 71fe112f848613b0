//! What holds for every address of `/api/v2`: answers are JSON whatever else a client would like, say which methods the
//! address has and what they depend on, and a wrong method is refused as JSON. Which addresses and methods there are is
//! taken from the OpenAPI document.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{ACCEPT, ALLOW, HeaderMap, HeaderValue, VARY},
    },
    middleware::Next,
};
use serde_json::json;

use super::{error::ApiError, json, openapi};
use crate::{
    app,
    http::{cookies, visitor::Visitor},
};

/// Around every handler of the API.
pub async fn keep(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let pattern = request.resource_map().match_pattern(request.path());
    let Some(endpoint) = pattern.as_deref().and_then(openapi::endpoint) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let mut response = if !accepts_json(request.headers()) {
        let refusal = json!({"detail": "Could not satisfy the request Accept header."});
        request.into_response(json::answer(StatusCode::NOT_ACCEPTABLE, &refusal))
    } else if request.method() == Method::OPTIONS {
        request.into_response(HttpResponse::NoContent().finish())
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let refusal = ApiError::Method(response.request().method().to_string());
        response = response.into_response(refusal.error_response());
    }
    let request = response.request().clone();
    let headers = response.headers_mut();
    if let Ok(allow) = HeaderValue::from_str(&endpoint.allow) {
        headers.insert(ALLOW, allow);
    }
    let vary = if endpoint.knows_sessions { "Accept, Cookie" } else { "Accept" };
    headers.insert(VARY, HeaderValue::from_static(vary));
    keep_signed_in(&request, response.response_mut());
    Ok(response)
}

/// For addresses that the API does not have. None of them is redirected anywhere.
pub async fn unknown_address() -> HttpResponse {
    json::answer(StatusCode::NOT_FOUND, &json!({"detail": "Not found."}))
}

/// Whether JSON is among the media types that the client takes. Browsers that ask for HTML get JSON as well.
fn accepts_json(headers: &HeaderMap) -> bool {
    let mut wanted = headers
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        .filter(|range| !range.is_empty())
        .peekable();
    wanted.peek().is_none()
        || wanted.any(|range| {
            matches!(range.as_str(), "*/*" | "application/*" | "application/json" | "text/*" | "text/html")
        })
}

/// A session that was written anew while it was read sends its cookie once more.
fn keep_signed_in(request: &HttpRequest, response: &mut HttpResponse<BoxBody>) {
    let extensions = request.extensions();
    let renewed = extensions.get::<Visitor>().and_then(Visitor::renewed_key);
    let secure = app::of(request).is_some_and(|app| app.config.secure_cookies());
    let Some(key) = renewed else { return };
    if let Err(error) = response.add_cookie(&cookies::session(key.to_owned(), secure)) {
        tracing::error!(%error, "a cookie could not be set");
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderName;

    use super::*;

    #[test]
    fn json_is_given_to_all_who_could_take_it() {
        for (accept, accepted) in [
            ("application/json", true),
            ("application/json; indent=4", true),
            ("*/*", true),
            ("text/csv, */*;q=0.1", true),
            ("application/*", true),
            ("text/html,application/xhtml+xml", true),
            ("", true),
            ("application/xml", false),
            ("image/png, text/csv", false),
            ("json", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static("accept"), HeaderValue::from_static(accept));
            assert_eq!(accepts_json(&headers), accepted, "{accept:?}");
        }
        assert!(accepts_json(&HeaderMap::new()));
    }
}
