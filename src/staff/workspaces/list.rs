//! All workspaces, by name.

use actix_web::HttpRequest;
use domain::views::{
    staff_chosen::{self, Chosen},
    staff_workspaces::{self, Wanted},
};
use serde::Serialize;

use super::PATH;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        page_links::PageLinks,
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
    let rows = asked.part(&app, staff_workspaces::count(&db, &wanted), async |offset| {
        staff_workspaces::page(&db, &wanted, offset).await
    });
    let labels = async { Ok::<_, Error>(staff_chosen::labels(&db, chosen).await?) };
    let ((slice, rows), labels) = tokio::try_join!(rows, labels)?;
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
