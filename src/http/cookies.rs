//! How our cookies look: the attributes Django gives them, so that both servers can share a browser.

use actix_web::cookie::{Cookie, SameSite, time::Duration};

pub const SESSION: &str = "sessionid";
pub const CSRF: &str = "csrftoken";
pub const MESSAGES: &str = "messages";

const SESSION_AGE: Duration = Duration::days(14);
const CSRF_AGE: Duration = Duration::days(364);

pub fn session(key: String, secure: bool) -> Cookie<'static> {
    basic(SESSION, key, secure).http_only(true).max_age(SESSION_AGE).finish()
}

pub fn csrf(secret: String, secure: bool) -> Cookie<'static> {
    basic(CSRF, secret, secure).max_age(CSRF_AGE).finish()
}

pub fn messages(value: String, secure: bool) -> Cookie<'static> {
    basic(MESSAGES, value, secure).http_only(true).finish()
}

pub fn expired(name: &'static str) -> Cookie<'static> {
    let mut cookie = Cookie::build(name, "").path("/").finish();
    cookie.make_removal();
    cookie
}

fn basic(name: &'static str, value: String, secure: bool) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(name, value).path("/").same_site(SameSite::Lax).secure(secure)
}
