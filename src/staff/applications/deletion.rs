//! Deleting an application, and restoring it.

use actix_web::web;
use domain::applications::{self, Refusal, hash};

use super::{LIST, id_of, staff_url};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
    },
    staff::Staff,
};

/// `POST /staff/applications/{hash}/delete/`
pub async fn delete(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let id = id_of(&path)?;
    let hash = hash(id);
    let refusal = match applications::delete(&mut app.db().await?, id, &staff.person).await? {
        Ok(()) => {
            let notice = Flash::success(format!("Application {hash} was deleted. It can be restored here."));
            return redirect::to(&app, &staff.visitor, LIST, vec![notice]);
        }
        Err(Refusal::Missing) => return Err(Error::NotFound),
        Err(Refusal::Deleted) => format!("Application {hash} has been deleted already."),
        Err(Refusal::Approved | Refusal::NoStudy) => {
            format!("Application {hash} has been approved. It cannot be deleted any more.")
        }
    };
    redirect::to(&app, &staff.visitor, &staff_url(id), vec![Flash::error(refusal)])
}

/// `POST /staff/applications/{hash}/restore/`: one that was not deleted stays as it is.
pub async fn restore(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let id = id_of(&path)?;
    let notices = match applications::restore(&mut app.db().await?, id, &staff.person).await? {
        Ok(true) => vec![Flash::success(format!("Application {} was restored.", hash(id)))],
        Ok(false) => Vec::new(),
        Err(_) => return Err(Error::NotFound),
    };
    redirect::to(&app, &staff.visitor, LIST, notices)
}
