//! A project's page: its workspaces, repositories, people and pulse.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use crate::{
    Result,
    ids::{OrgId, ProjectId, UserId},
    permissions::RoleSet,
    projects::Project,
    views::outputs_list::{self, Output},
};

#[derive(Debug)]
pub struct ProjectPage {
    pub project: Project,
    pub created_at: Timestamp,
    pub org: Option<Org>,
    /// Organisations that work on it.
    pub org_ids: Vec<OrgId>,
}

#[derive(Debug)]
pub struct Org {
    pub name: String,
    pub slug: String,
    pub logo: Option<String>,
}

#[derive(Debug)]
pub struct ProjectWorkspace {
    pub name: String,
    pub branch: String,
    pub repo_url: String,
    pub is_archived: bool,
    pub created_at: Timestamp,
    pub last_request_at: Option<Timestamp>,
}

#[derive(Debug)]
pub struct Member {
    pub fullname: String,
    pub roles: RoleSet,
}

/// What stands below the head of the page.
#[derive(Debug)]
pub struct ProjectParts {
    pub workspaces: Vec<ProjectWorkspace>,
    pub members: Vec<Member>,
    /// What its workspaces published last.
    pub outputs: Vec<Output>,
    /// Whether the viewer belongs to one of the project's organisations.
    pub shares_org: bool,
}

/// What takes reading the project's history, and changes slowly: remember it for a while.
#[derive(Debug)]
pub struct Pulse {
    /// Jobs per week for the last 26 weeks, oldest first.
    pub jobs_per_week: Vec<i64>,
    pub first_run_at: Option<Timestamp>,
}

/// The project with exactly this slug.
pub async fn find(db: &impl GenericClient, slug: &str) -> Result<Option<ProjectPage>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number, project.created_at,
                    org.name AS org_name, org.slug AS org_slug, nullif(org.logo_file, '') AS org_logo,
                    ARRAY(
                        SELECT org_id FROM jobserver_projectcollaboration WHERE project_id = project.id
                    ) AS org_ids
             FROM jobserver_project AS project
             ",
            lead_org!(),
            "
             WHERE project.slug = $1"
        ))
        .await?;
    let Some(row) = db.query_opt(&statement, &[&slug]).await? else { return Ok(None) };
    let org_name: Option<String> = row.try_get("org_name")?;
    let org_slug: Option<String> = row.try_get("org_slug")?;
    let logo = row.try_get("org_logo")?;
    Ok(Some(ProjectPage {
        project: Project::from_row(&row)?,
        created_at: row.try_get("created_at")?,
        org: org_name.zip(org_slug).map(|(name, slug)| Org { name, slug, logo }),
        org_ids: row.try_get("org_ids")?,
    }))
}

/// Everything else, in one round trip. `viewer` is who looks, if signed in.
pub async fn parts(
    db: &impl GenericClient,
    project: ProjectId,
    viewer: Option<UserId>,
) -> Result<ProjectParts> {
    let (workspaces, members, outputs, shares_org) = tokio::try_join!(
        workspaces(db, project),
        members(db, project),
        outputs_list::of_project(db, project),
        shares_org(db, project, viewer),
    )?;
    Ok(ProjectParts { workspaces, members, outputs, shares_org })
}

pub async fn pulse(db: &impl GenericClient, project: ProjectId) -> Result<Pulse> {
    let (jobs_per_week, first_run_at) = tokio::try_join!(jobs_per_week(db, project), first_run(db, project))?;
    Ok(Pulse { jobs_per_week, first_run_at })
}

