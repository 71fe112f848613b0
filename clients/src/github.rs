//! GitHub: repositories, branches and files over REST, lists of repositories over GraphQL, issues, and sign-in.
//!
//! Every part of a path goes out percent-encoded as one segment. Reads are repeated a few times when the network or a
//! proxy fails, writes never. A 404 is an absence where absence is an answer, and an error elsewhere.

mod graphql;
mod issues;
pub mod oauth;
mod organisation;
mod rest;

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Client, RequestBuilder,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

pub use graphql::RepositoryWithBranches;
pub use issues::{FoundIssue, Issue, IssueChange, IssueComment, IssueOrder, IssueState, NewIssue};
pub use organisation::ListedRepository;
pub use rest::{Commit, Repository};

use crate::{
    Secret, SetupError,
    http::{self, BaseUrl, Redirects, Reply},
    retry::Retry,
};

/// Also the largest file that is read.
const ANSWER: usize = 8 * 1024 * 1024;

/// All that RFC 3986 does not call unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const JSON: &str = "application/vnd.github.v3+json";
const RAW: &str = "application/vnd.github.3.raw";

const SERVICE: &str = "GitHub API";

/// GitHub's limits are counted by the hour; who believed a longer pause would never ask again.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// Where GitHub's API is and who we are there.
pub struct GitHubSettings {
    pub api_url: Url,
    /// Without it requests go out unauthenticated, and GraphQL calls fail.
    pub token: Option<Secret>,
    pub connect_timeout: Duration,
    /// Total time of one call.
    pub timeout: Duration,
    /// Print what would change something at GitHub instead of sending it. Reads go out.
    pub dry_run: bool,
}

impl GitHubSettings {
    /// 5 seconds to connect, 10 in all; changes are sent.
    pub fn new(api_url: Url, token: Option<Secret>) -> Self {
        GitHubSettings {
            api_url,
            token,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            dry_run: false,
        }
    }
}

/// Why a call to GitHub gave nothing usable. `purpose` completes "to …", such as "read project.yaml of org/repo".
#[derive(Debug, Clone, thiserror::Error)]
pub enum GitHubError {
    #[error("GitHub could not be reached to {purpose}: {cause}")]
    Request { purpose: String, cause: String },
    /// `message` is GitHub's own, or the name of the status; never empty.
    #[error("GitHub answered {status} when asked to {purpose}: {message}")]
    Response { purpose: String, status: u16, message: String },
    #[error("GitHub takes no more requests from us for {} seconds: {message}", retry_after.as_secs())]
    RateLimited { retry_after: Duration, message: String },
    #[error("GitHub's answer cannot be used to {purpose}: {reason}")]
    Malformed { purpose: String, reason: String },
    #[error("`{0}` cannot be a name at GitHub")]
    BadName(String),
}

impl GitHubError {
    /// Whether the same call may succeed in a moment. Being rate limited is not that: it says when.
    pub fn is_transient(&self) -> bool {
        match self {
            GitHubError::Request { .. } => true,
            GitHubError::Response { status, .. } => http::is_passing(*status),
            _ => false,
        }
    }
}

/// Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct GitHub(Arc<Inner>);

struct Inner {
    /// Follows redirects: a renamed repository is still found.
    reads: Client,
    writes: Client,
    api_url: BaseUrl,
    token: Option<Secret>,
    authorization: Option<HeaderValue>,
    retry: Retry,
    dry_run: bool,
}

impl GitHub {
    pub fn new(settings: GitHubSettings) -> Result<Self, SetupError> {
        let token = settings.token.filter(|token| !token.is_empty());
        let client = |redirects| http::client(settings.connect_timeout, settings.timeout, redirects);
        Ok(GitHub(Arc::new(Inner {
            reads: client(Redirects::FollowFew)?,
            writes: client(Redirects::Refuse)?,
            api_url: BaseUrl::new(SERVICE, &settings.api_url)?,
            authorization: token
                .as_ref()
                .map(|token| http::sensitive_header(SERVICE, &format!("bearer {}", token.expose())))
                .transpose()?,
            token,
            retry: Retry::new(Duration::from_millis(200), Duration::from_secs(2))
                .attempts(3, settings.timeout),
            dry_run: settings.dry_run,
        })))
    }

    /// The answer to a GET, whatever its status.
    async fn get(
        &self,
        purpose: &str,
        path: &[&str],
        query: &[(&str, &str)],
        accept: &'static str,
    ) -> Result<Reply, GitHubError> {
        let mut url = self.0.api_url.at(&joined(path)?);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let call = || async {
            let request = self.0.reads.get(url.clone()).header(ACCEPT, accept);
            let reply = self.send(purpose, request).await?;
            if http::is_passing(reply.status.as_u16()) {
                Err(self.refusal(purpose, &reply))
            } else {
                Ok(reply)
            }
        };
        self.0.retry.run(call, GitHubError::is_transient).await
    }

