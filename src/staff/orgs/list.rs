//! All organisations, by name.

use actix_web::HttpRequest;
use domain::{
    listing::Conditions,
    permissions::Permission,
    views::staff_orgs::{self, OrgLine},
};
use serde::Serialize;

use super::PATH;
use crate::{
    app::App,
    http::{error::PageResult, page_links::PageLinks, shell::Page},
    staff::{
        Staff, addresses,
        listing::{Asked, ListTools},
    },
};

#[derive(Serialize)]
struct ListPage<'a> {
    tools: ListTools<'a>,
    lines: Vec<Line>,
    pages: PageLinks,
    /// Nothing was searched: there are none at all.
    is_whole: bool,
    may_create: bool,
}

#[derive(Serialize)]
struct Line {
    url: String,
    name: String,
    members: i64,
    projects: i64,
}

/// `GET /staff/orgs/?q=&page=`
pub async fn show(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let mut wanted = Conditions::new();
    wanted.any_like(&["org.name"], asked.q());
    let db = app.db().await?;
    let (slice, lines) = asked
        .part(&app, staff_orgs::count(&db, &wanted), async |offset| {
            staff_orgs::page(&db, &wanted, offset).await
        })
        .await?;
    drop(db);
    let view = ListPage {
        tools: asked.tools(PATH, "Search by name"),
        lines: lines.into_iter().map(Line::from).collect(),
        pages: asked.links(slice),
        is_whole: asked.q().is_none(),
        may_create: staff.person.may(Permission::OrgCreate, None),
    };
    staff.visitor.render(&app, "staff/orgs/list", Page::staff("Organisations"), &view)
}

impl From<OrgLine> for Line {
    fn from(org: OrgLine) -> Self {
        Line { url: addresses::org(&org.slug), name: org.name, members: org.members, projects: org.projects }
    }
}
