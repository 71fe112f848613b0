//! The first page: what this is and what is going on; for those who are signed in, their own things.

use actix_web::HttpRequest;
use domain::views::home::{self, Own, OwnCounts};
use serde::Serialize;

use super::{rows::RequestLine, search};
use crate::{
    app::App,
    http::{error::PageResult, form, shell::Page, times::Moment, visitor::Visitor, words::counted},
};

const DESCRIPTION: &str = "Every analysis that is run on the OpenSAFELY platform, in public.";

#[derive(Serialize)]
struct Public {
    lines: Vec<RequestLine>,
}

#[derive(Serialize)]
struct Dashboard {
    fullname: String,
    username: String,
    via_github: bool,
    /// How many, in words, as the next two.
    job_requests: String,
    workspaces: String,
    projects: String,
    own_requests: Vec<RequestLine>,
    own_workspaces: Vec<WorkspaceLine>,
    own_projects: Vec<ProjectLine>,
    lines: Vec<RequestLine>,
}

#[derive(Serialize)]
struct WorkspaceLine {
    name: String,
    url: String,
    project: String,
    active: Moment,
}

#[derive(Serialize)]
struct ProjectLine {
    title: String,
    url: String,
}

/// `GET /?q=`: with something to search for, what was found.
pub async fn show(app: App, visitor: Visitor, request: HttpRequest) -> PageResult {
    let query = form::query_pairs(request.query_string())?;
    let typed = query.iter().rev().find(|(name, _)| name == "q").map(|(_, value)| value.as_str());
    if let Some(typed) = typed.filter(|typed| !typed.trim().is_empty()) {
        return search::show(&app, &visitor, typed).await;
    }
    let page = Page::with_full_title("OpenSAFELY Jobs | Home").described(DESCRIPTION);
    let db = app.db().await?;
    let newest = app.caches.newest_job_requests.get(home::latest(&db));
    let Some(person) = visitor.person() else {
        let lines = lines(&newest.await?);
        return visitor.render(&app, "site/home/public", page, &Public { lines });
    };
    let (counts, own, latest) = tokio::try_join!(
        app.caches.own_counts.get(person.id, home::own_counts(&db, person.id)),
        home::own(&db, person.id),
        newest,
    )?;
    drop(db);
    let view = dashboard(person, *counts, own, lines(&latest));
    visitor.render(&app, "site/home/dashboard", page, &view)
}

fn lines(rows: &[domain::views::rows::JobRequestRow]) -> Vec<RequestLine> {
    rows.iter().map(RequestLine::from).collect()
}

fn dashboard(
    person: &domain::users::Person,
    counts: OwnCounts,
    own: Own,
    lines: Vec<RequestLine>,
) -> Dashboard {
    Dashboard {
        fullname: person.fullname.clone(),
        username: person.username.clone(),
        via_github: person.uses_github,
        job_requests: counted(counts.job_requests, "job request", "job requests"),
        workspaces: counted(counts.workspaces, "workspace", "workspaces"),
        projects: counted(counts.projects, "project", "projects"),
        own_requests: self::lines(&own.job_requests),
        own_workspaces: own
            .workspaces
            .into_iter()
            .map(|workspace| WorkspaceLine {
                url: format!("{}{}/", workspace.project.url(), workspace.name),
                name: workspace.name,
                project: workspace.project.title(),
                active: Moment::relative(workspace.active_at),
            })
            .collect(),
        own_projects: own
            .projects
            .into_iter()
            .map(|project| ProjectLine { title: project.title(), url: project.url() })
            .collect(),
        lines,
    }
}
