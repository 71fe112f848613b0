//! Short addresses of jobs, as they stand in mails and in other systems.

use actix_web::web;
use domain::views::job;

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        redirect as redirects,
    },
};

/// `/jobs/{identifier}/`: leads to the page inside its job request. Only whole identifiers do.
pub async fn redirect(app: App, identifier: web::Path<String>) -> PageResult {
    let location = job::address(&app.db().await?, &identifier).await?.ok_or(Error::NotFound)?;
    Ok(redirects::plain(&location))
}
