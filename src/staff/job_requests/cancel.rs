//! Cancelling somebody's job request: the same order that they could give themselves, with a note of who gave it.

use actix_web::web;
use actors::{CancelReport, ControllerError};
use domain::{
    audit::{self, About, Event, Kind},
    ids::JobRequestId,
    views::staff_job_request::{self, StaffJobRequest},
};

use super::address;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
    },
    site::job_requests::cancel,
    staff::{self, Staff},
};

/// `POST /staff/job-requests/{pk}/cancel/`: cancels all that waits or runs. Of one that is over there is nothing to say.
pub async fn submit(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let id = JobRequestId(staff::pk(&path)?);
    let request = staff_job_request::find(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    if !request.status.is_active() {
        return redirect::to(&app, &staff.visitor, &address(id), Vec::new());
    }
    let (ordering, by) = (app.clone(), staff.person.username.clone());
    let outcome = app.in_background(async move { order(&ordering, &request, &by).await }).await??;
    let notice = match outcome {
        Ok(_) => Flash::success("The requested actions have been cancelled"),
        failed => cancel::notice(failed, &format!("Job request {id}")),
    };
    redirect::to(&app, &staff.visitor, &address(id), vec![notice])
}

/// Gives the order and notes it, unless everything had been cancelled before.
async fn order(
    app: &App,
    request: &StaffJobRequest,
    by: &str,
) -> Result<Result<CancelReport, ControllerError>, Error> {
    let outcome = cancel::order(app, request.id, None).await?;
    let event =
        Event::new(Kind::JobRequestCancelled, by, About::job_request(request.id, request.id.to_string()))
            .project(request.project.id);
    let event = match &outcome {
        Ok(report) => noting(event, &request.cancelled_actions, &report.actions),
        // The order goes on; which actions it reaches will be known later.
        Err(ControllerError::StillWorking) => Some(event),
        Err(_) => None,
    };
    if let Some(event) = event {
        audit::record(&app.db().await?, &[event]).await?;
    }
    Ok(outcome)
}

/// None if all of `cancelled` had been cancelled `before`.
fn noting(event: Event, before: &[String], cancelled: &[String]) -> Option<Event> {
    let added = cancelled.iter().filter(|action| !before.contains(action));
    let after: Vec<&str> = before.iter().chain(added).map(String::as_str).collect();
    let event = event.change("cancelled_actions", before.join(", "), after.join(", "));
    event.has_changes().then_some(event)
}
