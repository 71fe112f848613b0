//! The newest job request of a workspace in a few words, as cards on several pages show it.

use domain::{
    status,
    views::workspace::{JobCounts, LatestJobRequest},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::http::times::{self, Moment};

/// Longer lists of actions are cut in this card; the page of the job request has them all.
const ACTIONS_SHOWN: usize = 12;

#[derive(Debug, Serialize)]
pub struct LatestCard {
    id: i32,
    url: String,
    state: String,
    state_label: String,
    message: Option<String>,
    backend: String,
    person: String,
    created: Moment,
    actions: Vec<String>,
    more_actions: usize,
    /// `12 of 43 jobs finished`, none while no jobs are known.
    progress: Option<String>,
    progress_label: String,
    segments: Vec<Segment>,
    failed: i64,
    /// How long it took, once it is over.
    took: Option<String>,
}

/// A part of the progress bar, in percent of its width.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    state: &'static str,
    x: f64,
    width: f64,
}

impl LatestCard {
    pub fn new(workspace_url: &str, latest: LatestJobRequest) -> LatestCard {
        let jobs = latest.jobs;
        let finished = jobs.failed + jobs.succeeded;
        let more_actions = latest.requested_actions.len().saturating_sub(ACTIONS_SHOWN);
        LatestCard {
            id: latest.id.0,
            url: format!("{workspace_url}{}/", latest.id),
            state: latest.status.as_str().to_owned(),
            state_label: latest.status.human(),
            message: latest.status_message.filter(|text| !text.is_empty() && text != status::FAILED_BY_A_JOB),
            backend: latest.backend.to_uppercase(),
            person: latest.created_by,
            created: Moment::relative(latest.created_at),
            actions: latest.requested_actions.into_iter().take(ACTIONS_SHOWN).collect(),
            more_actions,
            progress: (jobs.total > 0).then(|| format!("{finished} of {} jobs finished", jobs.total)),
            progress_label: format!(
                "{finished} of {} jobs finished, {} failed, {} running, {} waiting",
                jobs.total, jobs.failed, jobs.running, jobs.pending
            ),
            segments: segments(jobs),
            failed: jobs.failed,
            took: took(latest.started_at, latest.completed_at),
        }
    }
}

fn took(started_at: Option<Timestamp>, completed_at: Option<Timestamp>) -> Option<String> {
    Some(times::duration(times::between(started_at?, completed_at?)))
}

fn segments(jobs: JobCounts) -> Vec<Segment> {
    let counts = [
        ("succeeded", jobs.succeeded),
        ("failed", jobs.failed),
        ("running", jobs.running),
        ("pending", jobs.pending),
    ];
    let mut segments = Vec::new();
    let mut x = 0.0;
    for (state, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        let width = (count as f64 * 10_000.0 / jobs.total as f64).round() / 100.0;
        segments.push(Segment { state, x, width });
        x += width;
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_divided_as_the_jobs_are() {
        let jobs = JobCounts { total: 4, pending: 1, running: 1, failed: 0, succeeded: 2 };
        assert_eq!(
            segments(jobs),
            [
                Segment { state: "succeeded", x: 0.0, width: 50.0 },
                Segment { state: "running", x: 50.0, width: 25.0 },
                Segment { state: "pending", x: 75.0, width: 25.0 },
            ]
        );
        assert_eq!(segments(JobCounts::default()), []);
    }
}
