//! A new token for a backend. The page asks first: the services of the backend are locked out until they have it.

use actix_web::web;
use domain::{backends, ids::BackendId};

use super::{address, reveal};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
    },
    staff::{self, BackendManager},
};

/// `POST /staff/backends/{pk}/rotate-token/`
pub async fn submit(app: App, manager: BackendManager, path: web::Path<String>) -> PageResult {
    let BackendManager { visitor, person, .. } = manager;
    let id = BackendId(staff::pk(&path)?);
    let token = backends::rotate_token(&mut app.db().await?, id, &person.username).await?;
    let token = token.ok_or(Error::NotFound)?;
    tracing::info!(backend = id.0, by = person.username, "token of a backend rotated");
    let notice = Flash::success("The token was rotated. The old one is not valid any more.");
    let mut response = redirect::to(&app, &visitor, &address(id), vec![notice])?;
    reveal::allow(&app, &mut response, person.id, id, &token);
    Ok(response)
}
