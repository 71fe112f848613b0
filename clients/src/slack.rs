//! Slack: posting a message to a channel with `chat.postMessage`. What it says is the caller's, in Slack's mrkdwn.

use std::time::Duration;

use reqwest::{Client, header};
use serde_json::{Value, json};
use url::Url;

use crate::{
    Secret, SetupError, dry_run,
    http::{self, BaseUrl, Redirects, Reply, SMALL_ANSWER},
};

const SERVICE: &str = "Slack";

/// Slack says how long to wait in a header; when it does not, a minute is what its limits are counted in.
const USUAL_PAUSE: Duration = Duration::from_secs(60);

/// No limit of Slack's lasts as long as this; who believed a longer one would never post again.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// Refusals that are not about the message: some pass by themselves, the others are put right by an operator.
const PASSING: [&str; 11] = [
    "internal_error",
    "fatal_error",
    "request_timeout",
    "service_unavailable",
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_expired",
    "token_revoked",
    "missing_scope",
    "org_login_required",
];

pub struct SlackSettings {
    pub api_url: Url,
    pub token: Option<Secret>,
    /// Total time of one post.
    pub timeout: Duration,
    /// Print messages instead of sending them.
    pub dry_run: bool,
}

impl SlackSettings {
    /// 30 seconds; messages are sent.
    pub fn new(api_url: Url, token: Option<Secret>) -> Self {
        SlackSettings { api_url, token, timeout: Duration::from_secs(30), dry_run: false }
    }
}

/// Why a message was not posted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SlackError {
    #[error("Slack is not configured: SLACK_BOT_TOKEN is needed")]
    NotConfigured,
    #[error("Slack could not be reached: {0}")]
    Request(String),
    #[error("Slack takes no more messages from us for {} seconds", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    /// Slack's own word for the reason, such as `channel_not_found`.
    #[error("Slack refused the message: {0}")]
    Refused(String),
    #[error("Slack answered {0}")]
    Response(String),
    #[error("Slack's answer cannot be used: {0}")]
    Malformed(String),
}

impl SlackError {
    /// Whether sending the same message again is pointless.
    pub fn is_permanent(&self) -> bool {
        match self {
            SlackError::NotConfigured => true,
            SlackError::Refused(reason) => !PASSING.contains(&reason.as_str()),
            _ => false,
        }
    }
}

/// Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Slack {
    http: Client,
    api_url: BaseUrl,
    authorization: Option<header::HeaderValue>,
    dry_run: bool,
}

impl Slack {
    pub fn new(settings: SlackSettings) -> Result<Self, SetupError> {
        let token = settings.token.filter(|token| !token.is_empty());
        let bearer = |token: Secret| http::sensitive_header(SERVICE, &format!("Bearer {}", token.expose()));
        Ok(Slack {
            http: http::client(Duration::from_secs(5), settings.timeout, Redirects::Refuse)?,
            api_url: BaseUrl::new(SERVICE, &settings.api_url)?,
            authorization: token.map(bearer).transpose()?,
            dry_run: settings.dry_run,
        })
    }

    /// Whether a post can do anything: a token is there, or messages are only printed.
    pub fn is_configured(&self) -> bool {
        self.dry_run || self.authorization.is_some()
    }

    /// Posts `text` to the channel of this name. Never repeated by this client.
    pub async fn post(&self, channel: &str, text: &str) -> Result<(), SlackError> {
        if self.dry_run {
            dry_run::print(&format!("\nChannel: {channel}\nMessage:\n{text}\n"));
            return Ok(());
        }
        let authorization = self.authorization.clone().ok_or(SlackError::NotConfigured)?;
        let body = json!({"channel": channel, "text": text}).to_string();
        let request = self
            .http
            .post(self.api_url.at("chat.postMessage"))
            .header(header::AUTHORIZATION, authorization)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(body);
        let reply =
            http::send(request, SMALL_ANSWER).await.map_err(|failure| SlackError::Request(failure.cause))?;
        verdict(&reply)
    }
}

/// Slack says whether it worked in the body; the status is 200 for most refusals too.
fn verdict(reply: &Reply) -> Result<(), SlackError> {
    let told = reply.header("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    let limited = SlackError::RateLimited { retry_after: told.unwrap_or(USUAL_PAUSE).min(LONGEST_PAUSE) };
    if reply.status.as_u16() == 429 {
        return Err(limited);
    }
    if !reply.status.is_success() {
        return Err(SlackError::Response(reply.status_text()));
    }
    let answer: Value = serde_json::from_slice(&reply.body)
        .map_err(|error| SlackError::Malformed(format!("it is not JSON ({error})")))?;
    match (answer.get("ok"), answer.get("error").and_then(Value::as_str)) {
        (Some(Value::Bool(true)), _) => Ok(()),
        (_, Some("ratelimited" | "rate_limited")) => Err(limited),
        (_, Some(reason)) => Err(SlackError::Refused(reason.to_owned())),
        (_, None) => Err(SlackError::Malformed("it says neither `ok` nor an error".to_owned())),
    }
}
