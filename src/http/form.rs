//! What a browser posted. A guard in front of all pages reads every form once, counts its fields and checks the CSRF
//! token, so that no handler can forget to. Handlers take [`Fields`].

use std::{borrow::Cow, rc::Rc};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::Method,
    middleware::Next,
    web,
};

use super::{
    cookies, csrf,
    error::Error,
    multipart::{self, Parts, SentFile},
};
use crate::app;

/// More fields than this are refused with 413: pipelines of thousands of actions fit below it.
pub const MAX_FIELDS: usize = 4_000;
/// Larger bodies are refused with 400, beside the files in them. 2.5 MiB.
pub const MAX_BYTES: usize = 2_621_440;
/// The field that carries the CSRF token.
pub const TOKEN_FIELD: &str = "csrfmiddlewaretoken";

/// The posted fields in the order they were sent.
#[derive(Debug, Clone, Default)]
pub struct Fields(Rc<Parts>);

impl Fields {
    fn parse(body: &[u8]) -> Result<Self, Error> {
        let texts = count_checked(url::form_urlencoded::parse(body))?;
        Ok(Fields(Rc::new(Parts { texts, files: Vec::new() })))
    }

    /// The last value of `name`, as sent.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.texts.iter().rev().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The last value of `name` without surrounding white space; empty if absent.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).unwrap_or_default().trim()
    }

    /// All values of `name`, in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.texts.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The last file that was chosen for `name`.
    pub fn file(&self, name: &str) -> Option<&SentFile> {
        self.0.files.iter().rev().find(|(field, _)| field == name).map(|(_, file)| file)
    }

    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// A checkbox or a True/False radio: absent, empty, `0` and `false` in any case are off, all else is on.
    pub fn flag(&self, name: &str) -> bool {
        let value = self.text(name);
        !(value.is_empty() || value == "0" || value.eq_ignore_ascii_case("false"))
    }
}

impl FromRequest for Fields {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(request.extensions().get::<Fields>().cloned().unwrap_or_default()))
    }
}

/// The query of a request as pairs, at most [`MAX_FIELDS`].
pub fn query_pairs(query: &str) -> Result<Vec<(String, String)>, Error> {
    count_checked(url::form_urlencoded::parse(query.as_bytes()))
}

fn count_checked<'a>(
    pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
) -> Result<Vec<(String, String)>, Error> {
    let pairs: Vec<(String, String)> =
        pairs.take(MAX_FIELDS + 1).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    if pairs.len() > MAX_FIELDS { Err(Error::TooManyFields(MAX_FIELDS)) } else { Ok(pairs) }
}

/// The guard: anything that may change something must prove that it comes from one of our pages.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if let Err(error) = admit(&mut request).await {
        return Ok(request.into_response(actix_web::Error::from(error).error_response()));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn admit(request: &mut ServiceRequest) -> Result<(), Error> {
    // The API reads its own bodies and queries, and asks for proof where it goes by a session.
    if request.path().starts_with("/api/") {
        return Ok(());
    }
    if is_safe(request.method()) {
        query_pairs(request.query_string())?;
        return Ok(());
    }
    let fields = read(request).await?;
    prove_origin(request, &fields)?;
    request.extensions_mut().insert(fields);
    Ok(())
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

async fn read(request: &mut ServiceRequest) -> Result<Fields, Error> {
    let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let has_files = request.content_type().eq_ignore_ascii_case("multipart/form-data");
    let (parts, payload) = request.parts_mut();
    if has_files {
        return Ok(Fields(Rc::new(multipart::read(parts.headers(), payload.take()).await?)));
    }
    let body = web::Bytes::from_request(parts, payload).await.map_err(|error| {
        match error.as_error::<PayloadError>() {
            Some(PayloadError::Overflow) => Error::BadRequest("the form is too large".to_owned()),
            _ => Error::BadRequest("the form did not arrive whole".to_owned()),
        }
    })?;
    if is_form { Fields::parse(&body) } else { Ok(Fields::default()) }
}

/// Signing in starts and ends without a token of ours (the identity provider calls back); there the origin must do.
fn prove_origin(request: &ServiceRequest, fields: &Fields) -> Result<(), Error> {
    let app = app::of(request.request()).ok_or(Error::Misconfigured("no application state"))?;
    let base_url = &app.config.base_url;
    if request.path().starts_with("/login/") || request.path().starts_with("/complete/") {
        return csrf::check_origin(request.headers(), base_url).map_err(Error::Csrf);
    }
    let cookie = request.cookie(cookies::CSRF);
    let header = request.headers().get("x-csrftoken").and_then(|value| value.to_str().ok());
    let proof = csrf::Proof {
        cookie: cookie.as_ref().map(|cookie| cookie.value()),
        field: fields.raw(TOKEN_FIELD),
        header,
    };
    csrf::check(request.headers(), base_url, proof).map_err(Error::Csrf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(fields: usize) -> String {
        vec!["a=1"; fields].join("&")
    }

    #[test]
    fn four_thousand_fields_are_the_most() {
        assert!(Fields::parse(body(3_999).as_bytes()).is_ok());
        assert!(Fields::parse(body(4_000).as_bytes()).is_ok());
        assert!(matches!(Fields::parse(body(4_001).as_bytes()), Err(Error::TooManyFields(4_000))));
    }

    #[test]
    fn flags_are_read_as_browsers_send_them() -> Result<(), Error> {
        let fields = Fields::parse(b"on=on&true=True&one=1&zero=0&false=FALSE&empty=")?;
        for (name, expected) in [
            ("on", true),
            ("true", true),
            ("one", true),
            ("zero", false),
            ("false", false),
            ("empty", false),
            ("absent", false),
        ] {
            assert_eq!(fields.flag(name), expected, "{name}");
        }
        Ok(())
    }

    #[test]
    fn repeated_fields_keep_their_order() -> Result<(), Error> {
        let fields = Fields::parse(b"action=b&action=a&action=b&other=x")?;
        assert_eq!(fields.all("action"), ["b", "a", "b"]);
        assert_eq!(fields.text("action"), "b");
        Ok(())
    }
}
