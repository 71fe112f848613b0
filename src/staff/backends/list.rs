//! All backends.

use actix_web::HttpRequest;
use domain::views::staff_backends;
use serde::Serialize;

use super::address;
use crate::{
    app::App,
    http::{error::PageResult, page_links::PageLinks, shell::Page, times::Moment},
    staff::{BackendManager, listing::Asked},
};

#[derive(Serialize)]
struct ListPage {
    lines: Vec<Line>,
    pages: PageLinks,
}

#[derive(Serialize)]
struct Line {
    url: String,
    name: String,
    slug: String,
    is_active: bool,
    last_seen: Option<Moment>,
}

/// `GET /staff/backends/?page=`
pub async fn show(app: App, manager: BackendManager, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let db = app.db().await?;
    let (slice, backends) = asked
        .part(&app, staff_backends::count(&db), async |offset| staff_backends::page(&db, offset).await)
        .await?;
    drop(db);
    let view = ListPage { lines: backends.into_iter().map(line).collect(), pages: asked.links(slice) };
    manager.visitor.render(&app, "staff/backends/list", Page::staff("Backends"), &view)
}

fn line(backend: staff_backends::Line) -> Line {
    Line {
        url: address(backend.id),
        name: backend.name,
        slug: backend.slug,
        is_active: backend.is_active,
        last_seen: backend.last_seen_at.map(Moment::relative),
    }
}
