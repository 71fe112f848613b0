//! Notices for the next page, in a signed cookie. The format is ours alone: Django drops a notice it cannot verify,
//! and we drop its.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Browsers refuse cookies above 4 KiB; what does not fit is cut.
const MAX_COOKIE_BYTES: usize = 3_600;
const MAX_TEXT_CHARS: usize = 800;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub level: Level,
    /// Plain text: escaped when shown.
    pub text: String,
    /// Asks for the explanation of out-of-date codelists instead of a text.
    #[serde(default)]
    pub codelists: bool,
    /// Follows the text.
    #[serde(default)]
    pub link: Option<Link>,
}

/// Where a notice leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub text: String,
    pub href: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Info,
    Success,
    Warning,
    Danger,
}

impl Flash {
    pub fn new(level: Level, text: impl Into<String>) -> Self {
        let text: String = text.into();
        Flash { level, text: text.chars().take(MAX_TEXT_CHARS).collect(), codelists: false, link: None }
    }

    /// The same notice with a link after its text; `href` is ours or checked by the caller.
    pub fn with_link(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.link = Some(Link { text: text.into(), href: href.into() });
        self
    }

    /// An edit that was saved, of which `text` tells, or that left everything as it was.
    pub fn edited(is_saved: bool, text: impl Into<String>) -> Flash {
        if is_saved { Flash::success(text) } else { Flash::unchanged() }
    }

    /// An edit left everything as it was.
    pub fn unchanged() -> Flash {
        Flash::info("Nothing was changed.")
    }

    pub fn info(text: impl Into<String>) -> Self {
        Self::new(Level::Info, text)
    }

    pub fn success(text: impl Into<String>) -> Self {
        Self::new(Level::Success, text)
    }

    pub fn warning(text: impl Into<String>) -> Self {
        Self::new(Level::Warning, text)
    }

    pub fn error(text: impl Into<String>) -> Self {
        Self::new(Level::Danger, text)
    }
}

/// The cookie's value for these notices; the oldest are left out if all do not fit.
pub fn encode(flashes: &[Flash], secret_key: &str) -> String {
    for first in 0..flashes.len() {
        let json = serde_json::to_vec(&flashes[first..]).unwrap_or_default();
        let payload = BASE64URL_NOPAD.encode(&json);
        if payload.len() <= MAX_COOKIE_BYTES {
            return format!(
                "{payload}.{}",
                BASE64URL_NOPAD.encode(&mac(&payload, secret_key).finalize().into_bytes())
            );
        }
    }
    String::new()
}

/// The notices in a cookie's value; none if it was not signed by us.
pub fn decode(value: &str, secret_key: &str) -> Vec<Flash> {
    let Some((payload, signature)) = value.rsplit_once('.') else { return Vec::new() };
    let Ok(signature) = BASE64URL_NOPAD.decode(signature.as_bytes()) else { return Vec::new() };
    if mac(payload, secret_key).verify_slice(&signature).is_err() {
        return Vec::new();
    }
    BASE64URL_NOPAD
        .decode(payload.as_bytes())
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default()
}

fn mac(payload: &str, secret_key: &str) -> Hmac<Sha256> {
    let key = format!("job-server.flash:{secret_key}");
    let mut mac = match Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    mac.update(payload.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_survive_the_cookie_and_forged_ones_do_not() {
        let flashes = vec![Flash::success("Saved <b>é</b>"), Flash::error("No")];
        let value = encode(&flashes, "key");
        assert_eq!(decode(&value, "key"), flashes);
        assert_eq!(decode(&value, "other key"), vec![]);
        assert_eq!(decode(&value.replacen('W', "X", 1), "key"), vec![]);
        assert_eq!(decode("rubbish", "key"), vec![]);
    }

    #[test]
    fn a_cookie_never_outgrows_what_browsers_accept() {
        let flashes: Vec<Flash> =
            (0..20).map(|n| Flash::info(format!("{n} {}", "x".repeat(5_000)))).collect();
        let value = encode(&flashes, "key");
        assert!(value.len() < 4_000, "{}", value.len());
        let kept = decode(&value, "key");
        assert!(!kept.is_empty() && kept.last() == flashes.last());
    }
}
