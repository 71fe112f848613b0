//! The page of an organisation.

use actix_web::web;
use domain::views::staff_orgs;

use super::detail_page::{self, Adding};
use crate::{
    app::App,
    http::error::{Error, PageResult},
    staff::Staff,
};

/// `GET /staff/orgs/{slug}/`
pub async fn show(app: App, staff: Staff, slug: web::Path<String>) -> PageResult {
    let db = app.db().await?;
    let detail = staff_orgs::find(&db, &slug).await?.ok_or(Error::NotFound)?;
    let (parts, few) = tokio::try_join!(
        detail_page::parts(&db, detail.org.id),
        staff_orgs::few_candidates(&db, detail.org.id)
    )?;
    drop(db);
    detail_page::show(&app, &staff, detail, parts, Adding { found: few, ..Adding::default() })
}
