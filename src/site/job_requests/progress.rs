//! How far a job request is: counts by state, the segmented bar, the elapsed time.

use std::time::Duration;

use domain::views::{job_request::JobRequestPage, job_request_jobs::JobLine};
use jiff::Timestamp;
use serde::Serialize;

use super::states::Pill;
use crate::http::times;

/// With more jobs than this a segment stands for a state instead of a job.
const MOST_SEGMENTS: usize = 60;

/// The order of the segments, as keys of pills: what is done first.
const SEGMENTS: [&str; 6] = ["succeeded", "failed", "cancelled", "running", "pending", "unknown"];

#[derive(Debug, Serialize)]
pub struct Progress {
    pub finished: usize,
    pub total: usize,
    percent: String,
    label: String,
    segments: Vec<Segment>,
    counts: Vec<Count>,
    since: String,
    took: String,
    is_active: bool,
}

#[derive(Debug, PartialEq, Serialize)]
struct Segment {
    state: &'static str,
    x: f64,
    width: f64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Count {
    is_failed: bool,
    text: String,
}

impl Progress {
    pub fn new(request: &JobRequestPage, jobs: &[JobLine], now: Timestamp) -> Progress {
        let keys: Vec<String> =
            jobs.iter().map(|job| Pill::of_job(job.state(), &job.status_code).state).collect();
        let by_state = SEGMENTS.map(|state| (state, keys.iter().filter(|key| *key == state).count()));
        let finished = jobs.iter().filter(|job| job.is_completed()).count();
        let counts = counts(&by_state);
        let spoken: Vec<&str> = counts.iter().map(|count| count.text.as_str()).collect();
        Progress {
            finished,
            total: jobs.len(),
            percent: percent(finished, jobs.len()),
            label: format!("{finished} of {} jobs finished: {}", jobs.len(), spoken.join(", ")),
            segments: segments(&by_state, jobs.len()),
            since: request.created_at.to_string(),
            took: times::duration(elapsed(request, now)),
            is_active: request.is_active(),
            counts,
        }
    }
}

/// From the request to its end, or to now.
fn elapsed(request: &JobRequestPage, now: Timestamp) -> Duration {
    let end = if request.is_active() { now } else { request.completed_at().unwrap_or(request.created_at) };
    times::between(request.created_at, end)
}

fn counts(by_state: &[(&'static str, usize)]) -> Vec<Count> {
    by_state
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| {
            let word = if *state == "pending" { "waiting" } else { state };
            Count { is_failed: *state == "failed", text: format!("{count} {word}") }
        })
        .collect()
}

/// One decimal only where there is one: `33.3%`, `100%`.
pub fn percent(part: usize, whole: usize) -> String {
    let tenths = (part * 1_000 + whole / 2).checked_div(whole).unwrap_or_default();
    if tenths.is_multiple_of(10) {
        format!("{}%", tenths / 10)
    } else {
        format!("{}.{}%", tenths / 10, tenths % 10)
    }
}

fn segments(by_state: &[(&'static str, usize)], total: usize) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut before = 0;
    let at = |jobs: usize| jobs as f64 / total as f64 * 100.0;
    let rounded = |value: f64| (value * 1_000.0).round() / 1_000.0;
    for (state, count) in by_state.iter().filter(|(_, count)| *count > 0) {
        let step = if total > MOST_SEGMENTS { *count } else { 1 };
        for first in (0..*count).step_by(step) {
            let (x, end) = (rounded(at(before + first)), rounded(at(before + first + step)));
            segments.push(Segment { state, x, width: rounded(end - x) });
        }
        before += count;
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_a_decimal_only_if_needed() {
        for (part, whole, text) in
            [(0, 0, "0%"), (1, 3, "33.3%"), (3, 3, "100%"), (2, 3, "66.7%"), (1, 2, "50%")]
        {
            assert_eq!(percent(part, whole), text);
        }
    }

    #[test]
    fn a_segment_is_a_job_or_in_long_lists_a_state() {
        let few = segments(&[("succeeded", 1), ("running", 1)], 2);
        assert_eq!(few.len(), 2);
        assert_eq!((few[1].x, few[1].width), (50.0, 50.0));
        let many = segments(&[("succeeded", 90), ("failed", 10)], 100);
        assert_eq!(many.len(), 2);
        assert_eq!(many[1], Segment { state: "failed", x: 90.0, width: 10.0 });
    }
}
