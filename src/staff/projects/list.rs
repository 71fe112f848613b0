//! All projects by number, searched and filtered.

use actix_web::HttpRequest;
use domain::{
    permissions::Permission,
    views::{
        staff_chosen::{self, Chosen},
        staff_projects::{self, Line},
    },
};
use serde::Serialize;

use super::{PATH, status::Status};
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
        Staff, addresses,
        listing::{Asked, Choice, ListTools},
    },
};

#[derive(Serialize)]
struct ListPage<'a> {
    tools: ListTools<'a>,
    projects: Vec<ProjectLine>,
    pages: PageLinks,
    total: String,
    may_create: bool,
    /// Nothing was searched or filtered: there are none at all.
    is_whole: bool,
}

#[derive(Serialize)]
struct ProjectLine {
    url: String,
    number: String,
    name: String,
    status: Status,
    created: Moment,
}

impl From<Line> for ProjectLine {
    fn from(line: Line) -> Self {
        ProjectLine {
            url: addresses::project(&line.slug),
            number: line.number.unwrap_or_default(),
            name: line.name,
            status: Status::of(&line.status),
            created: Moment::date(line.created_at),
        }
    }
}

/// `GET /staff/projects/?q=&orgs=&page=`
pub async fn show(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let orgs = asked.all("orgs");
    let wanted = staff_projects::conditions(asked.q(), &orgs);
    let db = app.db().await?;
    let lines = asked.part(&app, staff_projects::count(&db, &wanted), async |offset| {
        staff_projects::page(&db, &wanted, offset).await
    });
    let chosen = async {
        let chosen = Chosen { orgs: &orgs, ..Chosen::default() };
        Ok::<_, Error>(staff_chosen::labels(&db, chosen).await?.orgs)
    };
    let ((slice, lines), chosen) = tokio::try_join!(lines, chosen)?;
    drop(db);
    let view = ListPage {
        is_whole: asked.q().is_none() && orgs.is_empty(),
        tools: asked.tools(PATH, "Search by name or ID").picker(
            "orgs",
            "Organisation",
            "orgs",
            Choice::all(chosen),
        ),
        projects: lines.into_iter().map(ProjectLine::from).collect(),
        pages: asked.links(slice),
        total: counted(slice.total, "project", "projects"),
        may_create: staff.visitor.may(Permission::ProjectCreate, None),
    };
    staff.visitor.render(&app, "staff/projects/list", Page::staff("Projects"), &view)
}
