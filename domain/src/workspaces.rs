//! Workspaces: a branch of a repository in a project, on which jobs are run.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{
    Result,
    ids::{RepoId, UserId, WorkspaceId},
    projects::Project,
};

/// A workspace with its project and repository.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    pub branch: String,
    pub purpose: String,
    pub is_archived: bool,
    pub should_notify: bool,
    pub created_at: Timestamp,
    pub created_by: UserId,
    pub repo_id: RepoId,
    pub repo_url: String,
    pub project: Project,
}

impl Workspace {
    pub fn url(&self) -> String {
        format!("/{}/{}/", self.project.slug, self.name)
    }

    /// The last part of the repository's address.
    pub fn repo_name(&self) -> &str {
        repo_name(&self.repo_url)
    }

    pub(crate) fn from_row(row: &Row) -> Result<Workspace> {
        Ok(Workspace {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            branch: row.try_get("branch")?,
            purpose: row.try_get("purpose")?,
            is_archived: row.try_get("is_archived")?,
            should_notify: row.try_get("should_notify")?,
            created_at: row.try_get("created_at")?,
            created_by: row.try_get("created_by_id")?,
            repo_id: row.try_get("repo_id")?,
            repo_url: row.try_get("repo_url")?,
            project: Project::from_row(row)?,
        })
    }
}

/// Owner and name of a repository address: its first and last path segments.
pub fn repo_parts(url: &str) -> Option<(&str, &str)> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest).split_once('/')?.1.trim_end_matches('/');
    let owner = path.split('/').next().filter(|owner| !owner.is_empty())?;
    let name = path.rsplit('/').next().filter(|_| path.contains('/'))?;
    Some((owner, name))
}

/// The last part of a repository's address; the whole address if it has no parts.
pub fn repo_name(url: &str) -> &str {
    repo_parts(url).map_or(url, |(_, name)| name)
}

/// The workspace of this name, if it is in the project with this slug.
pub async fn find(db: &impl GenericClient, project: &str, name: &str) -> Result<Option<Workspace>> {
    let statement = db
        .prepare_cached(
            "SELECT workspace.id, workspace.name, workspace.branch, workspace.purpose, workspace.is_archived,
                    workspace.should_notify, workspace.created_at, workspace.created_by_id, workspace.repo_id,
                    repo.url AS repo_url,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number
             FROM jobserver_workspace workspace
             JOIN jobserver_project project ON project.id = workspace.project_id
             JOIN jobserver_repo repo ON repo.id = workspace.repo_id
             WHERE workspace.name = $2
               AND project.slug = $1",
        )
        .await?;
    let row = db.query_opt(&statement, &[&project, &name]).await?;
    row.as_ref().map(Workspace::from_row).transpose()
}

/// Archives a workspace, or takes it back. New jobs cannot be requested in an archived one.
pub async fn set_archived(
    db: &impl GenericClient,
    id: WorkspaceId,
    archived: bool,
    by: UserId,
) -> Result<()> {
    let statement = db
        .prepare_cached(
            "UPDATE jobserver_workspace
             SET is_archived = $2, updated_at = now(), updated_by_id = $3
             WHERE id = $1",
        )
        .await?;
    db.execute(&statement, &[&id, &archived, &by]).await?;
    Ok(())
}

/// Whether new job requests notify their creator unless they say otherwise.
pub async fn set_should_notify(
    db: &impl GenericClient,
    id: WorkspaceId,
    notify: bool,
    by: UserId,
) -> Result<()> {
    let statement = db
        .prepare_cached(
            "UPDATE jobserver_workspace
             SET should_notify = $2, updated_at = now(), updated_by_id = $3
             WHERE id = $1",
        )
        .await?;
    db.execute(&statement, &[&id, &notify, &by]).await?;
    Ok(())
}

pub async fn set_purpose(db: &impl GenericClient, id: WorkspaceId, purpose: &str, by: UserId) -> Result<()> {
    let statement = db
        .prepare_cached(
            "UPDATE jobserver_workspace
             SET purpose = $2, updated_at = now(), updated_by_id = $3
             WHERE id = $1",
        )
        .await?;
    db.execute(&statement, &[&id, &purpose, &by]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_named_by_the_ends_of_its_path() {
        for (url, parts) in [
            ("https://github.com/opensafely/statins", Some(("opensafely", "statins"))),
            ("https://github.com/opensafely/statins/", Some(("opensafely", "statins"))),
            ("https://github.com/opensafely", None),
            ("https://github.com", None),
            ("/org/name", Some(("org", "name"))),
        ] {
            assert_eq!(repo_parts(url), parts, "{url}");
        }
    }
}
