//! OpenCodelists: are the codelists of a repository those that are published there?

use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use url::Url;

use crate::{
    SetupError,
    http::{self, BaseUrl, Redirects, SMALL_ANSWER},
};

/// Why there is no verdict.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenCodelistsError {
    #[error("OpenCodelists could not be reached: {0}")]
    Request(String),
    #[error("OpenCodelists answered {0}")]
    Response(String),
    #[error("the answer of OpenCodelists cannot be used: {0}")]
    Malformed(String),
}

/// Where OpenCodelists' API is, and the time one check may take in all.
pub struct OpenCodelistsSettings {
    pub api_url: Url,
    pub timeout: Duration,
}

impl OpenCodelistsSettings {
    /// 15 seconds.
    pub fn new(api_url: Url) -> Self {
        OpenCodelistsSettings { api_url, timeout: Duration::from_secs(15) }
    }
}

#[derive(Clone)]
pub struct OpenCodelists {
    http: Client,
    api_url: BaseUrl,
}

impl OpenCodelists {
    pub fn new(settings: OpenCodelistsSettings) -> Result<Self, SetupError> {
        Ok(OpenCodelists {
            http: http::client(Duration::from_secs(5), settings.timeout, Redirects::Refuse)?,
            api_url: BaseUrl::new("OpenCodelists", &settings.api_url)?,
        })
    }

    /// The verdict on the texts of `codelists.txt` and `codelists.json`. Only `ok` is good.
    pub async fn check(
        &self,
        codelists_txt: &str,
        codelists_json: &str,
    ) -> Result<String, OpenCodelistsError> {
        let request = self
            .http
            .post(self.api_url.at("check/"))
            .form(&[("codelists", codelists_txt), ("manifest", codelists_json)]);
        let reply = http::send(request, SMALL_ANSWER)
            .await
            .map_err(|failure| OpenCodelistsError::Request(failure.cause))?;
        if !reply.status.is_success() {
            return Err(OpenCodelistsError::Response(reply.status_text()));
        }
        let answer: Value = serde_json::from_slice(&reply.body)
            .map_err(|error| OpenCodelistsError::Malformed(format!("it is not JSON ({error})")))?;
        let status = answer.get("status").and_then(Value::as_str);
        status
            .map(str::to_owned)
            .ok_or_else(|| OpenCodelistsError::Malformed("it holds no `status`".to_owned()))
    }
}
