//! The answer of `rap/status/`: tens of thousands of jobs in one list, of which one bad item must not spoil the rest.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{RapError, lenient::Members};

/// How the jobs of the requested RAPs are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StatusAnswer {
    /// In no particular order.
    pub jobs: Vec<ReportedJob>,
    /// Requested ids of which the controller has no job that our token may see.
    pub unrecognised: Vec<String>,
    /// Why an item was left out, a phrase each.
    pub malformed: Vec<String>,
}

/// One job as the controller reports it. Texts are never null, times are to the microsecond.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedJob {
    pub identifier: String,
    pub rap_id: String,
    pub action: String,
    pub run_command: String,
    /// Usually `pending`, `running`, `failed` or `succeeded`; can go backwards.
    pub status: String,
    pub status_code: String,
    pub status_message: String,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    /// Outer `None`: not reported, which leaves what is known unchanged. Inner `None`: null.
    pub trace_context: Option<Option<Value>>,
    /// As for `trace_context`.
    pub metrics: Option<Option<Value>>,
}

/// Items stay text until each is read by itself: a tree of the whole answer would be several times as large.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    jobs: Vec<&'a RawValue>,
    unrecognised_rap_ids: Vec<Value>,
}

pub(super) fn parse(body: &[u8]) -> Result<StatusAnswer, RapError> {
    let text = std::str::from_utf8(body).map_err(|error| RapError::Malformed(error.to_string()))?;
    let answer: Answer = serde_json::from_str(text).map_err(|error| RapError::not_as_agreed(&error))?;
    let mut parsed = StatusAnswer { jobs: Vec::with_capacity(answer.jobs.len()), ..StatusAnswer::default() };
    for (index, item) in answer.jobs.into_iter().enumerate() {
        match job(item) {
            Ok(job) => parsed.jobs.push(job),
            Err(reason) => parsed.malformed.push(format!("job {}: {reason}", index + 1)),
        }
    }
    for (index, id) in answer.unrecognised_rap_ids.into_iter().enumerate() {
        match id {
            Value::String(id) => parsed.unrecognised.push(id),
            _ => parsed.malformed.push(format!("unrecognised RAP id {}: it is not a text", index + 1)),
        }
    }
    Ok(parsed)
}

fn job(item: &RawValue) -> Result<ReportedJob, String> {
    let members: Map<String, Value> = serde_json::from_str(item.get()).map_err(|error| error.to_string())?;
    let mut members = Members::new(members);
    let identifier = members.name("identifier")?;
    read(identifier.clone(), members).map_err(|reason| format!("{reason} (identifier {identifier:.40})"))
}

fn read(identifier: String, mut members: Members) -> Result<ReportedJob, String> {
    Ok(ReportedJob {
        identifier,
        rap_id: members.name("rap_id")?,
        action: members.text("action")?,
        run_command: members.text("run_command")?,
        status: members.text("status")?,
        status_code: members.text("status_code")?,
        status_message: members.text("status_message")?,
        created_at: members.time("created_at")?,
        updated_at: members.time("updated_at")?,
        started_at: members.time("started_at")?,
        completed_at: members.time("completed_at")?,
        trace_context: members.json("trace_context"),
        metrics: members.json("metrics"),
    })
}
