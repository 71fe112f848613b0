//! What happened to a job, in order.

use domain::{
    status::JobState,
    views::{job::JobPage, job_request_jobs},
};
use serde::Serialize;

use crate::http::times::{self, Moment};

#[derive(Debug, Serialize)]
pub struct Step {
    state: &'static str,
    text: String,
    at: Option<Moment>,
}

/// Created, started, where it is now or how it ended, and when the backend last said so.
pub fn steps(job: &JobPage) -> Vec<Step> {
    let mut steps = vec![Step { state: "pending", text: "Created".to_owned(), at: Some(at(job.created_at)) }];
    if let Some(started) = job.started_at {
        // Not the state `running`, whose icon turns: this is over.
        steps.push(Step { state: "none", text: "Started".to_owned(), at: Some(at(started)) });
    }
    let ended = job.completed_at.map(at);
    match job.state() {
        JobState::Pending => steps.push(now("pending", "Waiting to run")),
        JobState::Running => steps.push(now("running", "Running")),
        JobState::Failed => steps.push(Step { state: "failed", text: "Failed".to_owned(), at: ended }),
        JobState::Succeeded => {
            steps.push(Step { state: "succeeded", text: "Succeeded".to_owned(), at: ended })
        }
        JobState::Unknown => {
            steps.push(Step { state: "unknown", text: "State unknown".to_owned(), at: ended })
        }
    }
    if let Some(updated) = job.updated_at {
        let text = format!("Last update by {}", job.backend_name);
        steps.push(Step { state: "none", text, at: Some(at(updated)) });
    }
    steps
}

fn now(state: &'static str, text: &str) -> Step {
    Step { state, text: text.to_owned(), at: None }
}

fn at(moment: jiff::Timestamp) -> Moment {
    Moment::date_and_time(moment)
}

/// How long it ran; none before its end, and if it took no time at all.
pub fn time_spent(job: &JobPage) -> Option<String> {
    job_request_jobs::runtime(&job.status, job.started_at, job.completed_at)
        .filter(|took| !took.is_zero())
        .map(times::duration)
}
