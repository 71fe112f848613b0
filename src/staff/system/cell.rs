//! A health cell as it was written down by its process, which may be of another version than this one.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Clone, Deserialize)]
pub struct Cell {
    #[serde(flatten)]
    pub state: State,
    pub since: Timestamp,
    #[serde(default)]
    pub iterations: u64,
    pub last_success: Option<Success>,
    pub last_failure: Option<Failure>,
    #[serde(default)]
    pub consecutive_failures: u32,
    #[serde(default)]
    pub restarts: u64,
    #[serde(default)]
    pub queue_depth: u64,
    #[serde(default)]
    pub is_stuck: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    Starting,
    Idle {
        next_at: Option<Timestamp>,
    },
    StandingBy {
        next_at: Timestamp,
    },
    Running {
        what: String,
    },
    BackingOff {
        until: Timestamp,
    },
    Stopped,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Success {
    pub at: Timestamp,
    pub took_ms: u64,
    #[serde(default)]
    pub detail: Value,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Failure {
    pub at: Timestamp,
    pub what: String,
}

/// An actor's own account of what it did, in words: what is zero or empty is left out.
pub fn words(detail: &Value) -> String {
    let mut parts = Vec::new();
    collect(detail, "", &mut parts);
    parts.join(", ")
}

fn collect(value: &Value, name: &str, parts: &mut Vec<String>) {
    let name = name.replace('_', " ");
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| collect(value, name, parts)),
        Value::Array(items) if !items.is_empty() => {
            let texts: Vec<String> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            parts.push(format!("{name} {}", texts.join(" ")));
        }
        Value::Bool(true) => parts.push(name),
        Value::String(text) if !text.is_empty() => parts.push(format!("{name} {text}")),
        // A number is a count, except where it says what something was about.
        Value::Number(number) if name == "about" => parts.push(format!("{name} {number}")),
        Value::Number(number) if number.as_f64() != Some(0.0) => parts.push(format!("{number} {name}")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_read_as_it_was_written() {
        let board = json!({"name": "RapStatus", "state": "running", "what": "asking", "since": "2026-11-21T14:02:11Z",
            "iterations": 7, "last_success": {"at": "2026-11-21T14:02:10Z", "took_ms": 12, "detail": {"active": 3}},
            "last_failure": null, "consecutive_failures": 0, "failures": 0, "restarts": 0, "panics": 0,
            "queue_depth": 0, "freshness_limit_seconds": 90, "is_stuck": false});
        let cell: Cell = serde_json::from_value(board).unwrap();
        assert_eq!(cell.state, State::Running { what: "asking".to_owned() });
        assert_eq!((cell.iterations, cell.last_success.unwrap().took_ms), (7, 12));
    }

    #[test]
    fn a_state_of_a_later_version_is_unknown_and_nothing_worse() {
        let cell: Cell = serde_json::from_value(
            json!({"state": "dreaming", "of": "sheep", "since": "2026-11-21T14:02:11Z", "last_success": null,
                   "last_failure": null}),
        )
        .unwrap();
        assert_eq!(cell.state, State::Unknown);
    }

    #[test]
    fn what_was_done_is_told_in_words_without_zeros() {
        for (detail, expected) in [
            (json!({"active": 61, "created": 0, "status_changes": 2}), "61 active, 2 status changes"),
            (json!({"delivered": 1, "outbox": {"waiting": 7, "dead": 0}}), "1 delivered, 7 waiting"),
            (json!({"updated": ["emis", "tpp"], "unknown": []}), "updated emis tpp"),
            (json!({"about": 12}), "about 12"),
            (json!({"delivered": 0}), ""),
            (Value::Null, ""),
        ] {
            assert_eq!(words(&detail), expected);
        }
    }
}
