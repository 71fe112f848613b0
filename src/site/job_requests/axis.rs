//! The time axis that all jobs of a job request share, and where a job stands on it.

use domain::{
    status::JobState,
    views::{job_request::JobRequestPage, job_request_jobs::JobLine},
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use crate::http::times;

/// What is shorter than this share of the axis would not be seen, in per cent.
const NARROWEST: f64 = 0.8;
const DAY: i64 = 24 * 60 * 60;

/// From the moment of the request to its end, or to now.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    start: Timestamp,
    end: Timestamp,
    is_open: bool,
}

/// What the `timeline_bar` component shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bar {
    pub label: String,
    pub wait: Option<Stretch>,
    pub run: Option<Stretch>,
}

/// A part of the axis, in per cent of its length.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stretch {
    pub x: f64,
    pub width: f64,
}

impl Axis {
    pub fn new(request: &JobRequestPage, now: Timestamp) -> Axis {
        let start = request.jobs.first_started.map_or(request.created_at, |at| at.min(request.created_at));
        let is_open = request.is_active();
        let end = if is_open { now } else { request.completed_at().unwrap_or(start) };
        Axis { start, end: end.max(start), is_open }
    }

    pub fn from(&self) -> String {
        self.label(self.start)
    }

    pub fn to(&self) -> String {
        if self.is_open { "now".to_owned() } else { self.label(self.end) }
    }

    /// The time of day, with the date where the axis is longer than a day.
    fn label(&self, at: Timestamp) -> String {
        if self.end.as_second() - self.start.as_second() < DAY {
            times::clock(at)
        } else {
            at.to_zoned(TimeZone::UTC).strftime("%-d %b %H:%M").to_string()
        }
    }

    pub fn bar(&self, job: &JobLine) -> Bar {
        let state = job.state();
        let waited_until = job.started_at.or(job.completed_at).unwrap_or(self.end);
        let ran_until = job.completed_at.filter(|_| state != JobState::Running).unwrap_or(self.end);
        let wait = self.stretch(job.created_at, waited_until);
        let run = job.started_at.and_then(|started| self.stretch(started, ran_until));
        let label = match job.started_at {
            Some(started) => format!(
                "waited {}, ran {}",
                times::duration(times::between(job.created_at, started)),
                times::duration(times::between(started, ran_until))
            ),
            None => format!("waited {}", times::duration(times::between(job.created_at, waited_until))),
        };
        Bar { label, wait, run }
    }

    /// None if nothing of it lies on the axis or it has no length worth drawing.
    fn stretch(&self, from: Timestamp, to: Timestamp) -> Option<Stretch> {
        let whole = self.end.duration_since(self.start).as_secs_f64();
        let (from, to) = (from.max(self.start), to.min(self.end));
        if whole <= 0.0 || to < from {
            return None;
        }
        let percent = |seconds: f64| (seconds / whole * 10_000.0).round() / 100.0;
        let width = percent(to.duration_since(from).as_secs_f64()).max(NARROWEST);
        let x = percent(from.duration_since(self.start).as_secs_f64()).min(100.0 - width);
        Some(Stretch { x, width })
    }
}