    /// The JSON that a GET answers, `None` if that is 404.
    async fn get_json<T: DeserializeOwned>(
        &self,
        purpose: &str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<T>, GitHubError> {
        let reply = self.get(purpose, path, query, JSON).await?;
        if reply.status.as_u16() == 404 { Ok(None) } else { self.json(purpose, &reply).map(Some) }
    }

    async fn post_json<T: DeserializeOwned>(
        &self,
        purpose: &str,
        path: &[&str],
        body: &Value,
    ) -> Result<T, GitHubError> {
        let url = self.0.api_url.at(&joined(path)?);
        let request = self.0.writes.post(url).header(ACCEPT, JSON).json(body);
        self.json(purpose, &self.send(purpose, request).await?)
    }

    async fn send(&self, purpose: &str, request: RequestBuilder) -> Result<Reply, GitHubError> {
        let request = match &self.0.authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization.clone()),
            None => request,
        };
        http::send(request, ANSWER)
            .await
            .map_err(|failure| GitHubError::Request { purpose: purpose.to_owned(), cause: failure.cause })
    }

    fn json<T: DeserializeOwned>(&self, purpose: &str, reply: &Reply) -> Result<T, GitHubError> {
        let body = self.accept(purpose, reply)?;
        serde_json::from_slice(body)
            .map_err(|error| malformed(purpose, format!("not the JSON expected ({error})")))
    }

    /// The whole body of a 2xx answer.
    fn accept<'a>(&self, purpose: &str, reply: &'a Reply) -> Result<&'a [u8], GitHubError> {
        if !reply.status.is_success() {
            return Err(self.refusal(purpose, reply));
        }
        if reply.is_cut {
            return Err(malformed(purpose, format!("it is larger than {} MiB", ANSWER / 1024 / 1024)));
        }
        Ok(&reply.body)
    }

    fn refusal(&self, purpose: &str, reply: &Reply) -> GitHubError {
        let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
        let message =
            body.as_ref().and_then(|body| body.get("message")?.as_str()).filter(|text| !text.is_empty());
        let message = message.map_or_else(|| reply.status_text(), str::to_owned);
        let message = self.0.token.as_ref().map_or_else(|| message.clone(), |token| token.scrub(&message));
        match pause(reply, &message) {
            Some(retry_after) => GitHubError::RateLimited { retry_after, message },
            None => {
                GitHubError::Response { purpose: purpose.to_owned(), status: reply.status.as_u16(), message }
            }
        }
    }
}

fn malformed(purpose: &str, reason: impl fmt::Display) -> GitHubError {
    GitHubError::Malformed { purpose: purpose.to_owned(), reason: reason.to_string() }
}

/// A path of segments, each percent-encoded. A dot segment would be resolved away and ask for something else.
fn joined(segments: &[&str]) -> Result<String, GitHubError> {
    let mut path = String::new();
    for segment in segments {
        if matches!(*segment, "" | "." | "..") {
            return Err(GitHubError::BadName((*segment).to_owned()));
        }
        if !path.is_empty() {
            path.push('/');
        }
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    Ok(path)
}

/// How long GitHub wants us to be silent, if that is why it refused: 429, or 403 with one of the two headers, or with
/// a message about the secondary limit, which comes with neither and asks for at least a minute.
fn pause(reply: &Reply, message: &str) -> Option<Duration> {
    let status = reply.status.as_u16();
    let seconds = |name| reply.header(name)?.parse::<u64>().ok();
    let retry_after = seconds("retry-after");
    let used_up = reply.header("x-ratelimit-remaining") == Some("0");
    let is_limit = retry_after.is_some() || used_up || message.to_ascii_lowercase().contains("rate limit");
    if status != 429 && !(status == 403 && is_limit) {
        return None;
    }
    let until_reset = || {
        let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        seconds("x-ratelimit-reset")
            .filter(|_| used_up || status == 429)
            .map(|reset| reset.saturating_sub(now).max(1))
    };
    Some(Duration::from_secs(retry_after.or_else(until_reset).unwrap_or(60)).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_path_is_one_segment() {
        let path = joined(&["repos", "org", "repo", "branches", "feature/x y#1?é"]).unwrap();
        assert_eq!(path, "repos/org/repo/branches/feature%2Fx%20y%231%3F%C3%A9");
    }

    #[test]
    fn a_dot_segment_is_no_name() {
        for name in ["", ".", ".."] {
            assert!(matches!(joined(&["repos", "org", name]), Err(GitHubError::BadName(_))));
        }
    }
}
