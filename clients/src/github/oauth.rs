//! Signing in with GitHub: the OAuth 2.0 authorisation code flow (RFC 6749) with a state and PKCE (RFC 7636).
//!
//! This says where to send the browser and turns what comes back into facts about a person. Who that person is here is
//! not its concern. The access token is used for these facts and not kept.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rand::{RngExt, distr::Alphanumeric};
use reqwest::{
    Client,
    header::{ACCEPT, AUTHORIZATION},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;

use crate::{
    Secret, SetupError,
    http::{self, BaseUrl, Failure, Redirects, Reply, SMALL_ANSWER},
};

const SCOPE: &str = "user:email";

/// What would end a query value or change its meaning. Colons and slashes stay readable, as GitHub itself writes them.
const QUERY_VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'=');

/// Where GitHub is and which OAuth application we are.
pub struct OAuthSettings {
    /// Where people sign in.
    pub site_url: Url,
    pub api_url: Url,
    pub client_id: String,
    pub client_secret: Secret,
}

/// Why a sign-in stops.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OAuthError {
    /// GitHub refused the request itself (400).
    #[error("GitHub cancelled the sign-in: {0}")]
    Cancelled(String),
    /// GitHub took the code for invalid, or a similar reason of its own.
    #[error("GitHub refused the sign-in: {description}")]
    Failed { code: String, description: String },
    #[error("GitHub did not let us ask who is signing in ({0})")]
    Forbidden(u16),
    /// Our application's id or secret is wrong.
    #[error("GitHub does not accept our application's id and secret")]
    Token,
    #[error("GitHub is not available (503)")]
    Unreachable,
    #[error("GitHub could not be reached: {0}")]
    Connection(String),
    #[error("GitHub answered the sign-in with {0}")]
    Response(String),
    #[error("GitHub's answer to the sign-in cannot be used: {0}")]
    Malformed(String),
}

/// Who signed in, as GitHub sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct GitHubUser {
    pub id: i64,
    pub login: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// All that GitHub said.
    pub fields: Map<String, Value>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    verified: bool,
}

/// 32 random characters of `A-Za-z0-9` that bind the answer to the browser that asked.
pub fn random_state() -> String {
    rand::rng().sample_iter(Alphanumeric).take(32).map(char::from).collect()
}

/// 43 random characters, to be kept until the code is exchanged (RFC 7636 §4.1).
pub fn random_code_verifier() -> Secret {
    Secret::new(BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>()))
}

/// The `S256` challenge of a verifier (RFC 7636 §4.2).
pub fn code_challenge(code_verifier: &Secret) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(code_verifier.expose().as_bytes()))
}

#[derive(Clone)]
pub struct OAuth {
    http: Client,
    site_url: BaseUrl,
    api_url: BaseUrl,
    client_id: String,
    client_secret: Secret,
}

impl OAuth {
    pub fn new(settings: OAuthSettings) -> Result<Self, SetupError> {
        Ok(OAuth {
            http: http::client(Duration::from_secs(5), Duration::from_secs(10), Redirects::Refuse)?,
            site_url: BaseUrl::new("GitHub", &settings.site_url)?,
            api_url: BaseUrl::new("GitHub API", &settings.api_url)?,
            client_id: settings.client_id,
            client_secret: settings.client_secret,
        })
    }

