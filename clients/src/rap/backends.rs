//! The answer of `backend/status/`.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    RapError,
    lenient::{Members, storable_json},
};

/// What the controller says of one backend.
#[derive(Debug, Clone, PartialEq)]
pub struct BackendStatus {
    pub slug: String,
    /// When the backend's agent last contacted the controller, if ever.
    pub last_seen: Option<Timestamp>,
    pub db_maintenance_on: bool,
    /// When maintenance was last switched on or off.
    pub db_maintenance_since: Option<Timestamp>,
    /// The whole element.
    pub raw: Value,
}

#[derive(Deserialize)]
struct Answer {
    backends: Vec<Value>,
}

pub(super) fn parse(body: &[u8]) -> Result<Vec<BackendStatus>, RapError> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| RapError::not_as_agreed(&error))?;
    let mut backends = Vec::with_capacity(answer.backends.len());
    let mut first_problem = None;
    for element in answer.backends {
        match backend(element) {
            Ok(backend) => backends.push(backend),
            Err(reason) => {
                tracing::warn!(%reason, "a backend in the RAP API's answer is left out");
                first_problem.get_or_insert(reason);
            }
        }
    }
    match first_problem {
        Some(reason) if backends.is_empty() => {
            Err(RapError::Malformed(format!("no backend in it makes sense: {reason}")))
        }
        _ => Ok(backends),
    }
}

fn backend(element: Value) -> Result<BackendStatus, String> {
    let raw = storable_json(element);
    let members: Map<String, Value> =
        raw.as_object().cloned().ok_or_else(|| "an element is not an object".to_owned())?;
    let mut members = Members::new(members);
    let mut maintenance = members.object("db_maintenance")?;
    Ok(BackendStatus {
        slug: members.name("slug")?,
        last_seen: members.time("last_seen")?,
        db_maintenance_on: maintenance.text("status")? == "on",
        db_maintenance_since: maintenance.time("since")?,
        raw,
    })
}
