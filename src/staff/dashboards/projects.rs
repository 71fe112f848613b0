//! All projects, with the pulse of each.

use domain::views::staff_dashboards::{self, ProjectFigures, WEEKS};
use serde::Serialize;

use super::{
    Dashboard,
    cells::{self, Link, Links},
    page,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        times::Moment,
        words::counted,
    },
    staff::Staff,
};

#[derive(Serialize)]
struct View {
    total: String,
    weeks: usize,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    project: Link,
    orgs: Links,
    copilot: Option<Link>,
    workspaces: i64,
    job_requests: i64,
    first_run: Option<Moment>,
    files: i64,
    /// Jobs of the last weeks, all together.
    recent_jobs: i64,
    pulse: Option<Pulse>,
}

/// Jobs per week as one line of bars.
#[derive(Serialize)]
struct Pulse {
    label: String,
    path: String,
}

/// `GET /staff/dashboards/project/`
pub async fn show(app: App, staff: Staff) -> PageResult {
    page(&app, &staff, Dashboard::Projects, view(&app)).await
}

async fn view(app: &App) -> Result<View, Error> {
    let projects = staff_dashboards::projects(&app.db().await?).await?;
    Ok(View {
        total: counted(projects.len(), "project", "projects"),
        weeks: WEEKS,
        rows: projects.iter().map(row).collect(),
    })
}

fn row(project: &ProjectFigures) -> Row {
    let recent_jobs = project.jobs_per_week.iter().sum();
    Row {
        project: cells::project(&project.project),
        orgs: cells::orgs(&project.orgs),
        copilot: project.copilot.as_ref().map(Link::person),
        workspaces: project.workspaces,
        job_requests: project.job_requests,
        first_run: project.first_job_at.map(Moment::date),
        files: project.files,
        recent_jobs,
        pulse: (recent_jobs > 0).then(|| pulse(&project.jobs_per_week)),
    }
}

fn pulse(weeks: &[i64]) -> Pulse {
    let highest = weeks.iter().copied().max().unwrap_or(0);
    let latest = weeks.last().copied().unwrap_or(0);
    Pulse {
        label: format!("at most {highest} jobs in a week, {latest} in the last"),
        path: bars_path(weeks, highest.max(1)),
    }
}

/// All bars as one path, a unit wide each, 100 high: hundreds of such pictures stand in one page.
fn bars_path(counts: &[i64], highest: i64) -> String {
    let bar = |(x, count): (usize, &i64)| match count * 100 / highest {
        0 if *count == 0 => String::new(),
        height => format!("M{x} 100v-{}h.8V100z", height.max(2)),
    };
    counts.iter().enumerate().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::bars_path;

    #[test]
    fn the_highest_week_fills_the_picture_and_an_empty_one_is_left_out() {
        assert_eq!(
            bars_path(&[0, 50, 1, 200], 200),
            "M1 100v-25h.8V100zM2 100v-2h.8V100zM3 100v-100h.8V100z"
        );
    }
}
