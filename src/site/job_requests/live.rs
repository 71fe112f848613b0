//! The view-model of everything on a job request's page that moves. It knows nothing of who is looking, so that it is
//! drawn once for all.

use domain::{
    status::JobRequestStatus,
    views::{job::ERROR_ACTION, job_request::JobRequestPage, job_request_jobs::JobLine},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    attention::Attention,
    facts::MovingFacts,
    fixed::Fixed,
    graph::GraphView,
    progress::Progress,
    states::{Filter, Pill},
    table::JobsTable,
};

#[derive(Debug, Serialize)]
pub struct LiveView {
    is_active: bool,
    is_cancellable: bool,
    pill: Pill,
    /// Said to screen readers when it changes.
    announcement: String,
    progress: Option<Progress>,
    /// Instead of jobs, where there are none to show.
    outcome: Option<Outcome>,
    attention: Option<Attention>,
    graph: Option<GraphView>,
    jobs: Option<JobsTable>,
    facts: MovingFacts,
}

/// What came of a job request that has no jobs.
#[derive(Debug, Serialize)]
struct Outcome {
    pill: Pill,
    text: String,
    /// As the controller put it, line breaks included.
    message: Option<String>,
    is_waiting: bool,
}

impl LiveView {
    pub fn new(
        request: &JobRequestPage,
        jobs: &[JobLine],
        fixed: &Fixed,
        filter: Filter,
        now: Timestamp,
    ) -> LiveView {
        let error = jobs.iter().find(|job| job.action == ERROR_ACTION);
        let jobs = if error.is_some() { &[] } else { jobs };
        let progress = (!jobs.is_empty()).then(|| Progress::new(request, jobs, now));
        let pill = Pill::of_request(&request.status);
        LiveView {
            is_active: request.is_active(),
            is_cancellable: request.is_active() && !request.jobs.cancellable.is_empty(),
            announcement: match &progress {
                Some(progress) => {
                    format!("{}: {} of {} jobs finished", pill.label, progress.finished, progress.total)
                }
                None => pill.label.clone(),
            },
            outcome: jobs.is_empty().then(|| Outcome::new(request, error)),
            attention: Attention::new(request, jobs, now),
            graph: error.is_none().then(|| GraphView::new(request, jobs, fixed)).flatten(),
            jobs: JobsTable::new(request, jobs, filter, now),
            facts: MovingFacts::new(request),
            progress,
            pill,
        }
    }
}

impl LiveView {
    /// Where runners come and fetch, a job request can be cancelled before one has come.
    pub fn offer_to_cancel_early(&mut self, request: &JobRequestPage) {
        let is_waiting = self.outcome.as_ref().is_some_and(|outcome| outcome.is_waiting);
        self.is_cancellable |= is_waiting && request.cancelled_actions.is_empty();
    }
}

impl Outcome {
    fn new(request: &JobRequestPage, error: Option<&JobLine>) -> Outcome {
        let message = match error {
            Some(job) => Some(job.status_message.clone()),
            None => request.status_message.clone(),
        };
        Outcome {
            pill: Pill::of_request(&request.status),
            text: explanation(request, error.is_some()),
            message: message.filter(|text| !text.trim().is_empty()),
            is_waiting: request.is_active() && error.is_none(),
        }
    }
}

fn explanation(request: &JobRequestPage, is_invalid: bool) -> String {
    let backend = &request.backend_name;
    match &request.status {
        _ if is_invalid => format!("{backend} could not turn this request into jobs."),
        JobRequestStatus::NothingToDo => {
            "No jobs were created, because there was nothing that had to run.".to_owned()
        }
        JobRequestStatus::Failed => "No jobs were created.".to_owned(),
        JobRequestStatus::UnknownErrorCreatingJobs => {
            "It is not known yet whether jobs were created: the controller did not answer clearly. It is being asked again."
                .to_owned()
        }
        status if status.is_active() => {
            format!("{backend} has not reported any jobs yet. They usually appear within a minute.")
        }
        _ => format!("{backend} has reported no jobs."),
    }
}
