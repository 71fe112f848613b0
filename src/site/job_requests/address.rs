//! Short addresses of job requests, as they stand in mails and in other systems.

use actix_web::web;
use domain::{ids::JobRequestId, views::job_request};

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        redirect as redirects,
    },
};

/// `/job-requests/{pk}/`: leads to the page inside its project and workspace.
pub async fn redirect(app: App, pk: web::Path<String>) -> PageResult {
    let id = id_of(&pk)?;
    let location = job_request::address(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    Ok(redirects::plain(&location))
}

/// The primary key in an address; digits beyond the column's range lead nowhere.
pub fn id_of(pk: &str) -> Result<JobRequestId, Error> {
    pk.parse().map(JobRequestId).map_err(|_| Error::NotFound)
}