    /// Where to send the browser. `redirect_uri` is where it comes back to, with `code` and `state`.
    pub fn authorize_url(&self, redirect_uri: &str, state: &str, code_challenge: Option<&str>) -> String {
        let mut url = self.site_url.at("login/oauth/authorize").to_string();
        let mut parameters = vec![
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", redirect_uri),
            ("state", state),
            ("response_type", "code"),
            ("scope", SCOPE),
        ];
        if let Some(challenge) = code_challenge {
            parameters.extend([("code_challenge", challenge), ("code_challenge_method", "S256")]);
        }
        for (index, (name, value)) in parameters.into_iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            url.extend(utf8_percent_encode(value, QUERY_VALUE));
        }
        url
    }

    /// The access token for a code, which can be exchanged once.
    pub async fn exchange_code(
        &self,
        code: &str,
        redirect_uri: &str,
        code_verifier: Option<&Secret>,
    ) -> Result<Secret, OAuthError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose()),
        ];
        if let Some(verifier) = code_verifier {
            form.push(("code_verifier", verifier.expose()));
        }
        let request = self
            .http
            .post(self.site_url.at("login/oauth/access_token"))
            .header(ACCEPT, "application/json")
            .timeout(Duration::from_secs(5))
            .form(&form);
        let reply = http::send(request, SMALL_ANSWER).await.map_err(unreachable)?;
        if reply.status.as_u16() == 401 {
            return Err(OAuthError::Token);
        }
        self.token(&reply)
    }

    /// A JSON `error` is a refusal, whatever the status.
    fn token(&self, reply: &Reply) -> Result<Secret, OAuthError> {
        let answer: Option<Map<String, Value>> = serde_json::from_slice(&reply.body).ok();
        let text = |key| answer.as_ref()?.get(key)?.as_str().filter(|text: &&str| !text.is_empty());
        if let Some(code) = text("error") {
            let description = self.client_secret.scrub(text("error_description").unwrap_or(code));
            return Err(OAuthError::Failed { code: code.to_owned(), description });
        }
        check(reply)?;
        let token = text("access_token");
        token.map(Secret::new).ok_or_else(|| OAuthError::Malformed("it holds no access token".to_owned()))
    }

    /// Who the token belongs to.
    pub async fn user(&self, access_token: &Secret) -> Result<GitHubUser, OAuthError> {
        let reply = self.get("user", access_token).await?;
        check(&reply)?;
        let fields: Map<String, Value> =
            serde_json::from_slice(&reply.body).map_err(|error| OAuthError::Malformed(error.to_string()))?;
        let text =
            |key| fields.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let missing = |key: &str| OAuthError::Malformed(format!("it holds no `{key}`"));
        Ok(GitHubUser {
            id: fields.get("id").and_then(Value::as_i64).ok_or_else(|| missing("id"))?,
            login: text("login").ok_or_else(|| missing("login"))?,
            name: text("name"),
            email: text("email"),
            fields,
        })
    }

    /// The primary address if GitHub has verified it, else the first that it has. None also when the list cannot be had.
    pub async fn verified_email(&self, access_token: &Secret) -> Option<String> {
        let addresses = self.addresses(access_token).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the list of e-mail addresses could not be read");
            Vec::new()
        });
        let verified: Vec<Address> = addresses.into_iter().filter(|address| address.verified).collect();
        let chosen = verified.iter().find(|address| address.primary).or(verified.first());
        chosen.map(|address| address.email.clone())
    }

    async fn addresses(&self, access_token: &Secret) -> Result<Vec<Address>, OAuthError> {
        let reply = self.get("user/emails", access_token).await?;
        check(&reply)?;
        serde_json::from_slice(&reply.body).map_err(|error| OAuthError::Malformed(error.to_string()))
    }

    async fn get(&self, path: &str, access_token: &Secret) -> Result<Reply, OAuthError> {
        let authorization = http::sensitive_header("GitHub", &format!("token {}", access_token.expose()))
            .map_err(|error| OAuthError::Malformed(error.to_string()))?;
        let request = self
            .http
            .get(self.api_url.at(path))
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, super::JSON);
        http::send(request, SMALL_ANSWER).await.map_err(unreachable)
    }
}

fn unreachable(failure: Failure) -> OAuthError {
    OAuthError::Connection(failure.cause)
}

fn check(reply: &Reply) -> Result<(), OAuthError> {
    match reply.status.as_u16() {
        200..=299 => Ok(()),
        400 => Err(OAuthError::Cancelled("the request was not understood".to_owned())),
        status @ (401 | 403) => Err(OAuthError::Forbidden(status)),
        503 => Err(OAuthError::Unreachable),
        _ => Err(OAuthError::Response(reply.status_text())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(code_challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn states_and_verifiers_have_their_length_and_differ() {
        let state = random_state();
        assert!(state.len() == 32 && state.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{state}");
        assert_ne!(state, random_state());
        assert_eq!(random_code_verifier().expose().len(), 43);
        assert_ne!(random_code_verifier(), random_code_verifier());
    }
}
