//! Cancelling a job request, or a single action of it. The controller is asked; jobs change when it says so. Without a
//! controller the wish is written down, and the runner finds it when it comes.

use actix_web::web;
use actors::{CancelReport, ControllerError};
use domain::{
    db::Pool,
    ids::{ProjectId, UserId},
    job_requests::CancelOrder,
    permissions::Permission,
    pull::{self, Cancelled},
    views::job_request,
};

use super::{attention::listed, id_of};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
        visitor::Visitor,
    },
};

/// `POST /{project}/{workspace}/{pk}/cancel/`: cancels all that waits or runs.
pub async fn submit(app: App, visitor: Visitor, path: web::Path<(String, String, String)>) -> PageResult {
    let (project, workspace, pk) = path.into_inner();
    let request = job_request::find(&app.db().await?, &project, &workspace, id_of(&pk)?).await?;
    let request = request.ok_or(Error::NotFound)?;
    if !may_cancel(&visitor, request.created_by, request.project.id) {
        return Err(Error::NotFound);
    }
    if !request.is_active() {
        return redirect::to(&app, &visitor, &request.url(), vec![]);
    }
    let outcome = order(&app, CancelOrder::all(request.id)).await?;
    let notice = notice(outcome, &format!("Job request {}", request.id));
    redirect::to(&app, &visitor, &request.url(), vec![notice])
}

/// Whoever asked for the jobs may take that back, and so may people with the permission on the project.
pub fn may_cancel(visitor: &Visitor, created_by: UserId, project: ProjectId) -> bool {
    visitor.person().is_some_and(|person| person.id == created_by)
        || visitor.may(Permission::JobCancel, Some(project))
}

/// Asks for something to be cancelled; goes on when the browser leaves.
pub async fn order(app: &App, order: CancelOrder) -> Result<Result<CancelReport, ControllerError>, Error> {
    if app.config.rap.controller.is_none() {
        let pool = app.pool.clone();
        return app.in_background(async move { write_down(&pool, &order).await }).await;
    }
    let controller = app.actors.rap_controller.clone();
    app.in_background(async move { controller.cancel(order).await }).await
}

async fn write_down(pool: &Pool, order: &CancelOrder) -> Result<CancelReport, ControllerError> {
    let mut db = pool.get().await.map_err(domain::Error::from)?;
    match pull::cancel(&mut db, order).await? {
        Some(Cancelled::Actions(actions)) => Ok(CancelReport { actions }),
        Some(Cancelled::NothingActive) => Err(ControllerError::NothingActive),
        None => Err(ControllerError::NoSuchJobRequest),
    }
}

/// What came of it, for the next page. `subject` is what was to be cancelled.
pub fn notice(outcome: Result<CancelReport, ControllerError>, subject: &str) -> Flash {
    match outcome {
        Ok(report) => {
            let names = match report.actions.as_slice() {
                [only] if subject.ends_with(only.as_str()) => String::new(),
                actions => format!(" ({})", listed(actions)),
            };
            Flash::success(format!(
                "{subject} cancelled{names}. It ends when the backend hears of it, usually within a minute."
            ))
        }
        Err(ControllerError::NotStartedYet) => Flash::error(
            "Nothing could be cancelled yet, because information about the jobs is not available. \
             Wait a minute and try again.",
        ),
        Err(ControllerError::StillWorking) => Flash::warning(
            "The RAP controller has not answered yet. The cancellation goes on, and shows here when it is accepted.",
        ),
        Err(error @ (ControllerError::Busy | ControllerError::Stopping)) => {
            Flash::error(format!("{subject} was not cancelled: {error}."))
        }
        Err(error) => {
            tracing::error!(%error, subject, "a cancellation failed");
            Flash::error(format!(
                "An unexpected error occurred while cancelling. {subject} may still be running: try again, and if \
                 that does not help, contact support."
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::flash::Level;

    #[test]
    fn notices_name_what_was_cancelled_and_why_not() {
        let done =
            notice(Ok(CancelReport { actions: vec!["a".to_owned(), "b".to_owned()] }), "Job request 12");
        assert_eq!(done.level, Level::Success);
        assert!(done.text.starts_with("Job request 12 cancelled (a and b)"), "{}", done.text);
        let one = notice(Ok(CancelReport { actions: vec!["a".to_owned()] }), "Action a");
        assert!(one.text.starts_with("Action a cancelled. "), "{}", one.text);
        let early = notice(Err(ControllerError::NotStartedYet), "Job request 12");
        assert_eq!(early.level, Level::Danger);
        assert!(early.text.contains("not available"), "{}", early.text);
        assert_eq!(notice(Err(ControllerError::NothingActive), "x").level, Level::Danger);
        assert_eq!(notice(Err(ControllerError::StillWorking), "x").level, Level::Warning);
    }
}
