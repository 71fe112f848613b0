//! How the server is doing: its actors, in whatever process, and what it has not delivered. The parts of the page are
//! fetched anew every few seconds, with the permission checked each time.

mod actor_card;
mod actors;
mod cell;
mod outbox;

use actix_web::{HttpRequest, HttpResponse, web};
use domain::{actor_health, outbox::browse};
use serde::Serialize;

use self::{
    actors::ActorsView,
    outbox::{OutboxView, Selection},
};
use super::{Staff, fragment};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        form::{self, Fields},
        page_links::PageNumber,
        redirect,
        shell::Page,
    },
};

pub const PATH: &str = "/staff/system/";

#[derive(Serialize)]
struct SystemPage {
    version: &'static str,
    #[serde(flatten)]
    actors: ActorsView,
    #[serde(flatten)]
    outbox: OutboxView,
}

/// `GET /staff/system/?state=&kind=&page=`
pub async fn show(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let query = form::query_pairs(request.query_string())?;
    let page = PageNumber::from_query(&query)?;
    let db = app.db().await?;
    let (reported, heaps) =
        tokio::try_join!(actor_health::elsewhere(&db, &app.actors.process), browse::heaps(&db))?;
    let selection = Selection::from_pairs(&query)?.or_first_of(&heaps);
    let slice = selection.slice(page, &heaps)?;
    let messages = browse::page(&db, selection.standing, selection.kind, slice.offset).await?;
    drop(db);
    let view = SystemPage {
        version: env!("CARGO_PKG_VERSION"),
        actors: ActorsView::new(&app.actors, reported)?,
        outbox: OutboxView::new(selection, &heaps, &messages, slice)?,
    };
    staff.visitor.render(&app, "staff/system", Page::titled("System"), &view)
}

/// `GET /staff/system/actors/`: the cards alone.
pub async fn actors(app: App, staff: Staff) -> PageResult {
    let reported = actor_health::elsewhere(&app.db().await?, &app.actors.process).await?;
    let view = ActorsView::new(&app.actors, reported)?;
    fragment::render(&app, &staff.visitor, "staff/system/actors", &view)
}

/// `GET /staff/system/outbox/?state=&kind=&page=&known=`: the outbox alone; nothing (204) if it is as `known`, so that
/// whoever works with the list is not disturbed.
pub async fn outbox(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let query = form::query_pairs(request.query_string())?;
    let page = PageNumber::from_query(&query)?;
    let db = app.db().await?;
    let heaps = browse::heaps(&db).await?;
    let selection = Selection::from_pairs(&query)?.or_first_of(&heaps);
    let slice = selection.nearest_slice(page, &heaps)?;
    let messages = browse::page(&db, selection.standing, selection.kind, slice.offset).await?;
    drop(db);
    let view = OutboxView::new(selection, &heaps, &messages, slice)?;
    if query.iter().any(|(name, value)| name == "known" && view.is_known_as(value)) {
        return Ok(HttpResponse::NoContent().insert_header(("Cache-Control", "no-store")).finish());
    }
    fragment::render(&app, &staff.visitor, "staff/system/outbox", &view)
}

/// `POST /staff/system/outbox/{pk}/retry/`: tries a message again now, also one that was given up.
pub async fn retry(app: App, staff: Staff, path: web::Path<String>, fields: Fields) -> PageResult {
    let id = id_of(&path)?;
    let notice = match browse::retry(&app.db().await?, id).await? {
        Some(marker) => {
            tracing::info!(
                id,
                marker,
                by = staff.person.username,
                "a message is tried again at somebody's wish"
            );
            Flash::success(format!("{marker} is tried again now."))
        }
        None => Flash::warning("That message has been delivered, or is being delivered at this moment."),
    };
    redirect::to(&app, &staff.visitor, &Selection::back(&fields), vec![notice])
}

/// `POST /staff/system/outbox/retry-dead/`: tries all messages of a kind again that were given up.
pub async fn retry_dead(app: App, staff: Staff, fields: Fields) -> PageResult {
    let kind = outbox::kind_of(fields.text("kind")).ok_or(Error::NotFound)?;
    let count = browse::retry_dead(&app.db().await?, kind).await?;
    tracing::info!(
        kind = kind.as_str(),
        count,
        by = staff.person.username,
        "all messages that were given up are tried again at somebody's wish"
    );
    let notice = match count {
        0 => Flash::info("There was nothing left to try again."),
        1 => Flash::success("1 message is tried again now."),
        count => Flash::success(format!("{count} messages are tried again now.")),
    };
    redirect::to(&app, &staff.visitor, &Selection::back(&fields), vec![notice])
}

/// `POST /staff/system/outbox/{pk}/discard/`: deletes a message that was given up.
pub async fn discard(app: App, staff: Staff, path: web::Path<String>, fields: Fields) -> PageResult {
    let id = id_of(&path)?;
    let notice = match browse::discard(&app.db().await?, id).await? {
        Some(marker) => {
            tracing::warn!(id, marker, by = staff.person.username, "a message that was given up was deleted");
            Flash::success(format!("{marker} was deleted."))
        }
        None => Flash::warning("That message is not among those given up any more."),
    };
    redirect::to(&app, &staff.visitor, &Selection::back(&fields), vec![notice])
}

/// A number too large for any message names none.
fn id_of(pk: &str) -> Result<i64, Error> {
    pk.parse().map_err(|_| Error::NotFound)
}
