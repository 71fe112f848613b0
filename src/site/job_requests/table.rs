//! The jobs of a job request, a line each: what needs a person first, on a time axis that all share.

use domain::{
    status::JobState,
    status_codes,
    views::{job_request::JobRequestPage, job_request_jobs::JobLine},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    attention::job_url,
    axis::{Axis, Bar},
    states::{self, Filter, ORDER, Pill},
};
use crate::http::times;

#[derive(Debug, Serialize)]
pub struct JobsTable {
    chips: Vec<Chip>,
    from: String,
    to: String,
    rows: Vec<JobRow>,
}

/// A link that filters the table by a state.
#[derive(Debug, Serialize)]
struct Chip {
    text: String,
    href: String,
    is_current: bool,
}

#[derive(Debug, Serialize)]
struct JobRow {
    id: String,
    pill: Pill,
    action: String,
    href: String,
    bar: Bar,
    duration: String,
    /// When it started, while it runs.
    running_since: Option<String>,
    code: String,
    message: String,
}

impl JobsTable {
    /// None if there are no jobs.
    pub fn new(
        request: &JobRequestPage,
        jobs: &[JobLine],
        filter: Filter,
        now: Timestamp,
    ) -> Option<JobsTable> {
        if jobs.is_empty() {
            return None;
        }
        let axis = Axis::new(request, now);
        let mut shown: Vec<&JobLine> = jobs.iter().filter(|job| filter.shows(job.state())).collect();
        // A stable sort: within a state those that started first stay first.
        shown.sort_by_key(|job| states::place_in_order(job.state()));
        Some(JobsTable {
            chips: chips(request, jobs, filter),
            from: axis.from(),
            to: axis.to(),
            rows: shown.into_iter().map(|job| row(request, job, &axis, now)).collect(),
        })
    }
}

fn chips(request: &JobRequestPage, jobs: &[JobLine], filter: Filter) -> Vec<Chip> {
    let url = request.url();
    let all = Chip {
        text: format!("All {}", jobs.len()),
        href: format!("{url}#jobs"),
        is_current: filter.state().is_none(),
    };
    let of_state = ORDER.into_iter().filter_map(|state| {
        let count = jobs.iter().filter(|job| job.state() == state).count();
        let is_current = filter.state() == Some(state);
        (count > 0 || is_current).then(|| Chip {
            text: format!("{} {count}", Pill::of_job(state, "").label),
            href: format!("{url}?state={}#jobs", state.as_str()),
            is_current,
        })
    });
    std::iter::once(all).chain(of_state).collect()
}

fn row(request: &JobRequestPage, job: &JobLine, axis: &Axis, now: Timestamp) -> JobRow {
    let running_since = job.started_at.filter(|_| job.state() == JobState::Running);
    let duration = match (running_since, job.runtime()) {
        (Some(since), _) => times::duration(times::between(since, now)),
        (None, Some(took)) => times::duration(took),
        (None, None) => String::new(),
    };
    JobRow {
        id: format!("job-{}", job.identifier),
        pill: Pill::of_job(job.state(), &job.status_code),
        action: job.action.clone(),
        href: job_url(request, job),
        bar: axis.bar(job),
        duration,
        running_since: running_since.map(|since| since.to_string()),
        code: code(job),
        message: message(job),
    }
}

/// The controller's code, where it says more than the state.
fn code(job: &JobLine) -> String {
    match job.state() {
        JobState::Failed | JobState::Pending => job.status_code.clone(),
        JobState::Running | JobState::Succeeded | JobState::Unknown => String::new(),
    }
}

/// The controller's message; where it has none, what its code means. Nothing for jobs that went well.
pub fn message(job: &JobLine) -> String {
    if job.state() == JobState::Succeeded {
        String::new()
    } else if job.status_message.is_empty() {
        status_codes::explain(&job.status_code).map(|known| known.meaning.to_owned()).unwrap_or_default()
    } else {
        job.status_message.clone()
    }
}
