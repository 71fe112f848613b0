//! Dashboards: tables over everything, added up in the database by a few statements and kept for some seconds as finished
//! HTML, the same for everybody who may see it. What GitHub adds is left out, and said to be missing, when it does not
//! answer.

mod cells;
mod copiloting;
mod private_repos;
mod projects;
mod shared_repos;
mod visibility;
mod windows;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
    },
    staff::Staff,
};

pub use self::{
    copiloting::show as copiloting, private_repos::show as private_repos, projects::show as projects,
    shared_repos::show as shared_repos,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dashboard {
    Copiloting,
    PrivateRepos,
    Projects,
    SharedRepos,
}

impl Dashboard {
    pub const COUNT: usize = 4;

    fn title(self) -> &'static str {
        match self {
            Dashboard::Copiloting => "Copiloting",
            Dashboard::PrivateRepos => "OpenSAFELY Private Repos",
            Dashboard::Projects => "Projects",
            Dashboard::SharedRepos => "Repos with multiple projects",
        }
    }

    /// What it is good for.
    fn lead(self) -> &'static str {
        match self {
            Dashboard::Copiloting => {
                "Projects that get a co-pilot: who helps, until when, and what has happened so far"
            }
            Dashboard::PrivateRepos => {
                "Repositories that are still private eleven months after their first job"
            }
            Dashboard::Projects => "Every project, with what its workspaces amount to",
            Dashboard::SharedRepos => "Repositories whose workspaces belong to more than one project",
        }
    }

    /// The template of what stands below the heading.
    fn template(self) -> &'static str {
        match self {
            Dashboard::Copiloting => "staff/dashboards/copiloting",
            Dashboard::PrivateRepos => "staff/dashboards/private_repos",
            Dashboard::Projects => "staff/dashboards/projects",
            Dashboard::SharedRepos => "staff/dashboards/shared_repos",
        }
    }
}

/// A dashboard without what depends on its reader.
pub struct Prepared {
    html: String,
    at: Timestamp,
}

#[derive(Serialize)]
struct DashboardPage<'a> {
    title: &'static str,
    lead: &'static str,
    as_of: Moment,
    body: &'a str,
}

/// `GET /staff/dashboards/`
pub async fn index(app: App, staff: Staff) -> PageResult {
    staff.visitor.render(&app, "staff/dashboards/index", Page::staff("Dashboards"), &())
}

/// The page of a dashboard; `make` is waited for only if nothing fresh is at hand.
async fn page<V: Serialize>(
    app: &App,
    staff: &Staff,
    dashboard: Dashboard,
    make: impl Future<Output = Result<V, Error>>,
) -> PageResult {
    let prepare = async {
        let at = Timestamp::now();
        let html = app.templates.render(dashboard.template(), &make.await?)?;
        Ok::<_, Error>(Some(Prepared { html, at }))
    };
    let prepared = app.staff.dashboards.get(dashboard, prepare).await?.ok_or(Error::NotFound)?;
    let view = DashboardPage {
        title: dashboard.title(),
        lead: dashboard.lead(),
        as_of: Moment::date_and_time(prepared.at),
        body: &prepared.html,
    };
    staff.visitor.render(app, "staff/dashboards/page", Page::staff(dashboard.title()), &view)
}
