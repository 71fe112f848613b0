//! Projects that get a co-pilot.

use domain::{
    edit_project::status_label,
    views::staff_dashboards::{self, ProjectFigures},
    workspaces::repo_name,
};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    Dashboard,
    cells::{self, Link, Links},
    page,
    visibility::{Trouble, Visibilities},
    windows::Windows,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        times::Moment,
        words::counted,
    },
    staff::{Staff, addresses, repos::Visibility},
};

#[derive(Serialize)]
struct View {
    total: String,
    troubles: Vec<Trouble>,
    windows: Windows,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    project: Link,
    orgs: Links,
    copilot: Option<Link>,
    status: String,
    repos: Vec<Repo>,
    /// What the fold of several repositories is called.
    repos_fold: Option<String>,
    workspaces: i64,
    job_requests: i64,
    first_run: Option<Moment>,
    last_run: Option<Moment>,
    files: i64,
}

#[derive(Serialize)]
struct Repo {
    name: String,
    url: String,
    visibility: Visibility,
}

/// `GET /staff/dashboards/copiloting/`
pub async fn show(app: App, staff: Staff) -> PageResult {
    page(&app, &staff, Dashboard::Copiloting, view(&app)).await
}

async fn view(app: &App) -> Result<View, Error> {
    let mut projects = staff_dashboards::projects(&app.db().await?).await?;
    projects.retain(|project| project.is_copiloted);
    let visibilities = Visibilities::ask(app, projects.iter().flat_map(|project| &project.repos)).await?;
    Ok(View {
        total: counted(projects.len(), "project", "projects"),
        windows: Windows::new(projects.iter(), Timestamp::now()),
        rows: projects.iter().map(|project| row(project, &visibilities)).collect(),
        troubles: visibilities.troubles,
    })
}

fn row(project: &ProjectFigures, visibilities: &Visibilities) -> Row {
    let repo = |url: &String| Repo {
        name: repo_name(url).to_owned(),
        url: addresses::repo(url),
        visibility: visibilities.of(url),
    };
    let several = project.repos.len();
    Row {
        project: cells::project(&project.project),
        orgs: cells::orgs(&project.orgs),
        copilot: project.copilot.as_ref().map(Link::person),
        status: status_label(&project.status).to_owned(),
        repos: project.repos.iter().map(repo).collect(),
        repos_fold: (several > 1).then(|| format!("{several} repositories")),
        workspaces: project.workspaces,
        job_requests: project.job_requests,
        first_run: project.first_job_at.map(Moment::date),
        last_run: project.last_job_at.map(Moment::date),
        files: project.files,
    }
}
