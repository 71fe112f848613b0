//! The log of a workspace: its job requests, searched and filtered. Also where a request for jobs leads.

use actix_web::{HttpRequest, web};
use domain::{
    views::{
        self,
        workspace_log::{self, Entry, Filter, UsedBackend},
    },
    workspaces,
};
use serde::Serialize;

use super::place::Place;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        form,
        page_links::{PageLinks, PageNumber},
        shell::Page,
        times::Moment,
        visitor::Visitor,
    },
};

#[derive(Serialize)]
struct LogPage {
    #[serde(flatten)]
    place: Place,
    shows_archived: bool,
    search: String,
    has_search: bool,
    is_narrowed: bool,
    backends: Vec<BackendChoice>,
    lines: Vec<Line>,
    pages: PageLinks,
    total: String,
}

#[derive(Serialize)]
struct BackendChoice {
    value: String,
    label: String,
    checked: bool,
}

#[derive(Serialize)]
struct Line {
    id: i32,
    url: String,
    state: String,
    state_label: String,
    backend: String,
    /// `3/7`
    jobs: String,
    actions: Vec<String>,
    person: String,
    started: Option<Moment>,
}

/// `GET /{project}/{workspace}/logs/?q=&backend=&page=`
pub async fn show(
    app: App,
    visitor: Visitor,
    address: web::Path<(String, String)>,
    request: HttpRequest,
) -> PageResult {
    let query = form::query_pairs(request.query_string())?;
    let wanted = PageNumber::from_query(&query)?;
    let search = query.iter().rev().find(|(name, _)| name == "q").map_or("", |(_, text)| text.trim());
    let backends: Vec<&str> =
        query.iter().filter(|(name, _)| name == "backend").map(|(_, slug)| slug.as_str()).collect();
    let filter = Filter::new(search, &backends);

    let (project, name) = address.into_inner();
    let db = app.db().await?;
    let (workspace, total, used) = tokio::try_join!(
        workspaces::find(&db, &project, &name),
        workspace_log::count(&db, &name, &filter),
        workspace_log::backends(&db, &name),
    )?;
    let workspace = workspace.ok_or(Error::NotFound)?;
    let slice = wanted.slice(total, views::PAGE_SIZE)?;
    let entries = workspace_log::entries(&db, workspace.id, &filter, slice.offset).await?;
    drop(db);

    let view = LogPage {
        place: Place::of(&workspace),
        shows_archived: workspace.is_archived && visitor.has_any_roles(),
        search: search.replace('\0', "\u{fffd}"),
        has_search: !search.is_empty(),
        is_narrowed: !search.is_empty() || !backends.is_empty(),
        backends: used.into_iter().map(|backend| choice(backend, &backends)).collect(),
        lines: entries.into_iter().map(|entry| line(&workspace.url(), entry)).collect(),
        pages: PageLinks::new(slice, request.query_string()),
        total: counted(total),
    };
    let page = Page::titled(format!("Logs: {}", workspace.name)).with_maintenance_banner();
    visitor.render(&app, "site/workspaces/logs", page, &view)
}

fn choice(backend: UsedBackend, wanted: &[&str]) -> BackendChoice {
    BackendChoice {
        checked: wanted.contains(&backend.slug.as_str()),
        value: backend.slug,
        label: backend.name,
    }
}

fn line(workspace_url: &str, entry: Entry) -> Line {
    Line {
        id: entry.id.0,
        url: format!("{workspace_url}{}/", entry.id),
        state: entry.status.as_str().to_owned(),
        state_label: entry.status.human(),
        backend: entry.backend.to_uppercase(),
        jobs: format!("{}/{}", entry.succeeded, entry.actions.len()),
        actions: entry.actions,
        person: entry.created_by,
        started: entry.started_at.map(Moment::relative),
    }
}

fn counted(total: i64) -> String {
    if total == 1 { "1 job request".to_owned() } else { format!("{total} job requests") }
}
