//! Client of the RAP API, by which a controller is told to create or cancel jobs and asked how they are.
//!
//! It knows the wire format and nothing of job requests: what an answer means for one is decided by the caller. The
//! published OpenAPI document is followed except where the controller itself behaves otherwise: the `Authorization`
//! header is the bare token, `rap/status/` is a POST, `analysis_scope` must not be null. Only `backend/status/` is
//! ever repeated; a POST is not, since the caller must know how often it was sent.

mod backends;
mod create;
mod lenient;
mod status;

use std::{sync::Arc, time::Duration};

use reqwest::{Client, Method, header};
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

pub use backends::BackendStatus;
pub use create::{CreateRequest, Created};
pub use status::{ReportedJob, StatusAnswer};

use crate::{
    Secret, SetupError,
    http::{self, BaseUrl, Redirects, Reply, SMALL_ANSWER},
    retry::Retry,
};

/// About 90,000 jobs.
const STATUS_ANSWER: usize = 64 * 1024 * 1024;

const SERVICE: &str = "RAP API";

/// Where the controller is and how long it may take.
pub struct RapSettings {
    pub base_url: Url,
    pub token: Secret,
    pub connect_timeout: Duration,
    /// Total time of every call but create.
    pub timeout: Duration,
    /// Total time of create, for which the controller talks to git.
    pub create_timeout: Duration,
}

impl RapSettings {
    /// 5 seconds to connect, 30 in all, 45 for create (a web request may take 50).
    pub fn new(base_url: Url, token: Secret) -> Self {
        RapSettings {
            base_url,
            token,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            create_timeout: Duration::from_secs(45),
        }
    }
}

/// Why a call has no usable answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RapError {
    /// The address or the token is not configured; no request was made.
    #[error("the RAP API is not configured: RAP_API_BASE_URL and RAP_API_TOKEN are both needed")]
    NotConfigured,
    /// No answer, or only a part of one. Whether the controller did what was asked is unknown.
    #[error("the RAP API gave no answer: {0}")]
    Request(String),
    /// An answer with a status other than success.
    #[error("the RAP API answered {status}{}", explain(details.as_deref(), *json))]
    Response {
        status: u16,
        /// The controller's own reason, if the body is a JSON object with a text `details`.
        details: Option<String>,
        /// Whether the body is JSON at all.
        json: bool,
        /// The beginning of the body.
        body: String,
    },
    /// An answer with a status of success, whose body is not what it should be.
    #[error("the RAP API's answer cannot be used: {0}")]
    Malformed(String),
}

fn explain(details: Option<&str>, json: bool) -> String {
    match details {
        Some(details) => format!(": {details}"),
        None if json => " without saying why".to_owned(),
        None => " with something that is not JSON".to_owned(),
    }
}

impl RapError {
    fn not_as_agreed(error: &serde_json::Error) -> Self {
        RapError::Malformed(format!("it is not the JSON agreed on ({error})"))
    }

    /// Whether the same call may succeed in a moment without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            RapError::Request(_) => true,
            RapError::Response { status, .. } => http::is_passing(*status),
            RapError::NotConfigured | RapError::Malformed(_) => false,
        }
    }
}

/// Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct RapClient(Option<Arc<Configured>>);

struct Configured {
    http: Client,
    base_url: BaseUrl,
    token: Secret,
    authorization: header::HeaderValue,
    timeout: Duration,
    create_timeout: Duration,
    retry: Retry,
}

impl RapClient {
    /// Without settings every call is [`RapError::NotConfigured`].
    pub fn new(settings: Option<RapSettings>) -> Result<Self, SetupError> {
        let Some(settings) = settings.filter(|settings| !settings.token.is_empty()) else {
            return Ok(RapClient(None));
        };
        Ok(RapClient(Some(Arc::new(Configured {
            http: http::client(settings.connect_timeout, settings.timeout, Redirects::Refuse)?,
            base_url: BaseUrl::new(SERVICE, &settings.base_url)?,
            authorization: http::sensitive_header(SERVICE, settings.token.expose())?,
            token: settings.token,
            timeout: settings.timeout,
            create_timeout: settings.create_timeout,
            retry: Retry::new(Duration::from_millis(250), Duration::from_secs(2))
                .attempts(3, settings.timeout),
        }))))
    }

