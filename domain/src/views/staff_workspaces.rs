//! Workspaces as the staff area lists and shows them.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::job_request::effective_status;
use crate::{
    Result,
    ids::{JobRequestId, WorkspaceId},
    listing::Conditions,
    orgs::OrgName,
    project_number,
    projects::Project,
    status::JobRequestStatus,
    users::Name,
    workspaces::{Workspace, repo_name},
};

/// What is asked for; empty lists and no text ask for everything.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub q: Option<String>,
    /// Slugs; any organisation of the project counts.
    pub orgs: Vec<String>,
    /// Slugs.
    pub projects: Vec<String>,
}

/// The tables that the conditions need, and no more: the list as it is without any is the one that is opened most.
fn from_where(wanted: &Wanted) -> (String, Conditions) {
    let mut conditions = Conditions::new();
    let mut tables = "FROM jobserver_workspace AS workspace".to_owned();
    if wanted.q.is_some() {
        tables.push_str("\nJOIN jobserver_repo AS repo ON repo.id = workspace.repo_id");
    }
    conditions.any_like(&["workspace.name", "repo.url"], wanted.q.as_deref());
    if !wanted.projects.is_empty() {
        conditions.push(
            "workspace.project_id = ANY(ARRAY(SELECT id FROM jobserver_project WHERE slug = ANY($?)))",
            wanted.projects.clone(),
        );
    }
    if !wanted.orgs.is_empty() {
        conditions.push(
            "workspace.project_id = ANY(ARRAY(
                 SELECT collaboration.project_id
                 FROM jobserver_org AS org
                 JOIN jobserver_projectcollaboration AS collaboration ON collaboration.org_id = org.id
                 WHERE org.slug = ANY($?)
             ))",
            wanted.orgs.clone(),
        );
    }
    (format!("{tables}\n{}", conditions.where_clause()), conditions)
}

pub async fn count(db: &impl GenericClient, wanted: &Wanted) -> Result<i64> {
    let (from_where, conditions) = from_where(wanted);
    let statement = db.prepare_cached(&format!("SELECT count(*)\n{from_where}")).await?;
    Ok(db.query_one(&statement, &conditions.params()).await?.try_get(0)?)
}

/// A line of the list.
#[derive(Debug, Clone)]
pub struct Line {
    pub name: String,
    pub is_archived: bool,
    pub project: Project,
    pub repo_url: String,
}

impl Line {
    /// The last part of the repository's address.
    pub fn repo_name(&self) -> &str {
        repo_name(&self.repo_url)
    }
}

/// The lines from `offset` on, [`super::PAGE_SIZE`] at most, by name.
pub async fn page(db: &impl GenericClient, wanted: &Wanted, offset: i64) -> Result<Vec<Line>> {
    let (from_where, conditions) = from_where(wanted);
    let (page, params) = conditions.page(&offset);
    let sql = format!(
        "SELECT workspace.name, workspace.is_archived, repo.url AS repo_url,
                project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                project.number AS project_number
         FROM (
             SELECT workspace.name, workspace.is_archived, workspace.project_id, workspace.repo_id
             {from_where}
             ORDER BY workspace.name
             {page}
         ) AS workspace
         JOIN jobserver_project AS project ON project.id = workspace.project_id
         JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
         ORDER BY workspace.name"
    );
    let statement = db.prepare_cached(&sql).await?;
    let rows = db.query(&statement, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(Line {
                name: row.try_get("name")?,
                is_archived: row.try_get("is_archived")?,
                project: Project::from_row(row)?,
                repo_url: row.try_get("repo_url")?,
            })
        })
        .collect()
}

/// A workspace with those who made it.
#[derive(Debug, Clone)]
pub struct StaffWorkspace {
    pub workspace: Workspace,
    pub creator: Name,
    /// The organisation of the project, leading first.
    pub org: Option<OrgName>,
}

/// The workspace of this name, in whatever project.
pub async fn find(db: &impl GenericClient, name: &str) -> Result<Option<StaffWorkspace>> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT workspace.id, workspace.name, workspace.branch, workspace.purpose, workspace.is_archived,
                    workspace.should_notify, workspace.created_at, workspace.created_by_id, workspace.repo_id,
                    repo.url AS repo_url, creator.username, creator.fullname,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number, org.slug AS org_slug, org.name AS org_name
             FROM jobserver_workspace AS workspace
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
             JOIN jobserver_user AS creator ON creator.id = workspace.created_by_id
             ",
            lead_org!(),
            "
             WHERE workspace.name = $1"
        ))
        .await?;
    let Some(row) = db.query_opt(&statement, &[&name]).await? else { return Ok(None) };
    Ok(Some(StaffWorkspace {
        workspace: Workspace::from_row(&row)?,
        creator: Name::from_row(&row)?,
        org: OrgName::from_row(&row)?,
    }))
}

/// A job request of a workspace.
#[derive(Debug, Clone)]
pub struct Request {
    pub id: JobRequestId,
    /// The effective status.
    pub status: JobRequestStatus,
    pub created_at: Timestamp,
    pub creator: Name,
}

/// The ten newest job requests.
pub async fn newest_requests(db: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<Request>> {
    let statement = db
        .prepare_cached(
            "SELECT request.id, request._status, request.created_at, person.username, person.fullname,
                    ARRAY(SELECT DISTINCT status FROM jobserver_job WHERE job_request_id = request.id) AS statuses
             FROM (
                 SELECT id, _status, created_at, created_by_id
                 FROM jobserver_jobrequest
                 WHERE workspace_id = $1
                 ORDER BY created_at DESC, id DESC
                 LIMIT 10
             ) AS request
             JOIN jobserver_user AS person ON person.id = request.created_by_id
             ORDER BY request.created_at DESC, request.id DESC",
        )
        .await?;
    db.query(&statement, &[&workspace]).await?.iter().map(request).collect()
}

fn request(row: &Row) -> Result<Request> {
    Ok(Request {
        id: row.try_get("id")?,
        status: effective_status(row)?,
        created_at: row.try_get("created_at")?,
        creator: Name::from_row(row)?,
    })
}

/// Addresses that lead to the workspace, in alphabetical order, with the keys of what says so.
pub async fn old_addresses(db: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<(i32, String)>> {
    let statement = db
        .prepare_cached(
            "SELECT id, old_url
             FROM redirects_redirect
             WHERE workspace_id = $1
             ORDER BY old_url, id",
        )
        .await?;
    let rows = db.query(&statement, &[&workspace]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Every project, for choosing one, by number.
pub async fn projects(db: &impl GenericClient) -> Result<Vec<Project>> {
    let sql = format!(
        "SELECT project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                project.number AS project_number
         FROM jobserver_project AS project
         ORDER BY {}",
        project_number::ORDER_BY
    );
    let statement = db.prepare_cached(&sql).await?;
    db.query(&statement, &[]).await?.iter().map(Project::from_row).collect()
}
