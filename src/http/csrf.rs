//! Cross-site request forgery: Django's double submit. A 32-character secret in the `csrftoken` cookie; forms carry it
//! masked (64 characters) or plain, so that a page of either server can be submitted to the other.

use std::fmt;

use actix_web::http::header::HeaderMap;
use rand::RngExt;
use subtle::ConstantTimeEq;

const ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SECRET_LENGTH: usize = 32;
/// A mask and what it covers.
const MASKED_LENGTH: usize = 2 * SECRET_LENGTH;

/// Why a request is not taken as one of ours. The texts go to the log and to clients of the API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Origin checking failed - {0} does not match any trusted origins.")]
    Origin(String),
    #[error("CSRF cookie not set.")]
    NoCookie,
    #[error("CSRF cookie {0}.")]
    Cookie(Malformed),
    #[error("CSRF token missing.")]
    NoToken,
    #[error("CSRF token from {0} {1}.")]
    Token(TokenSource, Malformed),
    #[error("CSRF token from {0} incorrect.")]
    WrongToken(TokenSource),
}

/// What is wrong with something that should be a secret, plain or masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("has incorrect length")]
    Length,
    #[error("has invalid characters")]
    Characters,
}

/// Where a token was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenSource {
    Form,
    Header,
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenSource::Form => "POST",
            TokenSource::Header => "the 'X-Csrftoken' HTTP header",
        })
    }
}

/// A fresh secret for the cookie.
pub fn new_secret() -> String {
    let mut rng = rand::rng();
    (0..SECRET_LENGTH).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}

/// The secret inside a cookie or form value, plain or masked; `None` if it is neither.
pub fn secret_of(value: &str) -> Option<String> {
    let indices: Vec<usize> = value
        .bytes()
        .map(|byte| ALPHABET.iter().position(|letter| *letter == byte))
        .collect::<Option<_>>()?;
    match indices.len() {
        SECRET_LENGTH => Some(value.to_owned()),
        MASKED_LENGTH => {
            let (mask, cipher) = indices.split_at(SECRET_LENGTH);
            Some(
                mask.iter()
                    .zip(cipher)
                    .map(|(mask, cipher)| {
                        char::from(ALPHABET[(cipher + ALPHABET.len() - mask) % ALPHABET.len()])
                    })
                    .collect(),
            )
        }
        _ => None,
    }
}

/// The secret under a new mask: differs on every page, so that compression gives nothing away.
pub fn masked(secret: &str) -> String {
    let mask = new_secret();
    let position = |byte: u8| ALPHABET.iter().position(|letter| *letter == byte).unwrap_or(0);
    let cipher = secret
        .bytes()
        .zip(mask.bytes())
        .map(|(secret, mask)| char::from(ALPHABET[(position(secret) + position(mask)) % ALPHABET.len()]));
    mask.chars().chain(cipher).collect()
}

/// What is sent to prove that a request comes from one of our pages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Proof<'a> {
    /// Value of the `csrftoken` cookie.
    pub cookie: Option<&'a str>,
    /// Value of the form field `csrfmiddlewaretoken`. An empty one counts as absent.
    pub field: Option<&'a str>,
    /// Value of the header `X-CSRFToken`, looked at when there is no field.
    pub header: Option<&'a str>,
}

/// What a request must show before it may change anything.
///
/// The `Origin` header, if sent, must be `base_url` or `http(s)://` + the `Host` header.
pub fn check(headers: &HeaderMap, base_url: &str, proof: Proof<'_>) -> Result<(), Refusal> {
    check_origin(headers, base_url)?;
    let cookie = present(proof.cookie).ok_or(Refusal::NoCookie)?;
    let secret = well_formed(cookie).map_err(Refusal::Cookie)?;
    let field = present(proof.field).map(|token| (token, TokenSource::Form));
    let header = || present(proof.header).map(|token| (token, TokenSource::Header));
    let (token, source) = field.or_else(header).ok_or(Refusal::NoToken)?;
    let sent = well_formed(token).map_err(|problem| Refusal::Token(source, problem))?;
    if bool::from(secret.as_bytes().ct_eq(sent.as_bytes())) {
        Ok(())
    } else {
        Err(Refusal::WrongToken(source))
    }
}

fn present(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

fn well_formed(value: &str) -> Result<String, Malformed> {
    let problem = match value.chars().count() {
        SECRET_LENGTH | MASKED_LENGTH => Malformed::Characters,
        _ => Malformed::Length,
    };
    secret_of(value).ok_or(problem)
}

/// Refuses requests that another site made the browser send.
pub fn check_origin(headers: &HeaderMap, base_url: &str) -> Result<(), Refusal> {
    let Some(origin) = headers.get("origin") else { return Ok(()) };
    let origin = String::from_utf8_lossy(origin.as_bytes());
    let same_host = headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .is_some_and(|host| origin == format!("http://{host}") || origin == format!("https://{host}"));
    if same_host || origin == base_url { Ok(()) } else { Err(Refusal::Origin(origin.into_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_secret_unmasks_to_itself_and_differs_each_time() {
        let secret = new_secret();
        let (first, second) = (masked(&secret), masked(&secret));
        assert_ne!(first, second);
        assert_eq!(secret_of(&first).as_deref(), Some(secret.as_str()));
        assert_eq!(secret_of(&second).as_deref(), Some(secret.as_str()));
    }

    #[test]
    fn a_secret_has_32_or_64_characters_of_the_alphabet() {
        let a = |length: usize| "a".repeat(length);
        for (value, accepted) in
            [(a(31), false), (a(32), true), (a(33), false), (a(63), false), (a(64), true), (a(65), false)]
        {
            assert_eq!(secret_of(&value).is_some(), accepted, "{} characters", value.len());
        }
        assert!(secret_of(&"é".repeat(16)).is_none());
    }

    #[test]
    fn a_mask_made_by_django_is_understood() {
        // mask "a…" (index 0) leaves the cipher as it is; mask "b…" (index 1) shifts it by one.
        let secret = "abcdefghijklmnopqrstuvwxyz012345";
        assert_eq!(secret_of(&format!("{}{secret}", "a".repeat(32))).as_deref(), Some(secret));
        assert_eq!(
            secret_of(&format!("{}bcdefghijklmnopqrstuvwxyzA123456", "b".repeat(32))).as_deref(),
            Some(secret)
        );
    }
}
