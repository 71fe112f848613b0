//! Asking for jobs: the job request is committed first, then the RAP controller is called. Both happen in the
//! background, so that they end even when the browser goes away.

use std::time::Duration;

use actors::{ControllerError, CreationReport};
use domain::{
    job_requests::{self, CreationOutcome, Inserted, NewJobRequest},
    status::JobRequestStatus,
};

use crate::{
    app::App,
    http::{error::Error, flash::Flash},
};

/// A request as a whole may take 50 seconds, of which GitHub may have had 15.
const PATIENCE: Duration = Duration::from_secs(32);

/// What came of it.
pub enum Outcome {
    /// The notice for the next page.
    Requested(Flash),
    /// Nothing was requested, for this reason.
    Refused(String),
}

pub async fn place(app: &App, new: NewJobRequest) -> Result<Outcome, Error> {
    let app_for_work = app.clone();
    let working = app.in_background(async move { insert_and_create(&app_for_work, &new).await });
    let placed = match tokio::time::timeout(PATIENCE, working).await {
        Ok(done) => done?,
        Err(_) => return Ok(Outcome::Requested(still_on_its_way())),
    };
    match placed {
        Ok((inserted, report)) => Ok(Outcome::Requested(notice(&inserted, &report))),
        Err(domain::Error::Invalid(reason)) => Ok(Outcome::Refused(reason)),
        Err(error) => Err(error.into()),
    }
}

type Report = Result<CreationReport, ControllerError>;

/// Without a controller runners come and fetch, so that what is inserted is on its way.
async fn insert_and_create(app: &App, new: &NewJobRequest) -> domain::Result<(Inserted, Report)> {
    let inserted = job_requests::insert(&app.db().await?, new).await?;
    tracing::info!(
        job_request = inserted.id.0,
        rap_id = inserted.identifier,
        actions = new.requested_actions.len(),
        is_new = inserted.is_new,
        "jobs requested"
    );
    if app.config.rap.controller.is_none() {
        return recorded(app, inserted, CreationOutcome::Scheduled).await;
    }
    match app.actors.rap_controller.create(inserted.id).await {
        // It never got into the queue, so the controller knows nothing of it.
        Err(reason @ (ControllerError::Busy | ControllerError::Stopping)) => {
            recorded(app, inserted, CreationOutcome::Refused { details: reason.to_string() }).await
        }
        report => Ok((inserted, report)),
    }
}

async fn recorded(
    app: &App,
    inserted: Inserted,
    outcome: CreationOutcome,
) -> domain::Result<(Inserted, Report)> {
    job_requests::record_creation(&app.db().await?, inserted.id, &outcome).await?;
    let (status, message) = outcome.status();
    let report = CreationReport { status, message: message.map(str::to_owned), count: 0 };
    Ok((inserted, Ok(report)))
}

fn notice(inserted: &Inserted, report: &Report) -> Flash {
    let report = match report {
        Ok(report) => report,
        Err(ControllerError::StillWorking) => return still_on_its_way(),
        Err(error) => {
            tracing::error!(job_request = inserted.id.0, %error, "it is not known whether jobs were created");
            return still_on_its_way();
        }
    };
    match (&report.status, inserted.is_new) {
        (_, false) => Flash::info("This form had been sent already. Nothing was requested twice."),
        (JobRequestStatus::Pending | JobRequestStatus::Running | JobRequestStatus::Succeeded, _) => {
            Flash::success("Your jobs have been scheduled. They start as soon as there is room for them.")
        }
        (status, _) => Flash::info(not_scheduled(status, report.message.as_deref())),
    }
}

fn not_scheduled(status: &JobRequestStatus, message: Option<&str>) -> String {
    match message.filter(|text| !text.is_empty()) {
        Some(message) => format!("No actions scheduled. {} ({message})", status.human()),
        None => format!("No actions scheduled. {}", status.human()),
    }
}

fn still_on_its_way() -> Flash {
    Flash::info(
        "Your request is on its way, but has not been answered yet. Its state will show here in a minute.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_says_why_nothing_was_scheduled() {
        let text = not_scheduled(&JobRequestStatus::NothingToDo, Some("All actions have run"));
        assert_eq!(text, "No actions scheduled. Nothing to do (All actions have run)");
        let text = not_scheduled(&JobRequestStatus::UnknownErrorCreatingJobs, None);
        assert_eq!(text, "No actions scheduled. Unknown error creating jobs");
    }
}
