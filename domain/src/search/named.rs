//! Projects, workspaces, organisations, backends and repositories, by their names and what else they are called.

use deadpool_postgres::GenericClient;

use super::{Found, Term, best};
use crate::{
    Result,
    ids::{BackendId, OrgId, RepoId, WorkspaceId},
    projects::Project,
    workspaces::repo_name,
};

#[derive(Debug)]
pub struct WorkspaceHit {
    pub id: WorkspaceId,
    pub name: String,
    pub is_archived: bool,
    pub repo_url: String,
    pub project: Project,
}

#[derive(Debug)]
pub struct OrgHit {
    pub id: OrgId,
    pub name: String,
    pub slug: String,
}

#[derive(Debug)]
pub struct BackendHit {
    pub id: BackendId,
    pub name: String,
    pub slug: String,
    pub is_active: bool,
}

#[derive(Debug)]
pub struct RepoHit {
    pub id: RepoId,
    pub url: String,
}

impl RepoHit {
    /// The last part of its address.
    pub fn name(&self) -> &str {
        repo_name(&self.url)
    }
}

/// By name, slug, number, or number and name as they are shown.
pub async fn projects(db: &impl GenericClient, term: &Term) -> Result<Found<Project>> {
    let statement = db
        .prepare_cached(best!(
            columns: "project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                      project.number AS project_number",
            from: "jobserver_project AS project",
            ranked: ["project.number", "project.slug", "project.name", "project.number || ' - ' || project.name"],
            more: "NULL",
            order: "lower(project_name)",
        ))
        .await?;
    Found::read(&db.query(&statement, &[&term.text]).await?, Project::from_row)
}

/// By name, then by the address of the repository; archived ones come last.
pub async fn workspaces(db: &impl GenericClient, term: &Term) -> Result<Found<WorkspaceHit>> {
    let statement = db
        .prepare_cached(best!(
            columns: "workspace.id, workspace.name, workspace.is_archived, repo.url AS repo_url,
                      project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                      project.number AS project_number",
            from: "jobserver_workspace AS workspace
                   JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
                   JOIN jobserver_project AS project ON project.id = workspace.project_id",
            ranked: ["workspace.name"],
            more: "CASE WHEN strpos(upper(repo.url), term.whole) > 0 THEN 4 END",
            order: "is_archived, name",
        ))
        .await?;
    Found::read(&db.query(&statement, &[&term.text]).await?, |row| {
        Ok(WorkspaceHit {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            is_archived: row.try_get("is_archived")?,
            repo_url: row.try_get("repo_url")?,
            project: Project::from_row(row)?,
        })
    })
}

/// By name or slug.
pub async fn orgs(db: &impl GenericClient, term: &Term) -> Result<Found<OrgHit>> {
    let statement = db
        .prepare_cached(best!(
            columns: "org.id, org.name, org.slug",
            from: "jobserver_org AS org",
            ranked: ["org.name", "org.slug"],
            more: "NULL",
            order: "lower(name)",
        ))
        .await?;
    Found::read(&db.query(&statement, &[&term.text]).await?, |row| {
        Ok(OrgHit { id: row.try_get("id")?, name: row.try_get("name")?, slug: row.try_get("slug")? })
    })
}

/// By name or slug; those that are not in use come last.
pub async fn backends(db: &impl GenericClient, term: &Term) -> Result<Found<BackendHit>> {
    let statement = db
        .prepare_cached(best!(
            columns: "backend.id, backend.name, backend.slug, backend.is_active",
            from: "jobserver_backend AS backend",
            ranked: ["backend.slug", "backend.name"],
            more: "NULL",
            order: "is_active DESC, lower(name)",
        ))
        .await?;
    Found::read(&db.query(&statement, &[&term.text]).await?, |row| {
        Ok(BackendHit {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            slug: row.try_get("slug")?,
            is_active: row.try_get("is_active")?,
        })
    })
}

/// By address; a repository whose name is the whole text comes first.
pub async fn repos(db: &impl GenericClient, term: &Term) -> Result<Found<RepoHit>> {
    let statement = db
        .prepare_cached(best!(
            columns: "repo.id, repo.url",
            from: "jobserver_repo AS repo",
            ranked: ["repo.url"],
            more: "CASE
                       WHEN right(upper(repo.url), length(term.whole) + 1) = '/' || term.whole THEN 0
                       WHEN strpos(upper(repo.url), '/' || term.whole) > 0 THEN 1
                   END",
            order: "lower(url)",
        ))
        .await?;
    Found::read(&db.query(&statement, &[&term.text]).await?, |row| {
        Ok(RepoHit { id: row.try_get("id")?, url: row.try_get("url")? })
    })
}
