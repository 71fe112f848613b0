//! One redirect: where it comes from, where it leads, who made it.

use actix_web::web;
use domain::views::staff_redirects;
use serde::Serialize;

use super::{PATH, list::ended, target::TargetView};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
    },
    staff::{self, Staff, addresses},
};

#[derive(Serialize)]
struct DetailPage {
    heading: String,
    old_url: String,
    target: TargetView,
    ended: Option<&'static str>,
    created: Moment,
    created_by: String,
    creator_url: String,
    expires: Moment,
    delete_url: String,
    delete_title: String,
    delete_text: String,
}

/// `GET /staff/redirects/{pk}/`
pub async fn show(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let id = staff::pk(&path)?;
    let redirect = staff_redirects::find(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    let view = DetailPage {
        heading: format!("Redirect for: {}", redirect.target.name),
        target: TargetView::from(&redirect.target),
        ended: ended(&redirect),
        created: Moment::event(redirect.created_at),
        creator_url: addresses::user(&redirect.creator_username),
        created_by: redirect.created_by,
        expires: Moment::event(redirect.expires_at),
        delete_url: format!("{PATH}{id}/delete/"),
        delete_title: format!("Delete the redirect from {}?", redirect.old_url),
        delete_text: format!("Links to {} then lead nowhere. There is no way back.", redirect.old_url),
        old_url: redirect.old_url,
    };
    let page = Page::staff(&view.heading);
    staff.visitor.render(&app, "staff/redirects/detail", page, &view)
}
