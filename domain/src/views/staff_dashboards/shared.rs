//! Repositories that several projects use.

use deadpool_postgres::GenericClient;

use super::private::projects;
use crate::{Result, projects::Project};

/// A repository whose workspaces belong to two projects or more.
#[derive(Debug, Clone)]
pub struct SharedRepo {
    pub url: String,
    pub has_github_outputs: bool,
    /// By name.
    pub projects: Vec<Project>,
    /// Names, sorted.
    pub workspaces: Vec<String>,
}

/// All of them, by address.
pub async fn of_several_projects(db: &impl GenericClient) -> Result<Vec<SharedRepo>> {
    let statement = db
        .prepare_cached(
            "SELECT repo.url, repo.has_github_outputs,
                    array_agg(workspace.name ORDER BY workspace.name) AS workspaces,
                    jsonb_agg(DISTINCT jsonb_build_array(lower(project.name), project.id, project.slug, project.name,
                                                         project.number)) AS projects
             FROM jobserver_repo AS repo
             JOIN jobserver_workspace AS workspace ON workspace.repo_id = repo.id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             GROUP BY repo.id
             HAVING count(DISTINCT workspace.project_id) > 1
             ORDER BY lower(repo.url), repo.id",
        )
        .await?;
    let rows = db.query(&statement, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(SharedRepo {
                url: row.try_get("url")?,
                has_github_outputs: row.try_get("has_github_outputs")?,
                projects: projects(row.try_get("projects")?)?,
                workspaces: row.try_get("workspaces")?,
            })
        })
        .collect()
}
