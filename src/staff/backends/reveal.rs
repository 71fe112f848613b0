//! Showing a token once: whoever made it is redirected to the backend's page, and their browser carries the leave to see
//! it there. That leave is a cookie with a signature over the person, the backend and the token itself, so it holds
//! nothing that is secret, opens nothing for anybody else, and is void when the token changes.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
};
use data_encoding::BASE64URL_NOPAD;
use domain::{
    backends::Token,
    ids::{BackendId, UserId},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{Timestamp, ToSpan};
use sha2::Sha256;

use super::address;
use crate::app::App;

const NAME: &str = "backend_token";
/// Long enough for following a redirect.
const MINUTES: i64 = 2;

/// Lets this browser show the token once.
pub fn allow(app: &App, response: &mut HttpResponse, person: UserId, backend: BackendId, token: &Token) {
    let until = (Timestamp::now() + MINUTES.minutes()).as_second();
    let signature = mac(app, until, person, backend, token).finalize().into_bytes();
    let value = format!("{until}.{}", BASE64URL_NOPAD.encode(&signature));
    let cookie = cookie(app, backend, value).max_age(Duration::minutes(MINUTES)).finish();
    if let Err(error) = response.add_cookie(&cookie) {
        tracing::error!(%error, "a cookie could not be set");
    }
}

/// Whether the browser may show this token.
pub fn is_allowed(
    app: &App,
    request: &HttpRequest,
    person: UserId,
    backend: BackendId,
    token: &Token,
) -> bool {
    let Some(cookie) = request.cookie(NAME) else { return false };
    let Some((until, signature)) = cookie.value().split_once('.') else { return false };
    let (Ok(until), Ok(signature)) = (until.parse(), BASE64URL_NOPAD.decode(signature.as_bytes())) else {
        return false;
    };
    until >= Timestamp::now().as_second()
        && mac(app, until, person, backend, token).verify_slice(&signature).is_ok()
}

/// The cookie that takes the leave back, once it was used.
pub fn spent(app: &App, backend: BackendId) -> Cookie<'static> {
    let mut cookie = cookie(app, backend, String::new()).finish();
    cookie.make_removal();
    cookie
}

fn cookie(app: &App, backend: BackendId, value: String) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(NAME, value)
        .path(address(backend))
        .same_site(SameSite::Lax)
        .secure(app.config.secure_cookies())
        .http_only(true)
}

fn mac(app: &App, until: i64, person: UserId, backend: BackendId, token: &Token) -> Hmac<Sha256> {
    let key = format!("job-server.backend-token:{}", app.config.keys.secret.expose());
    let mut mac = match Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    mac.update(format!("{until}.{person}.{backend}.{}", token.expose()).as_bytes());
    mac
}
