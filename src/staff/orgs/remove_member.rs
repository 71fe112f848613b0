//! Ending somebody's membership of an organisation.

use actix_web::web;
use domain::orgs::{self, members};

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        form::Fields,
        redirect,
    },
    staff::{Staff, addresses},
};

/// `POST /staff/orgs/{slug}/remove-member/`
pub async fn submit(app: App, staff: Staff, slug: web::Path<String>, fields: Fields) -> PageResult {
    let mut db = app.db().await?;
    let org = orgs::find(&db, &slug).await?.ok_or(Error::NotFound)?;
    let username = fields.text("username");
    let notice = if members::remove(&mut db, &org, username, &staff.person).await? {
        tracing::info!(org = org.slug, member = username, by = staff.person.username, "member removed");
        Flash::success(format!("Removed {username} from {}", org.name))
    } else {
        Flash::error(format!("{username} is not a member of {}", org.name))
    };
    redirect::to(&app, &staff.visitor, &addresses::org(&org.slug), vec![notice])
}
