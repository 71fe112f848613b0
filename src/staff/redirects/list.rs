//! All redirects, also those that have ended.

use actix_web::HttpRequest;
use domain::{
    listing::Conditions,
    redirects::TargetKind,
    views::staff_redirects::{self, Redirect, SEARCHED},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{PATH, target::TargetView};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        page_links::PageLinks,
        shell::Page,
        times::Moment,
    },
    staff::{
        Staff,
        listing::{Asked, Choice, ListTools},
    },
};

#[derive(Serialize)]
struct ListPage<'a> {
    tools: ListTools<'a>,
    lines: Vec<Line>,
    pages: PageLinks,
    /// Nothing was searched or filtered: there are none at all.
    is_whole: bool,
}

#[derive(Serialize)]
struct Line {
    url: String,
    old_url: String,
    target: TargetView,
    /// Why it does not lead anywhere any more.
    ended: Option<&'static str>,
    expires: Moment,
}

/// `GET /staff/redirects/?q=&type=&page=`
pub async fn show(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let kinds = kinds(&asked)?;
    let mut wanted = Conditions::new();
    wanted.any_like(&SEARCHED, asked.q());
    staff_redirects::of_kinds(&mut wanted, &kinds);
    let db = app.db().await?;
    let (slice, redirects) = asked
        .part(&app, staff_redirects::count(&db, &wanted), async |offset| {
            staff_redirects::page(&db, &wanted, offset).await
        })
        .await?;
    drop(db);
    let choices = TargetKind::ALL.map(|kind| Choice::new(kind.as_str(), kind.label()));
    let view = ListPage {
        tools: asked.tools(PATH, "Search by address, name or person").toggle("type", "Type", choices.into()),
        lines: redirects.iter().map(line).collect(),
        pages: asked.links(slice),
        is_whole: asked.q().is_none() && kinds.is_empty(),
    };
    staff.visitor.render(&app, "staff/redirects/list", Page::staff("Redirects"), &view)
}

/// The kinds that the query names; 400 for one that there is not.
fn kinds(asked: &Asked) -> Result<Vec<TargetKind>, Error> {
    let named = asked.all("type");
    let kinds = named.iter().map(|name| TargetKind::from_name(name));
    kinds
        .collect::<Option<_>>()
        .ok_or_else(|| Error::BadRequest("there is no such type of redirect".to_owned()))
}

fn line(redirect: &Redirect) -> Line {
    Line {
        url: format!("{PATH}{}/", redirect.id),
        old_url: redirect.old_url.clone(),
        target: TargetView::from(&redirect.target),
        ended: ended(redirect),
        expires: Moment::date(redirect.expires_at),
    }
}

pub(super) fn ended(redirect: &Redirect) -> Option<&'static str> {
    if redirect.deleted_at.is_some() {
        Some("Deleted")
    } else if redirect.expires_at <= Timestamp::now() {
        Some("Expired")
    } else {
        None
    }
}
