//! How each actor is doing: a cell that the actor writes and everybody else reads. The staff page, the metrics and the
//! health check look here and nowhere else.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

/// What an actor is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    Starting,
    /// Waiting for its next turn, if it has a time for that, or for something to do.
    Idle {
        next_at: Option<Timestamp>,
    },
    /// Another process does this work; it tries to take over from time to time.
    StandingBy {
        next_at: Timestamp,
    },
    Running {
        what: String,
    },
    /// Its last turn failed.
    BackingOff {
        until: Timestamp,
    },
    Stopped,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Success {
    pub at: Timestamp,
    pub took_ms: u64,
    /// What it did, in the actor's own terms.
    pub detail: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    pub at: Timestamp,
    /// A sentence that names the cause.
    pub what: String,
}

/// A cell at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HealthSnapshot {
    pub name: &'static str,
    #[serde(flatten)]
    pub state: State,
    /// When that state began.
    pub since: Timestamp,
    /// Turns or orders finished, well or not.
    pub iterations: u64,
    pub last_success: Option<Success>,
    pub last_failure: Option<Failure>,
    pub consecutive_failures: u32,
    pub failures: u64,
    /// Times it was started anew after a panic.
    pub restarts: u64,
    pub panics: u64,
    /// Orders that wait or are being worked on.
    pub queue_depth: usize,
    /// How long it may give no sign of life when it should be doing something.
    pub freshness_limit_seconds: u64,
    /// It has given none for longer than that. Failing is not being stuck.
    pub is_stuck: bool,
}

/// All cells of this process. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct HealthBoard(Arc<Mutex<Vec<HealthCell>>>);

impl HealthBoard {
    pub fn snapshot(&self) -> Vec<HealthSnapshot> {
        let now = Timestamp::now();
        unpoisoned(&self.0).iter().map(|cell| cell.snapshot(now)).collect()
    }

    /// Names of the actors that give no sign of life.
    pub fn stuck(&self) -> Vec<&'static str> {
        self.snapshot().iter().filter(|cell| cell.is_stuck).map(|cell| cell.name).collect()
    }

    pub(crate) fn add(&self, name: &'static str, freshness_limit: Duration) -> HealthCell {
        let cell = HealthCell(Arc::new(Mutex::new(Inner {
            snapshot: HealthSnapshot {
                name,
                state: State::Starting,
                since: Timestamp::now(),
                iterations: 0,
                last_success: None,
                last_failure: None,
                consecutive_failures: 0,
                failures: 0,
                restarts: 0,
                panics: 0,
                queue_depth: 0,
                freshness_limit_seconds: freshness_limit.as_secs(),
                is_stuck: false,
            },
            freshness_limit: SignedDuration::try_from(freshness_limit).unwrap_or(SignedDuration::MAX),
        })));
        unpoisoned(&self.0).push(cell.clone());
        cell
    }
}

/// The place where one actor says how it is doing. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct HealthCell(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    snapshot: HealthSnapshot,
    freshness_limit: SignedDuration,
}

impl HealthCell {
    pub fn enter(&self, state: State) {
        let mut inner = unpoisoned(&self.0);
        inner.snapshot.state = state;
        inner.snapshot.since = Timestamp::now();
    }

    pub fn succeeded(&self, took: Duration, detail: Value) {
        let snapshot = &mut unpoisoned(&self.0).snapshot;
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        snapshot.iterations += 1;
        snapshot.consecutive_failures = 0;
        snapshot.last_success = Some(Success { at: Timestamp::now(), took_ms, detail });
    }

    /// A turn or an order failed as a whole.
    pub fn failed(&self, what: &str) {
        let snapshot = &mut unpoisoned(&self.0).snapshot;
        snapshot.iterations += 1;
        snapshot.consecutive_failures = snapshot.consecutive_failures.saturating_add(1);
        snapshot.note(what);
    }

    /// Something failed within a turn that otherwise goes on.
    pub fn note_failure(&self, what: &str) {
        unpoisoned(&self.0).snapshot.note(what);
    }

    pub fn panicked(&self, what: &str) {
        unpoisoned(&self.0).snapshot.panics += 1;
        self.failed(what);
    }

    pub fn restarted(&self) {
        unpoisoned(&self.0).snapshot.restarts += 1;
    }

    pub fn set_queue_depth(&self, depth: usize) {
        unpoisoned(&self.0).snapshot.queue_depth = depth;
    }

    fn snapshot(&self, now: Timestamp) -> HealthSnapshot {
        let inner = unpoisoned(&self.0);
        let mut snapshot = inner.snapshot.clone();
        snapshot.is_stuck = inner.is_stuck(now);
        snapshot
    }
}

impl HealthSnapshot {
    fn note(&mut self, what: &str) {
        self.failures += 1;
        self.last_failure = Some(Failure { at: Timestamp::now(), what: what.to_owned() });
    }
}

impl Inner {
    fn is_stuck(&self, now: Timestamp) -> bool {
        let due = match &self.snapshot.state {
            State::Starting | State::Running { .. } => self.snapshot.since,
            State::Idle { next_at: Some(at) }
            | State::StandingBy { next_at: at }
            | State::BackingOff { until: at } => *at,
            State::Idle { next_at: None } | State::Stopped => return false,
        };
        now.duration_since(due) > self.freshness_limit
    }
}

/// Each change of a cell is complete before the lock is let go, so a panic elsewhere spoils nothing.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn an_actor_is_stuck_when_it_misses_its_time_by_more_than_the_limit() {
        let board = HealthBoard::default();
        let cell = board.add("Test", Duration::from_secs(10));
        for (state, stuck_at_5, stuck_at_15, stuck_at_25) in [
            (State::Starting, false, true, true),
            (State::Running { what: "work".into() }, false, true, true),
            (State::Idle { next_at: Some(after(10)) }, false, false, true),
            (State::BackingOff { until: after(10) }, false, false, true),
            (State::StandingBy { next_at: after(10) }, false, false, true),
            (State::Idle { next_at: None }, false, false, false),
            (State::Stopped, false, false, false),
        ] {
            cell.enter(state.clone());
            let stuck = [5, 15, 25].map(|seconds| cell.snapshot(after(seconds)).is_stuck);
            assert_eq!(stuck, [stuck_at_5, stuck_at_15, stuck_at_25], "{state:?}");
        }
        assert!(board.stuck().is_empty());
    }

    #[test]
    fn a_success_ends_a_row_of_failures_and_keeps_the_last_one() {
        let board = HealthBoard::default();
        let cell = board.add("Test", Duration::from_secs(10));
        cell.failed("one");
        cell.panicked("two");
        assert_eq!(board.snapshot()[0].consecutive_failures, 2);
        cell.succeeded(Duration::from_millis(7), Value::Null);
        let snapshot = board.snapshot().remove(0);
        assert_eq!((snapshot.consecutive_failures, snapshot.failures, snapshot.panics), (0, 2, 1));
        assert_eq!(snapshot.last_failure.unwrap().what, "two");
        assert_eq!(snapshot.last_success.unwrap().took_ms, 7);
    }
}