    pub fn is_configured(&self) -> bool {
        self.0.is_some()
    }

    /// The state of every backend that our token may see, in the controller's order. An element that makes no sense
    /// is left out with a warning, so that the others are still served.
    pub async fn backend_status(&self) -> Result<Vec<BackendStatus>, RapError> {
        let rap = self.configured()?;
        let call = || async {
            let reply = rap.call(Call::get("backend/status/")).await?;
            rap.accept(reply, &[200])
        };
        backends::parse(&rap.retry.run(call, RapError::is_transient).await?)
    }

    /// Asks for jobs. Safe to send again by the caller: the controller recognises a RAP id it already has.
    pub async fn create(&self, request: &CreateRequest) -> Result<Created, RapError> {
        let rap = self.configured()?;
        let mut call = Call::post("rap/create/", &create::Body::from(request))?;
        call.timeout = Some(rap.create_timeout);
        let reply = rap.call(call).await?;
        create::parse(&rap.accept(reply, &[200, 201])?)
    }

    /// Asks to cancel these actions: all of them, or none if one has no job. Returns the answer as it came.
    pub async fn cancel(&self, rap_id: &str, actions: &[String]) -> Result<Value, RapError> {
        let rap = self.configured()?;
        let reply =
            rap.call(Call::post("rap/cancel/", &json!({"rap_id": rap_id, "actions": actions}))?).await?;
        let body = rap.accept(reply, &[200])?;
        serde_json::from_slice(&body).map_err(|error| RapError::not_as_agreed(&error))
    }

    /// All jobs of these RAPs. The list may be empty (the controller counts these calls); one id that is not 16
    /// characters of `a-z0-9` makes the controller refuse the whole call.
    pub async fn status(&self, rap_ids: &[String]) -> Result<StatusAnswer, RapError> {
        let rap = self.configured()?;
        let mut call = Call::post("rap/status/", &json!({"rap_ids": rap_ids}))?;
        call.limit = STATUS_ANSWER;
        let reply = rap.call(call).await?;
        status::parse(&rap.accept(reply, &[200])?)
    }

    fn configured(&self) -> Result<&Configured, RapError> {
        self.0.as_deref().ok_or(RapError::NotConfigured)
    }
}

struct Call {
    method: Method,
    path: &'static str,
    body: Option<Vec<u8>>,
    /// In place of the client's own.
    timeout: Option<Duration>,
    limit: usize,
}

impl Call {
    fn get(path: &'static str) -> Self {
        Call { method: Method::GET, path, body: None, timeout: None, limit: SMALL_ANSWER }
    }

    fn post(path: &'static str, body: &impl Serialize) -> Result<Self, RapError> {
        let body = serde_json::to_vec(body).map_err(|error| RapError::Request(error.to_string()))?;
        Ok(Call { method: Method::POST, path, body: Some(body), timeout: None, limit: SMALL_ANSWER })
    }
}

impl Configured {
    async fn call(&self, call: Call) -> Result<Reply, RapError> {
        let mut request = self
            .http
            .request(call.method.clone(), self.base_url.at(call.path))
            .header(header::AUTHORIZATION, self.authorization.clone())
            .timeout(call.timeout.unwrap_or(self.timeout));
        if let Some(body) = call.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        let reply =
            http::send(request, call.limit).await.map_err(|failure| RapError::Request(failure.cause))?;
        tracing::info!(
            request_method = call.method.as_str(),
            endpoint_path = call.path,
            status = reply.status.as_u16(),
            "the RAP API answered"
        );
        Ok(reply)
    }

    /// The body, if the status is one of success and the body is complete.
    fn accept(&self, reply: Reply, successes: &[u16]) -> Result<Vec<u8>, RapError> {
        let status = reply.status.as_u16();
        if !successes.contains(&status) {
            let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
            let details = body.as_ref().and_then(|body| body.get("details")?.as_str());
            return Err(RapError::Response {
                status,
                details: details.map(|details| lenient::storable(self.token.scrub(details))),
                json: body.is_some(),
                body: reply.excerpt(Some(&self.token)),
            });
        }
        if reply.is_cut {
            return Err(RapError::Malformed(format!("it is longer than {} bytes", reply.body.len())));
        }
        Ok(reply.body)
    }
}
