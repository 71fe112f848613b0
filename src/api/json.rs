//! JSON in and out: reading a body within its limit, saying what is wrong with it field by field in the shapes that
//! clients of Django REST framework know, and writing answers.

pub mod read;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder,
    error::PayloadError,
    http::{StatusCode, header::CONTENT_LENGTH},
    web,
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;

/// Bodies above this are refused unless an address says otherwise. 2.5 MiB.
pub const LIMIT: usize = 2_621_440;
/// What an address allows that takes long lists. 16 MiB.
pub const LONG_LISTS_LIMIT: usize = 16 * 1024 * 1024;

/// Reads a JSON body of at most `limit` bytes. No body at all is an empty object; a web form is an object of texts.
///
/// # Errors
/// 413 above the limit, 415 for other kinds of body, 400 for what is not JSON or did not arrive whole.
pub async fn body(payload: web::Payload, request: &HttpRequest, limit: usize) -> Result<Value, ApiError> {
    let declared = declared_length(request);
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let kind = request.content_type().trim().to_ascii_lowercase();
    let is_form = kind == "application/x-www-form-urlencoded";
    let is_known = is_form || is_json(&kind);
    if !is_known && declared.is_some_and(|length| length > 0) {
        return Err(unsupported(request));
    }
    let bytes = read(payload, limit).await?;
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    if !is_known {
        return Err(unsupported(request));
    }
    if is_form {
        let pairs = url::form_urlencoded::parse(&bytes);
        return Ok(pairs.map(|(name, value)| (name.into_owned(), Value::from(value))).collect());
    }
    serde_json::from_slice(&bytes).map_err(|error| ApiError::bad(format!("JSON parse error - {error}")))
}

fn declared_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_json(kind: &str) -> bool {
    kind == "application/json"
}

fn unsupported(request: &HttpRequest) -> ApiError {
    let sent = request.headers().get("content-type").map(|value| String::from_utf8_lossy(value.as_bytes()));
    ApiError::MediaType(sent.unwrap_or_default().into_owned())
}

fn too_large(limit: usize) -> ApiError {
    ApiError::too_large(format!("The request body is too large, {limit} bytes are the most."))
}

async fn read(mut payload: web::Payload, limit: usize) -> Result<Bytes, ApiError> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| match error {
            PayloadError::Overflow => too_large(limit),
            _ => ApiError::bad("The request body did not arrive whole."),
        })?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// An answer with this status.
pub fn answer(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    write(HttpResponseBuilder::new(status), value)
}

/// Completes an answer that may have headers already. Line separators are escaped, so that the text is valid
/// JavaScript too.
pub fn write(mut response: HttpResponseBuilder, value: &impl Serialize) -> HttpResponse {
    match serde_json::to_string(value) {
        Ok(text) => {
            let escaped = if text.contains(['\u{2028}', '\u{2029}']) {
                text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
            } else {
                text
            };
            response.content_type("application/json").body(escaped)
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// `2026-03-04T09:30:00.123456+00:00`, without the fraction when it is zero.
pub fn moment(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    let seconds = zoned.strftime("%Y-%m-%dT%H:%M:%S");
    match zoned.subsec_nanosecond() / 1_000 {
        0 => format!("{seconds}+00:00"),
        micros => format!("{seconds}.{micros:06}+00:00"),
    }
}

/// What is wrong with a value: a list of sentences, or an object of them.
pub type Problem = Value;

fn problem(text: impl Into<String>) -> Problem {
    json!([text.into()])
}

/// The fields of an object, read one by one. What is wrong is collected in the order of reading.
///
/// ```ignore
/// let mut fields = Fields::of(&body)?;
/// let name = fields.required("name", read::text);
/// let note = fields.nullable("note", read::text);
/// fields.finish()?;
/// ```
pub struct Fields<'a> {
    given: &'a Map<String, Value>,
    problems: Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// Fails for what is no object.
    pub fn of(value: &'a Value) -> Result<Fields<'a>, Problem> {
        match value {
            Value::Object(given) => Ok(Fields { given, problems: Map::new() }),
            Value::Null => Err(json!({"non_field_errors": ["No data provided"]})),
            other => Err(json!({"non_field_errors": [format!(
                "Invalid data. Expected a dictionary, but got {}.",
                type_name(other)
            )]})),
        }
    }

    /// A field that must be there and not be null. None if something is wrong.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a Value) -> Result<T, Problem>,
    ) -> Option<T> {
        match self.given.get(name) {
            None => self.note(name, problem("This field is required.")),
            Some(Value::Null) => self.note(name, problem("This field may not be null.")),
            Some(value) => self.read(name, value, read),
        }
    }

    /// A field that must be there and may be null. The outer None: something is wrong.
    pub fn nullable<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a Value) -> Result<T, Problem>,
    ) -> Option<Option<T>> {
        match self.given.get(name) {
            None => self.note(name, problem("This field is required.")),
            Some(Value::Null) => Some(None),
            Some(value) => self.read(name, value, read).map(Some),
        }
    }

    /// A field that may be absent or null. None also if something is wrong.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a Value) -> Result<T, Problem>,
    ) -> Option<T> {
        match self.given.get(name) {
            None | Some(Value::Null) => None,
            Some(value) => self.read(name, value, read),
        }
    }

    /// Adds what a rule about several fields found.
    pub fn note<T>(&mut self, name: &str, problem: Problem) -> Option<T> {
        self.problems.insert(name.to_owned(), problem);
        None
    }

    fn read<T>(
        &mut self,
        name: &str,
        value: &'a Value,
        read: impl FnOnce(&'a Value) -> Result<T, Problem>,
    ) -> Option<T> {
        match read(value) {
            Ok(read) => Some(read),
            Err(problem) => self.note(name, problem),
        }
    }

    /// What was wrong, if anything.
    pub fn finish(self) -> Result<(), Problem> {
        if self.problems.is_empty() { Ok(()) } else { Err(Value::Object(self.problems)) }
    }
}

/// What Python calls a value of this type; the texts of problems use its names.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_field_by_field_and_item_by_item() {
        let value = json!({"files": [{"size": 1}, {"size": "x"}, 3, null], "note": null});
        let mut fields = Fields::of(&value).unwrap();
        fields.required("files", |files| {
            read::objects(files, |file| {
                let mut fields = Fields::of(file)?;
                fields.required("size", read::integer);
                fields.finish()
            })
        });
        fields.required("note", read::text);
        fields.required("absent", read::text);
        let expected = json!({
            "files": {
                "1": {"size": ["A valid integer is required."]},
                "2": {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
                "3": ["This field may not be null."],
            },
            "note": ["This field may not be null."],
            "absent": ["This field is required."],
        });
        assert_eq!(fields.finish().unwrap_err(), expected);
    }
}
