//! Cancelling somebody's job request: the same order that they could give themselves, put on record when it is carried out.

use actix_web::web;
use domain::{ids::JobRequestId, job_requests::CancelOrder, views::staff_job_request};

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
    let order = CancelOrder { staff: Some(staff.person.username.clone()), ..CancelOrder::all(id) };
    let outcome = cancel::order(&app, order).await?;
    let notice = match outcome {
        Ok(_) => Flash::success("The requested actions have been cancelled"),
        failed => cancel::notice(failed, &format!("Job request {id}")),
    };
    redirect::to(&app, &staff.visitor, &address(id), vec![notice])
}
