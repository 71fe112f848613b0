//! Security headers, on every response of every kind.

use actix_web::{
    HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};

use super::observe::RequestFacts;
use crate::{app, config::Config};

const FIXED: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-frame-options", "SAMEORIGIN"),
    ("x-xss-protection", "1; mode=block"),
    ("permissions-policy", "interest-cohort=(), browsing-topics=()"),
];

pub async fn secure(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(request).await?;
    let http_request = response.request().clone();
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        add(headers, name, value);
    }
    let is_api = http_request.path().split('/').nth(1) == Some("api");
    if !is_api
        && let Some(app) = app::of(&http_request)
        && let Some(facts) = http_request.extensions().get::<RequestFacts>()
    {
        add(headers, "content-security-policy", &content_security_policy(&app.config, &facts.nonce));
    }
    Ok(response)
}

fn add(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>())
        && !headers.contains_key(&name)
    {
        headers.insert(name, value);
    }
}

/// What a page may load: our own files, and inline scripts that carry this response's nonce. Frames show released files,
/// which come with a policy of their own that gives them another origin.
pub fn content_security_policy(config: &Config, nonce: &str) -> String {
    let plausible = if config.web.plausible_domain.is_some() { " https://plausible.io" } else { "" };
    let report =
        config.web.csp_report_uri.as_ref().map(|uri| format!("; report-uri {uri}")).unwrap_or_default();
    format!(
        "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self' {github}; \
         manifest-src 'self'; font-src 'self' data:; style-src 'self'; style-src-elem 'self'; \
         script-src 'self'{plausible} 'nonce-{nonce}'; script-src-elem 'self'{plausible} 'nonce-{nonce}'; \
         frame-src 'self'; connect-src 'self'{plausible} https://sentry.io https://*.ingest.sentry.io/; \
         img-src 'self' blob: data: https://github.com https://avatars.githubusercontent.com{report}",
        github = config.github.url.origin().ascii_serialization(),
    )
}
