//! Every job request of the site.

use actix_web::HttpRequest;
use domain::views::{self, event_log};
use serde::Serialize;

use super::rows::RequestLine;
use crate::{
    app::App,
    http::{
        error::PageResult,
        form,
        page_links::{PageLinks, PageNumber},
        redirect,
        shell::Page,
        visitor::Visitor,
    },
};

#[derive(Serialize)]
struct EventLog {
    lines: Vec<RequestLine>,
    pages: PageLinks,
    is_first_page: bool,
}

/// `GET /event-log/?page=`
pub async fn show(app: App, visitor: Visitor, request: HttpRequest) -> PageResult {
    let wanted = PageNumber::from_query(&form::query_pairs(request.query_string())?)?;
    let db = app.db().await?;
    let total = *app.caches.job_request_count.get(event_log::count(&db)).await?;
    let slice = wanted.slice(total, views::PAGE_SIZE)?;
    let rows = event_log::page(&db, slice.offset);
    let rows = app.caches.public_event_log.get(&visitor, slice.offset, rows).await?;
    drop(db);
    let view = EventLog {
        lines: rows.iter().map(RequestLine::from).collect(),
        pages: PageLinks::new(slice, request.query_string()),
        is_first_page: slice.number == 1,
    };
    visitor.render(&app, "site/event_log", Page::titled("Event Log"), &view)
}

/// `/event-list/`, the address of long ago.
pub async fn old_address() -> PageResult {
    Ok(redirect::plain("/event-log/"))
}

/// `/jobs/`, without a job.
pub async fn jobs_address(request: HttpRequest) -> PageResult {
    Ok(redirect::plain(&match request.query_string() {
        "" => "/event-log/".to_owned(),
        query => format!("/event-log/?{query}"),
    }))
}
