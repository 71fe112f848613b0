//! How the states of jobs and job requests look: key of the pill, word, order, and the filter of the jobs table.

use domain::{
    status::{JobRequestStatus, JobState},
    views::job_request_jobs::JobLine,
};
use serde::Serialize;

/// The controller's code for a job that was ended because somebody asked for it.
const CANCELLED: &str = "cancelled_by_user";

/// What the `pill` component shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pill {
    pub state: String,
    pub label: String,
}

impl Pill {
    pub fn of_request(status: &JobRequestStatus) -> Pill {
        Pill { state: status.as_str().to_owned(), label: status.human() }
    }

    /// A job that failed because it was cancelled says so: nothing went wrong with it.
    pub fn of_job(state: JobState, status_code: &str) -> Pill {
        let (state, label) = match state {
            JobState::Failed if status_code == CANCELLED => ("cancelled", "Cancelled"),
            JobState::Failed => ("failed", "Failed"),
            JobState::Running => ("running", "Running"),
            JobState::Pending => ("pending", "Pending"),
            JobState::Succeeded => ("succeeded", "Succeeded"),
            JobState::Unknown => ("unknown", "Unknown"),
        };
        Pill { state: state.to_owned(), label: label.to_owned() }
    }
}

pub fn was_cancelled(job: &JobLine) -> bool {
    job.state() == JobState::Failed && job.status_code == CANCELLED
}

/// All states in the order of the jobs table: what needs a person first.
pub const ORDER: [JobState; 5] =
    [JobState::Failed, JobState::Running, JobState::Pending, JobState::Unknown, JobState::Succeeded];

pub fn place_in_order(state: JobState) -> usize {
    ORDER.iter().position(|other| *other == state).unwrap_or(ORDER.len())
}

/// Which jobs the table shows: those of one state, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Filter(Option<JobState>);

impl Filter {
    /// From the query parameter `state`; anything that is not a state means all.
    pub fn from_query(query: &str) -> Filter {
        let wanted = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "state").last();
        Filter(wanted.and_then(|(_, value)| ORDER.into_iter().find(|state| state.as_str() == value)))
    }

    pub fn state(self) -> Option<JobState> {
        self.0
    }

    pub fn shows(self, state: JobState) -> bool {
        self.0.is_none_or(|wanted| wanted == state)
    }

    /// The query that asks for this filter.
    pub fn query(self) -> String {
        self.0.map(|state| format!("?state={}", state.as_str())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_states_filter() {
        assert_eq!(Filter::from_query("state=failed").state(), Some(JobState::Failed));
        assert_eq!(Filter::from_query("a=b&state=running").query(), "?state=running");
        for all in ["", "state=", "state=FAILED", "state=%00", "other=failed"] {
            assert_eq!(Filter::from_query(all), Filter::default(), "{all}");
        }
    }

    #[test]
    fn a_cancelled_job_does_not_look_failed() {
        assert_eq!(Pill::of_job(JobState::Failed, "cancelled_by_user").state, "cancelled");
        assert_eq!(Pill::of_job(JobState::Failed, "nonzero_exit").state, "failed");
    }
}
