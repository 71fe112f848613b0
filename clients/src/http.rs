//! What all HTTP clients here share: how a client is built, how an address is put together, how an answer is read
//! within a limit, and how a failure is put into words without the address (which may hold a secret).

use std::{error::Error as _, time::Duration};

use reqwest::{
    Client, RequestBuilder, StatusCode,
    header::{HeaderMap, HeaderValue},
    redirect::Policy,
};
use url::Url;

use crate::Secret;

/// The services outside know us by this name.
pub const USER_AGENT: &str = "OpenSAFELY Jobs";

/// Enough for any answer that is not a list of jobs or a file.
pub(crate) const SMALL_ANSWER: usize = 1024 * 1024;

/// How much of an unexpected body an error carries, in characters.
const EXCERPT: usize = 2000;

/// Why a client cannot be made from its settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the {service} address {problem}")]
    Address { service: &'static str, problem: &'static str },
    #[error("the {service} token holds characters that an HTTP header cannot carry")]
    Token { service: &'static str },
    #[error("the HTTP client cannot be set up (are CA certificates installed?): {0}")]
    Client(String),
    #[error("{0}")]
    Mail(String),
    #[error("the release storage cannot be used: {0}")]
    Storage(String),
}

/// An http(s) address that other addresses are resolved against; its path ends in exactly one slash.
#[derive(Debug, Clone)]
pub(crate) struct BaseUrl(Url);

impl BaseUrl {
    pub fn new(service: &'static str, url: &Url) -> Result<Self, SetupError> {
        let refuse = |problem| Err(SetupError::Address { service, problem });
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return refuse("must start with http:// or https:// and a host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("must not hold a user name or password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("must not hold `?` or `#`");
        }
        let mut url = url.clone();
        let path = format!("{}/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(BaseUrl(url))
    }

    /// The address of `path`, which has no leading slash and whose parts are already percent-encoded.
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path()));
        url
    }
}

/// Whether a client goes where a redirect points. Only for clients that never POST: following would turn a POST into
/// a GET.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Redirects {
    Refuse,
    FollowFew,
}

pub(crate) fn client(connect: Duration, total: Duration, redirects: Redirects) -> Result<Client, SetupError> {
    let redirects = match redirects {
        Redirects::Refuse => Policy::none(),
        Redirects::FollowFew => Policy::limited(3),
    };
    Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(connect)
        .timeout(total)
        .redirect(redirects)
        .referer(false)
        .build()
        .map_err(|error| SetupError::Client(Failure::from(error).cause))
}

/// A header value that logs and `Debug` do not show.
pub(crate) fn sensitive_header(service: &'static str, value: &str) -> Result<HeaderValue, SetupError> {
    let mut header = HeaderValue::from_str(value).map_err(|_| SetupError::Token { service })?;
    header.set_sensitive(true);
    Ok(header)
}

/// A complete answer, except that a body beyond the limit is cut there.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub is_cut: bool,
}

impl Reply {
    /// The beginning of the body as text, for an error, without `secret`.
    pub fn excerpt(&self, secret: Option<&Secret>) -> String {
        let bytes = &self.body[..self.body.len().min(EXCERPT * 4)];
        let text = String::from_utf8_lossy(bytes);
        let text = secret.map_or_else(|| text.to_string(), |secret| secret.scrub(&text));
        text.chars().take(EXCERPT).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The status with its usual name, such as `502 Bad Gateway`.
    pub fn status_text(&self) -> String {
        self.status.to_string()
    }
}

/// No answer, or not all of it.
#[derive(Debug)]
pub(crate) struct Failure {
    /// A phrase that fits after a colon.
    pub cause: String,
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let what = match (error.is_connect(), error.is_timeout()) {
            (true, true) => return Failure { cause: "no connection within the time limit".to_owned() },
            (false, true) => return Failure { cause: "no complete answer within the time limit".to_owned() },
            (true, false) => "no connection",
            (false, false) if error.is_body() || error.is_decode() => "the answer broke off",
            (false, false) => "the request failed",
        };
        let mut deepest = error.source();
        while let Some(next) = deepest.and_then(|cause| cause.source()) {
            deepest = Some(next);
        }
        let cause = deepest.map_or_else(|| error.to_string(), ToString::to_string);
        Failure { cause: format!("{what} ({cause})") }
    }
}

/// Sends, and reads at most `limit` bytes of the answer.
pub(crate) async fn send(request: RequestBuilder, limit: usize) -> Result<Reply, Failure> {
    let mut response = request.send().await?;
    let mut body = Vec::new();
    let mut is_cut = false;
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        is_cut = chunk.len() > room;
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if is_cut {
            break;
        }
    }
    Ok(Reply { status: response.status(), headers: response.headers().clone(), body, is_cut })
}

/// Answers of a proxy in front of a service that is away for a moment.
pub(crate) fn is_passing(status: u16) -> bool {
    matches!(status, 502..=504)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<BaseUrl, SetupError> {
        BaseUrl::new("test", &Url::parse(text).unwrap())
    }

    #[test]
    fn a_base_address_ends_in_exactly_one_slash() {
        for given in [
            "https://c.example/controller/v1",
            "https://c.example/controller/v1/",
            "https://c.example/controller/v1///",
        ] {
            assert_eq!(
                base(given).unwrap().at("rap/create/").as_str(),
                "https://c.example/controller/v1/rap/create/"
            );
        }
        assert_eq!(base("http://c.example").unwrap().at("x").as_str(), "http://c.example/x");
    }

    #[test]
    fn an_address_that_cannot_be_a_base_is_refused_without_being_repeated() {
        for given in [
            "ftp://c.example/",
            "https://user:hunter2@c.example/",
            "https://c.example/?a=hunter2",
            "mailto:hunter2@x",
        ] {
            let text = base(given).unwrap_err().to_string();
            assert!(text.starts_with("the test address must"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
