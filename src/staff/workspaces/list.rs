//! All workspaces, by name.

use actix_web::HttpRequest;
use domain::{
    db::Object,
    views::{
        staff_chosen::{self, Chosen},
        staff_workspaces::{self, Wanted},
    },
};
use serde::Serialize;

use super::PATH;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        page_links::{PageLinks, Slice},
        shell::Page,
    },
    staff::{
        Staff, addresses,
        job_requests::choices,
        listing::{Asked, ListTools},
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
    name: String,
    is_archived: bool,
    project: String,
    project_url: String,
    repo: String,
}

/// `GET /staff/workspaces/?q=&orgs=&projects=&page=`
pub async fn show(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let wanted =
        Wanted { q: asked.q().map(str::to_owned), orgs: asked.all("orgs"), projects: asked.all("projects") };
    let chosen = Chosen { orgs: &wanted.orgs, projects: &wanted.projects, users: &[] };
    let db = app.db().await?;
    let labels = staff_chosen::labels(&db, chosen).await?;
    let (slice, rows) = part(&db, &asked, &wanted).await?;
    drop(db);
    let tools = asked
        .tools(PATH, "Search by name or repository")
        .picker("orgs", "Organisation", "orgs", choices(labels.orgs))
        .picker("projects", "Project", "projects", choices(labels.projects));
    let view = ListPage {
        tools,
        lines: rows.iter().map(line).collect(),
        pages: asked.links(slice),
        is_whole: wanted.q.is_none() && wanted.orgs.is_empty() && wanted.projects.is_empty(),
    };
    staff.visitor.render(&app, "staff/workspaces/list", Page::staff("Workspaces"), &view)
}

/// The rows that are asked for. The first page needs no count to know where it begins: it saves a round trip.
async fn part(
    db: &Object,
    asked: &Asked,
    wanted: &Wanted,
) -> Result<(Slice, Vec<staff_workspaces::Line>), Error> {
    if asked.last("page").is_none() {
        let (total, rows) =
            tokio::try_join!(staff_workspaces::count(db, wanted), staff_workspaces::page(db, wanted, 0))?;
        return Ok((asked.slice(total)?, rows));
    }
    let slice = asked.slice(staff_workspaces::count(db, wanted).await?)?;
    Ok((slice, staff_workspaces::page(db, wanted, slice.offset).await?))
}

fn line(row: &staff_workspaces::Line) -> Line {
    Line {
        url: addresses::workspace(&row.name),
        name: row.name.clone(),
        is_archived: row.is_archived,
        project: row.project.title(),
        project_url: addresses::project(&row.project.slug),
        repo: row.repo_name().to_owned(),
    }
}
