//! Cross-site request forgery: Django's double submit. A 32-character secret in the `csrftoken` cookie; forms carry it
//! masked (64 characters) or plain, so that a page of either server can be submitted to the other.

use actix_web::http::header::HeaderMap;
use rand::RngExt;
use subtle::ConstantTimeEq;

const ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SECRET_LENGTH: usize = 32;

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
        length if length == 2 * SECRET_LENGTH => {
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

/// What a request must show before it may change anything. `Err` says why not, for the log.
///
/// * `origin` – the `Origin` header, if sent, must be `base_url` or `http(s)://` + the `Host` header.
/// * `cookie` – value of the `csrftoken` cookie.
/// * `token` – form field `csrfmiddlewaretoken`, else header `X-CSRFToken`.
pub fn check(
    headers: &HeaderMap,
    base_url: &str,
    cookie: Option<&str>,
    token: Option<&str>,
) -> Result<(), &'static str> {
    check_origin(headers, base_url)?;
    let cookie = cookie.filter(|value| !value.is_empty()).ok_or("CSRF cookie not set")?;
    let secret = secret_of(cookie).ok_or("CSRF cookie malformed")?;
    let token = token.filter(|value| !value.is_empty()).ok_or("CSRF token missing")?;
    let sent = secret_of(token).ok_or("CSRF token malformed")?;
    if bool::from(secret.as_bytes().ct_eq(sent.as_bytes())) { Ok(()) } else { Err("CSRF token incorrect") }
}

/// Refuses requests that another site made the browser send.
pub fn check_origin(headers: &HeaderMap, base_url: &str) -> Result<(), &'static str> {
    let Some(origin) = headers.get("origin") else { return Ok(()) };
    let origin = origin.to_str().map_err(|_| "Origin malformed")?;
    let same_host = headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .is_some_and(|host| origin == format!("http://{host}") || origin == format!("https://{host}"));
    if same_host || origin == base_url { Ok(()) } else { Err("Origin not trusted") }
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
