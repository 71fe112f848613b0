//! Cancelling one job, which is one action of its job request.

use actix_web::web;
use domain::{job_requests::CancelOrder, views::job};

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        redirect,
        visitor::Visitor,
    },
    site::job_requests::{
        cancel::{may_cancel, notice, order},
        id_of,
    },
};

/// `POST /{project}/{workspace}/{pk}/{identifier}/cancel/`
pub async fn cancel(
    app: App,
    visitor: Visitor,
    path: web::Path<(String, String, String, String)>,
) -> PageResult {
    let (project, workspace, pk, identifier) = path.into_inner();
    let job = job::find(&app.db().await?, &project, &workspace, id_of(&pk)?, &identifier).await?;
    let job = job.filter(|job| job.identifier == identifier).ok_or(Error::NotFound)?;
    if !may_cancel(&visitor, job.request.created_by, job.project.id) {
        return Err(Error::NotFound);
    }
    if job.is_completed() || job.is_cancelled() {
        return redirect::to(&app, &visitor, &job.url(), vec![]);
    }
    let wanted = CancelOrder { actions: Some(vec![job.action.clone()]), ..CancelOrder::all(job.request.id) };
    let outcome = order(&app, wanted).await?;
    let notice = notice(outcome, &format!("Action {}", job.action));
    redirect::to(&app, &visitor, &job.url(), vec![notice])
}
