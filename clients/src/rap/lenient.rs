//! Reading one JSON object of the controller's key by key, so that an error names the key and what the database could
//! not store is put right: PostgreSQL takes no NUL in text or JSON, and keeps microseconds.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// The first moment of year 1: nothing earlier is a time of a job.
const YEAR_ONE: i64 = -62_135_596_800;

/// The members of an object, taken out one by one. Errors are phrases such as "`slug` is not a text".
pub(super) struct Members(Map<String, Value>);

impl Members {
    pub fn new(members: Map<String, Value>) -> Self {
        Members(members)
    }

    /// `""` when absent or null.
    pub fn text(&mut self, key: &str) -> Result<String, String> {
        match self.0.swap_remove(key) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(storable(text)),
            Some(_) => Err(format!("`{key}` is not a text")),
        }
    }

    /// Neither absent, null nor empty, nor holding NUL: something is looked up by it.
    pub fn name(&mut self, key: &str) -> Result<String, String> {
        match self.0.swap_remove(key) {
            Some(Value::String(text)) if !text.is_empty() && !text.contains('\0') => Ok(text),
            None => Err(format!("`{key}` is missing")),
            Some(_) => Err(format!("`{key}` is not a name")),
        }
    }

    /// Any RFC 3339 form, to the microsecond. `None` when absent, null or empty.
    pub fn time(&mut self, key: &str) -> Result<Option<Timestamp>, String> {
        match self.0.swap_remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => {
                moment(&text).map(Some).ok_or_else(|| format!("`{key}` is not a time"))
            }
            Some(_) => Err(format!("`{key}` is not a time")),
        }
    }

    /// Absence and null are different things here.
    pub fn json(&mut self, key: &str) -> Option<Option<Value>> {
        let value = self.0.swap_remove(key)?;
        Some(if value.is_null() { None } else { Some(storable_json(value)) })
    }

    pub fn object(&mut self, key: &str) -> Result<Members, String> {
        match self.0.swap_remove(key) {
            Some(Value::Object(members)) => Ok(Members(members)),
            None => Err(format!("`{key}` is missing")),
            Some(_) => Err(format!("`{key}` is not an object")),
        }
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    if time.as_second() < YEAR_ONE { None } else { Timestamp::from_microsecond(time.as_microsecond()).ok() }
}

/// NUL becomes the replacement character.
pub(super) fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

pub(super) fn storable_json(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(storable(text)),
        Value::Array(items) => items.into_iter().map(storable_json).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (storable(key), storable_json(value))).collect()
        }
        other => other,
    }
}
