//! What `rap/create/` takes and gives.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{RapError, lenient};

/// One request for jobs. All keys are always sent, and `database_name` besides: the controller knows one per backend.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CreateRequest {
    /// 16 characters of `a-z0-9`.
    pub rap_id: String,
    /// Slug of the backend.
    pub backend: String,
    /// Name of the workspace.
    pub workspace: String,
    pub repo_url: String,
    pub branch: String,
    /// 40 lower-case hexadecimal digits, reachable from the branch.
    pub commit: String,
    /// At least one, in the order in which they were asked for.
    pub requested_actions: Vec<String>,
    pub codelists_ok: bool,
    pub force_run_dependencies: bool,
    /// User name.
    pub created_by: String,
    /// Slug of the project: the controller keys special permissions on it.
    pub project: String,
    /// Slugs of the project's organisations.
    pub orgs: Vec<String>,
    /// An object; anything else is sent as an empty one, because the controller refuses null.
    #[serde(serialize_with = "object")]
    pub analysis_scope: Value,
}

/// The body of the call.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    #[serde(flatten)]
    request: &'a CreateRequest,
    database_name: &'static str,
}

impl<'a> From<&'a CreateRequest> for Body<'a> {
    fn from(request: &'a CreateRequest) -> Self {
        Body { request, database_name: "default" }
    }
}

fn object<S: Serializer>(scope: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    match scope {
        Value::Object(members) => members.serialize(serializer),
        _ => Map::new().serialize(serializer),
    }
}

/// The controller took the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Jobs of this RAP; none if there was nothing to run.
    pub count: i64,
    /// The controller's sentence about it, `""` if it gave none.
    pub details: String,
}

pub(super) fn parse(body: &[u8]) -> Result<Created, RapError> {
    let answer: Value = serde_json::from_slice(body).map_err(|error| RapError::not_as_agreed(&error))?;
    let count = answer
        .get("count")
        .and_then(whole)
        .ok_or_else(|| RapError::Malformed("it has no whole number `count`".to_owned()))?;
    let details = answer.get("details").and_then(Value::as_str).unwrap_or_default();
    Ok(Created { count, details: lenient::storable(details.to_owned()) })
}

/// The published schema says only "number", so `1.0` is one as well.
fn whole(number: &Value) -> Option<i64> {
    let integral = |float: &f64| float.fract() == 0.0 && float.abs() < 1e15;
    number.as_i64().or_else(|| number.as_f64().filter(integral).map(|float| float as i64))
}
