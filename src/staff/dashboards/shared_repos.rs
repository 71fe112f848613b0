//! Repositories that several projects use.

use domain::{
    views::staff_dashboards::{self, SharedRepo},
    workspaces::repo_name,
};
use serde::Serialize;

use super::{
    Dashboard,
    cells::{self, Link, Links, yes_or_no},
    page,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        words::counted,
    },
    staff::{Staff, addresses},
};

#[derive(Serialize)]
struct View {
    total: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    repo: Link,
    projects: Links,
    workspaces: Links,
    has_outputs: &'static str,
}

/// `GET /staff/dashboards/repos-with-multiple-projects/`
pub async fn show(app: App, staff: Staff) -> PageResult {
    page(&app, &staff, Dashboard::SharedRepos, view(&app)).await
}

async fn view(app: &App) -> Result<View, Error> {
    let repos = staff_dashboards::of_several_projects(&app.db().await?).await?;
    Ok(View {
        total: counted(repos.len(), "repository", "repositories"),
        rows: repos.iter().map(row).collect(),
    })
}

fn row(repo: &SharedRepo) -> Row {
    Row {
        repo: Link { text: repo_name(&repo.url).to_owned(), url: addresses::repo(&repo.url) },
        projects: cells::projects(&repo.projects),
        workspaces: cells::workspaces(&repo.workspaces),
        has_outputs: yes_or_no(repo.has_github_outputs),
    }
}
