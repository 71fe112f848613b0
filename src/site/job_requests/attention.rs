//! What a researcher should look at first: jobs that failed, with what it means and what to do; silence of the
//! backend; a cancellation that is under way.

use domain::{
    status::JobState,
    status_codes,
    views::{
        job_request::JobRequestPage,
        job_request_jobs::{self, JobLine},
    },
};
use jiff::Timestamp;
use serde::Serialize;

use super::states::{self, Pill};

/// With more failures than this the rest is only counted.
const MOST_FAILURES: usize = 8;
/// The controller's code for a job that was not run because one that it needs failed.
const DEPENDENCY_FAILED: &str = "dependency_failed";

#[derive(Debug, Serialize)]
pub struct Attention {
    title: &'static str,
    tone: &'static str,
    notices: Vec<Notice>,
    failures: Vec<Failure>,
    /// How many more failed than are shown.
    more_failures: usize,
    blocked: Option<Blocked>,
}

/// Something about the job request as a whole.
#[derive(Debug, Serialize)]
struct Notice {
    pill: Pill,
    text: String,
}

#[derive(Debug, Serialize)]
struct Failure {
    pill: Pill,
    action: String,
    href: String,
    message: String,
    meaning: Option<&'static str>,
    advice: Option<&'static str>,
}

/// Jobs that could not run because of others.
#[derive(Debug, Serialize)]
struct Blocked {
    text: String,
    actions: Vec<ActionLink>,
}

#[derive(Debug, Serialize)]
struct ActionLink {
    action: String,
    href: String,
}

impl Attention {
    /// None if all is as it should be.
    pub fn new(request: &JobRequestPage, jobs: &[JobLine], now: Timestamp) -> Option<Attention> {
        let failed: Vec<&JobLine> = jobs
            .iter()
            .filter(|job| job.state() == JobState::Failed && !states::was_cancelled(job))
            .collect();
        let (blocked, own): (Vec<&JobLine>, Vec<&JobLine>) =
            failed.into_iter().partition(|job| job.status_code == DEPENDENCY_FAILED);
        let notices = notices(request, now);
        let has_failures = !own.is_empty() || !blocked.is_empty();
        if !has_failures && notices.is_empty() {
            return None;
        }
        let is_only_cancelled =
            !has_failures && notices.iter().all(|notice| notice.pill.state == "cancelled");
        Some(Attention {
            title: if is_only_cancelled { "Cancellation requested" } else { "Needs attention" },
            tone: if has_failures { "danger" } else { "warning" },
            notices,
            more_failures: own.len().saturating_sub(MOST_FAILURES),
            failures: own.into_iter().take(MOST_FAILURES).map(|job| failure(request, job)).collect(),
            blocked: (!blocked.is_empty()).then(|| Blocked::new(request, &blocked)),
        })
    }
}

impl Blocked {
    fn new(request: &JobRequestPage, jobs: &[&JobLine]) -> Blocked {
        let text = match jobs.len() {
            1 => "was not run, because an action that it needs failed.".to_owned(),
            _ => "were not run, because actions that they need failed.".to_owned(),
        };
        let link = |job: &&JobLine| ActionLink { action: job.action.clone(), href: job_url(request, job) };
        Blocked { text, actions: jobs.iter().map(link).collect() }
    }
}

fn failure(request: &JobRequestPage, job: &JobLine) -> Failure {
    let explanation = status_codes::explain(&job.status_code);
    let message = if job.status_message.is_empty() {
        job.status_code.replace('_', " ")
    } else {
        job.status_message.clone()
    };
    Failure {
        pill: Pill::of_job(job.state(), &job.status_code),
        action: job.action.clone(),
        href: job_url(request, job),
        message,
        meaning: explanation.map(|explanation| explanation.meaning),
        advice: explanation.and_then(|explanation| explanation.advice),
    }
}

fn notices(request: &JobRequestPage, now: Timestamp) -> Vec<Notice> {
    let mut notices = Vec::new();
    if !request.is_active() {
        return notices;
    }
    if job_request_jobs::is_stale(request.jobs.newest_update, now) {
        notices.push(Notice {
            pill: Pill { state: "warning".to_owned(), label: "No news".to_owned() },
            text: format!(
                "{} has reported nothing about these jobs for more than 30 minutes. What is shown here may be out of date.",
                request.backend_name
            ),
        });
    }
    if !request.cancelled_actions.is_empty() {
        notices.push(Notice {
            pill: Pill { state: "cancelled".to_owned(), label: "Cancelling".to_owned() },
            text: format!(
                "Cancellation has been requested for {}. It takes effect when the backend hears of it, usually within a minute.",
                listed(&request.cancelled_actions)
            ),
        });
    }
    notices
}

/// `a, b and c`, at most eight names.
pub fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    match names {
        [] => String::new(),
        [one] => one.clone(),
        many if many.len() > MOST => {
            format!("{} and {} more", many[..MOST].join(", "), many.len() - MOST)
        }
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

pub fn job_url(request: &JobRequestPage, job: &JobLine) -> String {
    format!("{}{}/", request.url(), job.identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_of_names_are_cut() {
        let names: Vec<String> = (1..=10).map(|number| format!("a{number}")).collect();
        assert_eq!(listed(&names[..1]), "a1");
        assert_eq!(listed(&names[..3]), "a1, a2 and a3");
        assert_eq!(listed(&names), "a1, a2, a3, a4, a5, a6, a7, a8 and 2 more");
    }
}
