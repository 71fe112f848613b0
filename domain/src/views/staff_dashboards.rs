//! The dashboards of the staff area: figures of every project, and repositories with what happened in their workspaces.
//! Each is a fixed few statements that add up in the database; some read every job, so remember the answers for a moment.
//! What GitHub says of repositories is not known here.

mod private;
mod shared;

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{Result, ids::ProjectId, orgs::OrgName, projects::Project, users::Name};

pub use private::{OldRepo, in_use_for_long};
pub use shared::{SharedRepo, of_several_projects};

/// Organisations whose projects get no co-pilot.
const WITHOUT_COPILOTS: [i32; 4] = [3, 12, 4, 9];

/// Weeks that [`ProjectFigures::jobs_per_week`] covers.
pub const WEEKS: usize = 26;

/// A project with what its workspaces amount to.
#[derive(Debug, Clone)]
pub struct ProjectFigures {
    pub project: Project,
    pub status: String,
    pub created_at: Timestamp,
    /// Whether its organisations are among those that get co-pilots.
    pub is_copiloted: bool,
    pub copilot: Option<Name>,
    pub copilot_support_ends_at: Option<Timestamp>,
    /// By name.
    pub orgs: Vec<OrgName>,
    /// Addresses of the repositories of its workspaces, each once.
    pub repos: Vec<String>,
    /// Archived ones too.
    pub workspaces: i64,
    pub job_requests: i64,
    /// Of its jobs, the earliest of all starts and creations, and the latest.
    pub first_job_at: Option<Timestamp>,
    pub last_job_at: Option<Timestamp>,
    /// Released files, deleted ones too.
    pub files: i64,
    /// Jobs of the requests of each of the last [`WEEKS`] weeks, oldest first.
    pub jobs_per_week: Vec<i64>,
}

/// All projects, by name.
pub async fn projects(db: &impl GenericClient) -> Result<Vec<ProjectFigures>> {
    let (mut figures, mut weeks) = tokio::try_join!(figures(db), jobs_per_week(db))?;
    for one in &mut figures {
        if let Some(weeks) = weeks.remove(&one.project.id) {
            one.jobs_per_week = weeks;
        }
    }
    Ok(figures)
}

async fn figures(db: &impl GenericClient) -> Result<Vec<ProjectFigures>> {
    let statement = db
        .prepare_cached(
            "SELECT project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number, project.status, project.created_at,
                    project.copilot_support_ends_at, copilot.username, copilot.fullname,
                    orgs.slugs AS org_slugs, orgs.names AS org_names, orgs.is_without_copilots,
                    used.repos, used.workspaces, asked.job_requests, ran.first_job_at, ran.last_job_at, released.files
             FROM jobserver_project AS project
             LEFT JOIN jobserver_user AS copilot ON copilot.id = project.copilot_id
             LEFT JOIN (
                 SELECT collaboration.project_id,
                        array_agg(org.slug::text ORDER BY lower(org.name), org.id) AS slugs,
                        array_agg(org.name ORDER BY lower(org.name), org.id) AS names,
                        bool_or(org.id = ANY($1)) AS is_without_copilots
                 FROM jobserver_projectcollaboration AS collaboration
                 JOIN jobserver_org AS org ON org.id = collaboration.org_id
                 GROUP BY collaboration.project_id
             ) AS orgs ON orgs.project_id = project.id
             LEFT JOIN (
                 SELECT workspace.project_id, count(*) AS workspaces, array_agg(DISTINCT repo.url) AS repos
                 FROM jobserver_workspace AS workspace
                 JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
                 GROUP BY workspace.project_id
             ) AS used ON used.project_id = project.id
             LEFT JOIN (
                 SELECT workspace.project_id, count(*) AS job_requests
                 FROM jobserver_jobrequest AS request
                 JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
                 GROUP BY workspace.project_id
             ) AS asked ON asked.project_id = project.id
             LEFT JOIN (
                 SELECT workspace.project_id,
                        min(least(job.started_at, job.created_at)) AS first_job_at,
                        max(greatest(job.started_at, job.created_at)) AS last_job_at
                 FROM jobserver_job AS job
                 JOIN jobserver_jobrequest AS request ON request.id = job.job_request_id
                 JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
                 GROUP BY workspace.project_id
             ) AS ran ON ran.project_id = project.id
             LEFT JOIN (
                 SELECT workspace.project_id, count(*) AS files
                 FROM jobserver_releasefile AS file
                 JOIN jobserver_workspace AS workspace ON workspace.id = file.workspace_id
                 GROUP BY workspace.project_id
             ) AS released ON released.project_id = project.id
             ORDER BY lower(project.name), project.id",
        )
        .await?;
    let without: &[i32] = &WITHOUT_COPILOTS;
    db.query(&statement, &[&without]).await?.iter().map(project_figures).collect()
}

fn project_figures(row: &Row) -> Result<ProjectFigures> {
    let count = |column: &str| Ok::<_, crate::Error>(row.try_get::<_, Option<i64>>(column)?.unwrap_or(0));
    let texts = |column: &str| {
        Ok::<_, crate::Error>(row.try_get::<_, Option<Vec<String>>>(column)?.unwrap_or_default())
    };
    let copilot = match row.try_get::<_, Option<String>>("username")? {
        Some(username) => Some(Name { username, fullname: row.try_get("fullname")? }),
        None => None,
    };
    Ok(ProjectFigures {
        project: Project::from_row(row)?,
        status: row.try_get("status")?,
        created_at: row.try_get("created_at")?,
        is_copiloted: !row.try_get::<_, Option<bool>>("is_without_copilots")?.unwrap_or(false),
        copilot,
        copilot_support_ends_at: row.try_get("copilot_support_ends_at")?,
        orgs: texts("org_slugs")?
            .into_iter()
            .zip(texts("org_names")?)
            .map(|(slug, name)| OrgName { slug, name })
            .collect(),
        repos: texts("repos")?,
        workspaces: count("workspaces")?,
        job_requests: count("job_requests")?,
        first_job_at: row.try_get("first_job_at")?,
        last_job_at: row.try_get("last_job_at")?,
        files: count("files")?,
        jobs_per_week: vec![0; WEEKS],
    })
}

async fn jobs_per_week(db: &impl GenericClient) -> Result<HashMap<ProjectId, Vec<i64>>> {
    let statement = db
        .prepare_cached(
            "SELECT workspace.project_id,
                    floor(extract(epoch FROM now() - request.created_at) / 604800)::int AS weeks_ago,
                    count(*) AS jobs
             FROM jobserver_jobrequest AS request
             JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
             JOIN jobserver_job AS job ON job.job_request_id = request.id
             WHERE request.created_at > now() - interval '26 weeks'
               AND request.created_at <= now()
             GROUP BY workspace.project_id, weeks_ago",
        )
        .await?;
    let mut all: HashMap<ProjectId, Vec<i64>> = HashMap::new();
    for row in db.query(&statement, &[]).await? {
        let weeks = all.entry(row.try_get("project_id")?).or_insert_with(|| vec![0; WEEKS]);
        let weeks_ago: i32 = row.try_get("weeks_ago")?;
        let place = usize::try_from(weeks_ago).ok().and_then(|ago| (WEEKS - 1).checked_sub(ago));
        if let Some(week) = place.and_then(|place| weeks.get_mut(place)) {
            *week = row.try_get("jobs")?;
        }
    }
    Ok(all)
}
