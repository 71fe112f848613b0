//! The log of a workspace: its job requests, searched and filtered. Also where a request for jobs leads.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use domain::{
    db::GenericClient,
    ids::JobRequestId,
    views::{
        self,
        workspace_log::{self, Entry, Filter, Jobs, UsedBackend},
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
        words::counted,
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
    let extent = app.caches.log_extents.get(name.clone(), workspace_log::extent(&db, &name));
    let fitting = async {
        if filter.is_empty() { Ok(None) } else { workspace_log::count(&db, &name, &filter).await.map(Some) }
    };
    let (workspace, extent, fitting) =
        tokio::try_join!(workspaces::find(&db, &project, &name), extent, fitting)?;
    let workspace = workspace.ok_or(Error::NotFound)?;
    let total = fitting.unwrap_or(extent.total);
    let slice = wanted.slice(total, views::PAGE_SIZE)?;
    let entries = workspace_log::entries(&db, workspace.id, &filter, slice.offset);
    let entries = if filter.is_empty() {
        let place = (workspace.id, slice.offset);
        app.caches.public_workspace_logs.get(&visitor, place, entries).await?
    } else {
        Arc::new(entries.await?)
    };
    let lines = lines(&app, &db, &workspace.url(), &entries).await?;
    drop(db);

    let view = LogPage {
        place: Place::of(&workspace),
        shows_archived: workspace.is_archived && visitor.has_any_roles(),
        search: search.replace('\0', "\u{fffd}"),
        has_search: !search.is_empty(),
        is_narrowed: !search.is_empty() || !backends.is_empty(),
        backends: extent.backends.iter().map(|backend| choice(backend, &backends)).collect(),
        lines,
        pages: PageLinks::new(slice, request.query_string()),
        total: counted(total, "job request", "job requests"),
    };
    let page = Page::titled(format!("Logs: {}", workspace.name)).with_maintenance_banner();
    visitor.render(&app, "site/workspaces/logs", page, &view)
}

fn choice(backend: &UsedBackend, wanted: &[&str]) -> BackendChoice {
    BackendChoice {
        checked: wanted.contains(&backend.slug.as_str()),
        value: backend.slug.clone(),
        label: backend.name.clone(),
    }
}

/// What is over is remembered for a while; only the jobs of the others are read.
async fn lines(
    app: &App,
    db: &impl GenericClient,
    workspace_url: &str,
    entries: &[Entry],
) -> domain::Result<Vec<Line>> {
    let settled = &app.caches.settled_jobs;
    let remembered: Vec<Option<Arc<Jobs>>> = entries.iter().map(|entry| settled.recall(&entry.id)).collect();
    let unknown: Vec<JobRequestId> = entries
        .iter()
        .zip(&remembered)
        .filter(|(_, remembered)| remembered.is_none())
        .map(|(entry, _)| entry.id)
        .collect();
    let mut read = workspace_log::jobs(db, &unknown).await?;
    let lines = entries.iter().zip(remembered).map(|(entry, remembered)| {
        let jobs = remembered.unwrap_or_else(|| {
            let jobs = read.remove(&entry.id).unwrap_or_default();
            if entry.is_settled() { settled.remember(entry.id, jobs) } else { Arc::new(jobs) }
        });
        line(workspace_url, entry, &jobs)
    });
    Ok(lines.collect())
}

fn line(workspace_url: &str, entry: &Entry, jobs: &Jobs) -> Line {
    let status = entry.status(jobs);
    Line {
        id: entry.id.0,
        url: format!("{workspace_url}{}/", entry.id),
        state: status.as_str().to_owned(),
        state_label: status.human(),
        backend: entry.backend.to_uppercase(),
        jobs: format!("{}/{}", jobs.succeeded, jobs.actions.len()),
        actions: jobs.actions.clone(),
        person: entry.created_by.clone(),
        started: jobs.started_at.map(Moment::relative),
    }
}
