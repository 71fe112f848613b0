//! All job requests, newest first. Filters over thousands of things look their choices up while somebody types, so a
//! page carries those that are chosen and no others.

use actix_web::HttpRequest;
use domain::{
    db::Object,
    listing::Conditions,
    views::{
        staff_backends,
        staff_chosen::{self, Chosen},
        staff_job_requests::{self, Wanted},
    },
};
use serde::Serialize;

use super::{PATH, address};
use crate::{
    app::App,
    http::{error::PageResult, page_links::PageLinks, shell::Page, times::Moment},
    staff::{
        Staff, addresses,
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
    /// `12 by Ada Lovelace (ada)`
    title: String,
    identifier: String,
    state: String,
    state_label: String,
    created: Moment,
    backend: String,
    workspace: String,
    workspace_url: String,
    project: String,
    project_url: String,
}

/// `GET /staff/job-requests/?q=&backends=&orgs=&project=&user=&workspace=&page=`: any number of each filter.
pub async fn show(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let wanted = wanted(&asked);
    let db = app.db().await?;
    let conditions = staff_job_requests::conditions(&db, &wanted).await?;
    let chosen = Chosen { orgs: &wanted.orgs, projects: &wanted.projects, users: &wanted.users };
    let ((slice, rows), backends, labels) = tokio::try_join!(
        asked.part(&app, count(&app, &db, &conditions), async |offset| {
            staff_job_requests::page(&db, &conditions, offset).await
        }),
        async { Ok(staff_backends::choices(&db).await?) },
        async { Ok(staff_chosen::labels(&db, chosen).await?) },
    )?;
    drop(db);
    let tools = asked
        .tools(PATH, "Search by person, identifier, number, workspace, project or organisation")
        .facet("backends", "Backend", Choice::all(backends))
        .picker("orgs", "Organisation", "orgs", Choice::all(labels.orgs))
        .picker("project", "Project", "projects", Choice::all(labels.projects))
        .picker("user", "Created by", "users", Choice::all(labels.users))
        .picker("workspace", "Workspace", "workspaces", Vec::new());
    let view = ListPage {
        tools,
        lines: rows.into_iter().map(line).collect(),
        pages: asked.links(slice),
        is_whole: conditions.is_empty(),
    };
    staff.visitor.render(&app, "staff/job_requests/list", Page::staff("Job requests"), &view)
}

fn wanted(asked: &Asked) -> Wanted {
    Wanted {
        q: asked.q().map(str::to_owned),
        backends: asked.all("backends"),
        orgs: asked.all("orgs"),
        projects: asked.all("project"),
        users: asked.all("user"),
        workspaces: asked.all("workspace"),
    }
}

/// How many there are; of all of them, how many there were some seconds ago.
async fn count(app: &App, db: &Object, conditions: &Conditions) -> domain::Result<i64> {
    let counted = staff_job_requests::count(db, conditions);
    if conditions.is_empty() {
        return app.caches.job_request_count.get(counted).await.map(|count| *count);
    }
    counted.await
}

fn line(row: staff_job_requests::Line) -> Line {
    Line {
        url: address(row.id),
        title: format!("{} by {}", row.id, row.creator.display_name()),
        identifier: row.identifier,
        state: row.status.as_str().to_owned(),
        state_label: row.status.human(),
        created: Moment::event(row.created_at),
        backend: row.backend_slug,
        workspace_url: addresses::workspace(&row.workspace),
        workspace: row.workspace,
        project_url: addresses::project(&row.project.slug),
        project: row.project.name,
    }
}

/// Keys and labels as a filter takes them.
pub fn choices(pairs: Vec<(String, String)>) -> Vec<Choice> {
    pairs.into_iter().map(|(value, label)| Choice::new(value, label)).collect()
}