async fn workspaces(db: &impl GenericClient, project: ProjectId) -> Result<Vec<ProjectWorkspace>> {
    let statement = db
        .prepare_cached(
            "SELECT workspace.name, workspace.branch, workspace.is_archived, workspace.created_at,
                    repo.url AS repo_url, newest.created_at AS last_request_at
             FROM jobserver_workspace AS workspace
             JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
             LEFT JOIN LATERAL (
                 SELECT created_at
                 FROM jobserver_jobrequest
                 WHERE workspace_id = workspace.id
                 ORDER BY id DESC
                 LIMIT 1
             ) AS newest ON true
             WHERE workspace.project_id = $1
             ORDER BY workspace.is_archived, workspace.name",
        )
        .await?;
    let rows = db.query(&statement, &[&project]).await?;
    rows.iter()
        .map(|row| {
            Ok(ProjectWorkspace {
                name: row.try_get("name")?,
                branch: row.try_get("branch")?,
                repo_url: row.try_get("repo_url")?,
                is_archived: row.try_get("is_archived")?,
                created_at: row.try_get("created_at")?,
                last_request_at: row.try_get("last_request_at")?,
            })
        })
        .collect()
}

async fn members(db: &impl GenericClient, project: ProjectId) -> Result<Vec<Member>> {
    let statement = db
        .prepare_cached(
            "SELECT person.fullname, membership.roles
             FROM jobserver_projectmembership AS membership
             JOIN jobserver_user AS person ON person.id = membership.user_id
             WHERE membership.project_id = $1
             ORDER BY lower(person.fullname), person.username",
        )
        .await?;
    let rows = db.query(&statement, &[&project]).await?;
    rows.iter()
        .map(|row| {
            let roles: Vec<String> = row.try_get("roles")?;
            Ok(Member { fullname: row.try_get("fullname")?, roles: RoleSet::from_stored(roles) })
        })
        .collect()
}

/// When the project's first job ran: of the job with the smallest of start and creation, its start, else its creation.
/// Looked for among the jobs of each workspace's oldest request that has any, so that it costs the same for any history.
async fn first_run(db: &impl GenericClient, project: ProjectId) -> Result<Option<Timestamp>> {
    let statement = db
        .prepare_cached(
            "SELECT coalesce(first.started_at, first.created_at)
             FROM jobserver_workspace AS workspace
             CROSS JOIN LATERAL (
                 SELECT job.started_at, job.created_at
                 FROM (
                     SELECT request.id
                     FROM jobserver_jobrequest AS request
                     WHERE request.workspace_id = workspace.id
                       AND EXISTS (SELECT FROM jobserver_job WHERE job_request_id = request.id)
                     ORDER BY request.id
                     LIMIT 1
                 ) AS request
                 JOIN jobserver_job AS job ON job.job_request_id = request.id
             ) AS first
             WHERE workspace.project_id = $1
             ORDER BY least(first.started_at, first.created_at)
             LIMIT 1",
        )
        .await?;
    match db.query_opt(&statement, &[&project]).await? {
        Some(row) => Ok(row.try_get(0)?),
        None => Ok(None),
    }
}

async fn jobs_per_week(db: &impl GenericClient, project: ProjectId) -> Result<Vec<i64>> {
    let statement = db
        .prepare_cached(
            "SELECT count(job.id)
             FROM generate_series(25, 0, -1) AS weeks_ago
             LEFT JOIN (
                 SELECT job.id, floor(extract(epoch FROM now() - request.created_at) / 604800)::int AS weeks_ago
                 FROM jobserver_workspace AS workspace
                 JOIN jobserver_jobrequest AS request ON request.workspace_id = workspace.id
                 JOIN jobserver_job AS job ON job.job_request_id = request.id
                 WHERE workspace.project_id = $1
                   AND request.created_at > now() - interval '26 weeks'
             ) AS job USING (weeks_ago)
             GROUP BY weeks_ago
             ORDER BY weeks_ago DESC",
        )
        .await?;
    let rows = db.query(&statement, &[&project]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn shares_org(db: &impl GenericClient, project: ProjectId, viewer: Option<UserId>) -> Result<bool> {
    let statement = db
        .prepare_cached(
            "SELECT EXISTS (
                 SELECT
                 FROM jobserver_projectcollaboration AS collaboration
                 JOIN jobserver_orgmembership AS membership USING (org_id)
                 WHERE collaboration.project_id = $1 AND membership.user_id = $2
             )",
        )
        .await?;
    Ok(db.query_one(&statement, &[&project, &viewer]).await?.try_get(0)?)
}
