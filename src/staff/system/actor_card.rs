//! What is shown of one actor in one process.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    actors::{Duty, Seen},
    cell::{Cell, Failure, State, Success, words},
};
use crate::http::times::{self, Moment};

#[derive(Serialize)]
pub struct ActorCard {
    /// Unique on the page.
    pub id: String,
    pub title: String,
    about: &'static str,
    /// Empty if no process runs it.
    pub process: String,
    /// Whether that tells it from others.
    pub names_process: bool,
    tone: &'static str,
    pub pill: Pill,
    /// What it does now.
    now: String,
    since: Option<Moment>,
    missing_since: Option<Moment>,
    facts: Option<Facts>,
}

#[derive(Serialize)]
pub struct Pill {
    /// Colour and icon, as of jobs.
    state: &'static str,
    pub label: &'static str,
}

#[derive(Serialize)]
struct Facts {
    success: Option<SuccessLine>,
    failure: Option<FailureLine>,
    next: Option<Moment>,
    backlog: u64,
    turns: String,
}

#[derive(Serialize)]
struct SuccessLine {
    at: Moment,
    took: String,
    /// What it did, may be empty.
    detail: String,
}

#[derive(Serialize)]
struct FailureLine {
    at: Moment,
    what: String,
    /// Two or more failures without a success in between.
    in_a_row: Option<u32>,
}

impl ActorCard {
    pub fn new(duty: Option<&Duty>, seen: &Seen) -> ActorCard {
        let pill = pill(seen);
        let cell = seen.cell.as_ref();
        ActorCard {
            id: String::new(),
            title: duty.map_or(seen.name.as_str(), |duty| duty.title).to_owned(),
            about: duty.map_or("", |duty| duty.about),
            process: seen.process.clone(),
            names_process: false,
            tone: match pill.label {
                "Stuck" => "danger",
                "Not seen" => "warning",
                _ => "",
            },
            now: cell.map_or_else(|| "cannot be read".to_owned(), now),
            since: cell.map(|cell| Moment::relative(cell.since)),
            missing_since: seen.missing_since.map(Moment::relative),
            facts: cell.map(Facts::of),
            pill,
        }
    }

    /// An actor that some process should run, and none does.
    pub fn absent(duty: &Duty) -> ActorCard {
        ActorCard {
            id: String::new(),
            title: duty.title.to_owned(),
            about: duty.about,
            process: String::new(),
            names_process: false,
            tone: "danger",
            pill: Pill { state: "failed", label: "Not running" },
            now: "No process that is running does this work.".to_owned(),
            since: None,
            missing_since: None,
            facts: None,
        }
    }

    /// Its name and what is wrong with it, if anything is.
    pub fn trouble(&self) -> Option<String> {
        let is_troubled = !self.tone.is_empty() || self.pill.label == "Backing off";
        is_troubled.then(|| format!("{} ({})", self.title, self.pill.label.to_lowercase()))
    }
}

impl Facts {
    fn of(cell: &Cell) -> Facts {
        Facts {
            success: cell.last_success.as_ref().map(success_line),
            failure: cell
                .last_failure
                .as_ref()
                .map(|failure| failure_line(failure, cell.consecutive_failures)),
            next: next(&cell.state).map(Moment::relative),
            backlog: cell.queue_depth,
            turns: format!("{}, {}", cell.iterations, restarted(cell.restarts)),
        }
    }
}

fn pill(seen: &Seen) -> Pill {
    let (state, label) = match &seen.cell {
        _ if seen.missing_since.is_some() => ("unknown", "Not seen"),
        None => ("unknown", "Unknown"),
        Some(cell) if cell.is_stuck => ("failed", "Stuck"),
        Some(cell) => match cell.state {
            State::Starting => ("pending", "Starting"),
            State::Idle { .. } => ("succeeded", "Idle"),
            State::StandingBy { .. } => ("none", "Standing by"),
            State::Running { .. } => ("running", "Running"),
            State::BackingOff { .. } => ("pending", "Backing off"),
            State::Stopped => ("none", "Stopped"),
            State::Unknown => ("unknown", "Unknown"),
        },
    };
    Pill { state, label }
}

fn now(cell: &Cell) -> String {
    match &cell.state {
        State::Starting => "starting".to_owned(),
        State::Idle { next_at: Some(_) } => "waits for its next turn".to_owned(),
        State::Idle { next_at: None } => "waits for something to do".to_owned(),
        State::StandingBy { .. } => "ready to take over from another process".to_owned(),
        State::Running { what } => what.clone(),
        State::BackingOff { .. } => "waits after a failure".to_owned(),
        State::Stopped => "stopped".to_owned(),
        State::Unknown => "something that this version does not know".to_owned(),
    }
}

fn next(state: &State) -> Option<Timestamp> {
    match state {
        State::Idle { next_at } => *next_at,
        State::StandingBy { next_at: at } | State::BackingOff { until: at } => Some(*at),
        State::Starting | State::Running { .. } | State::Stopped | State::Unknown => None,
    }
}

fn success_line(success: &Success) -> SuccessLine {
    SuccessLine {
        at: Moment::relative(success.at),
        took: took(success.took_ms),
        detail: words(&success.detail),
    }
}

fn failure_line(failure: &Failure, consecutive: u32) -> FailureLine {
    FailureLine {
        at: Moment::relative(failure.at),
        what: failure.what.clone(),
        in_a_row: (consecutive > 1).then_some(consecutive),
    }
}

fn restarted(times: u64) -> String {
    match times {
        0 => "never restarted".to_owned(),
        1 => "restarted once".to_owned(),
        times => format!("restarted {times} times"),
    }
}

/// `80 ms`, `1.9 s`, `2m 05s`.
fn took(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => times::duration(Duration::from_millis(ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_as_exactly_as_matters() {
        for (ms, text) in [(0, "0 ms"), (80, "80 ms"), (1_990, "1.9 s"), (125_000, "2m 05s")] {
            assert_eq!(took(ms), text);
        }
    }
}
