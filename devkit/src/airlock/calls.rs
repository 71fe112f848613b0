//! One call after another, each shown with its answer and the verdict on it.

use std::time::Duration;

use reqwest::{Body, Client, RequestBuilder, StatusCode, header::HeaderMap, redirect};
use serde_json::Value;

use super::files::File;
use crate::{Error, Result};

/// As long as Airlock is patient with its uploads.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// Of an answer, in characters.
const SHOWN: usize = 300;

pub struct Calls {
    http: Client,
    /// `https://…/api/v2`
    api: String,
    backend_token: String,
    /// How many answers came.
    pub made: usize,
    /// How many of them were not as they must be.
    pub wrong: usize,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Null if it is not JSON.
    pub json: Value,
    pub text: String,
}

/// What is wrong with an answer.
pub type Verdict = std::result::Result<(), String>;

impl Calls {
    pub fn new(server: &str, backend_token: &str) -> Result<Calls> {
        let http =
            Client::builder().timeout(TIME_LIMIT).no_proxy().redirect(redirect::Policy::none()).build();
        Ok(Calls {
            http: http.map_err(|error| Error::StandIn(error.to_string()))?,
            api: format!("{server}/api/v2"),
            backend_token: backend_token.to_owned(),
            made: 0,
            wrong: 0,
        })
    }

    /// Posts JSON. `os_user` is whom Airlock acts for, where it says so.
    pub async fn post(
        &mut self,
        what: &str,
        path: &str,
        os_user: Option<&str>,
        body: &Value,
        judge: impl FnOnce(&Answer) -> Verdict,
    ) -> Result<Answer> {
        println!("\n{what}\n  → POST /api/v2{path} {}", cut(&body.to_string()));
        let mut request =
            self.http.post(format!("{}{path}", self.api)).header("Accept", "application/json").json(body);
        if let Some(user) = os_user {
            request = request.header("OS-User", user);
        }
        self.send(request, judge).await
    }

    /// Sends one file; an empty one in chunks and without a length.
    pub async fn upload(
        &mut self,
        what: &str,
        path: &str,
        os_user: &str,
        file: &File,
        judge: impl FnOnce(&Answer) -> Verdict,
    ) -> Result<Answer> {
        let how = if file.bytes.is_empty() { "in chunks" } else { "with its length" };
        println!("\n{what}\n  → POST /api/v2{path} {} ({} bytes, {how})", file.name, file.bytes.len());
        let body = if file.bytes.is_empty() {
            let nothing: [std::result::Result<Vec<u8>, std::io::Error>; 0] = [];
            Body::wrap_stream(futures_util::stream::iter(nothing))
        } else {
            Body::from(file.bytes.clone())
        };
        let request = self
            .http
            .post(format!("{}{path}", self.api))
            .header("OS-User", os_user)
            .header("Content-Type", "application/octet-stream")
            .header("Content-Disposition", file.disposition())
            .body(body);
        self.send(request, judge).await
    }

    async fn send(
        &mut self,
        request: RequestBuilder,
        judge: impl FnOnce(&Answer) -> Verdict,
    ) -> Result<Answer> {
        self.made += 1;
        let request = request.header("Authorization", &self.backend_token);
        let unanswered = |error: reqwest::Error| {
            Error::StandIn(format!("{} gives no answer: {}", self.api, domain::error::chain(&error)))
        };
        let response = request.send().await.map_err(unanswered)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.map_err(unanswered)?;
        let answer = Answer { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text };
        println!("  ← {} {}", status.as_u16(), cut(&answer.text));
        match judge(&answer) {
            Ok(()) => println!("    right"),
            Err(reason) => {
                self.wrong += 1;
                println!("    WRONG: {reason}");
            }
        }
        Ok(answer)
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn must_be(&self, status: u16) -> Verdict {
        if self.status.as_u16() == status { Ok(()) } else { Err(format!("the status must be {status}")) }
    }
}

/// The beginning, on one line.
fn cut(text: &str) -> String {
    let mut line: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > SHOWN {
        line.push('…');
    }
    line
}
