//! The list of applications: newest first, the deleted ones among them with a way back.

use actix_web::HttpRequest;
use domain::{
    applications::{Status, hash},
    views::{
        staff_applications::{self, Line, Wanted},
        staff_chosen::{self, Chosen},
    },
};
use serde::Serialize;

use super::{LIST, StatusBadge, staff_url, title};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        page_links::PageLinks,
        shell::Page,
        times::Moment,
        words::counted,
    },
    staff::{
        Staff,
        listing::{Asked, Choice, ListTools},
    },
};

#[derive(Serialize)]
struct ListPage<'a> {
    tools: ListTools<'a>,
    lines: Vec<LineView>,
    is_narrowed: bool,
    pages: PageLinks,
    total: String,
}

#[derive(Serialize)]
struct LineView {
    hash: String,
    title: String,
    url: String,
    status: StatusBadge,
    is_approved: bool,
    created: Moment,
    created_by: String,
    deleted: Option<Deleted>,
}

#[derive(Serialize)]
struct Deleted {
    at: Moment,
    by: String,
}

/// `GET /staff/applications/?q=&status=&user=&page=`
pub async fn list(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let (statuses, users) = (asked.all("status"), asked.all("user"));
    let wanted = Wanted { text: asked.q(), statuses: &statuses, users: &users };
    let db = app.db().await?;
    let lines = asked.part(&app, staff_applications::count(&db, &wanted), async |offset| {
        staff_applications::page(&db, &wanted, offset).await
    });
    let chosen = Chosen { users: &users, ..Chosen::default() };
    let labels = async { Ok::<_, Error>(staff_chosen::labels(&db, chosen).await?) };
    let ((slice, lines), labels) = tokio::try_join!(lines, labels)?;
    drop(db);
    let authors = labels.users.into_iter().map(|(username, name)| Choice::new(username, name)).collect();
    let view = ListPage {
        tools: asked
            .tools(LIST, "Search by hash, study or person")
            .facet("status", "Status", statuses_to_choose())
            .picker("user", "Author", "applicants", authors),
        is_narrowed: asked.q().is_some() || !statuses.is_empty() || !users.is_empty(),
        lines: lines.into_iter().map(line).collect(),
        pages: asked.links(slice),
        total: counted(slice.total, "application", "applications"),
    };
    staff.visitor.render(&app, "staff/applications/list", Page::staff("Applications"), &view)
}

fn statuses_to_choose() -> Vec<Choice> {
    Status::ALL.iter().map(|status| Choice::new(status.as_str(), status.label())).collect()
}

fn line(line: Line) -> LineView {
    LineView {
        hash: hash(line.id),
        title: title(line.study_name.as_deref()).to_owned(),
        url: staff_url(line.id),
        status: StatusBadge::of(&line.status),
        is_approved: line.approved_at.is_some(),
        created: Moment::date(line.created_at),
        created_by: line.created_by.display_name(),
        deleted: line.deleted.map(|(at, by)| Deleted { at: Moment::date(at), by: by.display_name() }),
    }
}
