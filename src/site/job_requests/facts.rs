//! Facts of a job request that move with its jobs: when it started and ended, and how long its jobs took in all.

use std::time::Duration;

use domain::views::job_request::JobRequestPage;
use jiff::Timestamp;
use serde::Serialize;

use crate::http::times::{self, Moment};

#[derive(Debug, Serialize)]
pub struct MovingFacts {
    started: Option<Moment>,
    finished: Option<Moment>,
    runtime: String,
}

impl MovingFacts {
    pub fn new(request: &JobRequestPage) -> MovingFacts {
        let runtime = u64::try_from(request.jobs.runtime_seconds).unwrap_or_default();
        let has_run = runtime > 0 && request.jobs.first_started.is_some();
        MovingFacts {
            started: request.jobs.first_started.map(moment),
            finished: request.completed_at().map(moment),
            runtime: if has_run {
                format!("{} in all", times::duration(Duration::from_secs(runtime)))
            } else {
                "–".to_owned()
            },
        }
    }
}

fn moment(at: Timestamp) -> Moment {
    Moment::date_and_time(at)
}
