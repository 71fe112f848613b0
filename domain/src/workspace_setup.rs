//! A workspace with all that it stands on, project and repository, as an operator sets one up for a trial. What is there
//! already is kept: nobody's project is renamed and no workspace changes hands in passing.

use deadpool_postgres::GenericClient;

use crate::{
    Error, Result,
    ids::{ProjectId, RepoId, UserId, WorkspaceId},
    memberships::{self, NewMembership},
    new_workspace,
    permissions::{Role, RoleSet},
};

/// What is wanted. What is not given is made up from the workspace's name where something has to be made.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub name: &'a str,
    /// Slug.
    pub project: Option<&'a str>,
    pub repo_url: Option<&'a str>,
    pub branch: Option<&'a str>,
    pub user: UserId,
}

/// Branch of a workspace for which none was named.
const BRANCH: &str = "main";
const SLUG_LIMIT: usize = 255;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub workspace: String,
    pub workspace_is_new: bool,
    pub project: ProjectId,
    pub project_slug: String,
    pub project_is_new: bool,
}

struct Known {
    id: WorkspaceId,
    name: String,
    project: String,
    repo: RepoId,
    branch: String,
}

/// Makes what is missing. Call it within a transaction.
///
/// # Errors
/// `Error::Invalid` for a name that no workspace or project can have.
pub async fn ensure(tx: &impl GenericClient, wanted: &Wanted<'_>) -> Result<Made> {
    let known = find(tx, wanted.name).await?;
    let name = match &known {
        Some(known) => known.name.clone(),
        None => new_workspace::checked_name(wanted.name).map_err(Error::Invalid)?,
    };
    let slug =
        wanted.project.or(known.as_ref().map(|known| known.project.as_str())).unwrap_or(&name).to_owned();
    let (project, project_is_new) = ensure_project(tx, &slug, wanted.user).await?;
    let repo = match (wanted.repo_url, &known) {
        (None, Some(known)) => known.repo,
        (url, _) => ensure_repo(tx, url.unwrap_or(&format!("/org/{name}"))).await?,
    };
    match &known {
        Some(known) => update_workspace(tx, known, project, repo, wanted).await?,
        None => insert_workspace(tx, &name, project, repo, wanted).await?,
    }
    Ok(Made {
        workspace: name,
        workspace_is_new: known.is_none(),
        project,
        project_slug: slug,
        project_is_new,
    })
}

/// Makes somebody a developer and collaborator of a project, by their own hand. False: they are a member already.
pub async fn join(tx: &impl GenericClient, project: ProjectId, user: UserId) -> Result<bool> {
    if is_member(tx, project, user).await? {
        return Ok(false);
    }
    let roles: RoleSet = [Role::ProjectDeveloper, Role::ProjectCollaborator].into_iter().collect();
    memberships::add(tx, &NewMembership { project, user, roles: &roles, by: user }).await?;
    Ok(true)
}

async fn find(tx: &impl GenericClient, name: &str) -> Result<Option<Known>> {
    let statement = tx
        .prepare_cached(
            "SELECT workspace.id, workspace.name, project.slug::text, workspace.repo_id, workspace.branch
             FROM jobserver_workspace AS workspace
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE workspace.name IN ($1, lower($1))
             ORDER BY workspace.name = $1 DESC
             LIMIT 1",
        )
        .await?;
    Ok(tx.query_opt(&statement, &[&name]).await?.map(|row| Known {
        id: row.get(0),
        name: row.get(1),
        project: row.get(2),
        repo: row.get(3),
        branch: row.get(4),
    }))
}

async fn ensure_project(tx: &impl GenericClient, slug: &str, by: UserId) -> Result<(ProjectId, bool)> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if slug.is_empty() || slug.len() > SLUG_LIMIT || !slug.chars().all(is_plain) {
        return Err(Error::Invalid(
            "A project's slug can have letters, numbers, underscores and hyphens only, 255 at most."
                .to_owned(),
        ));
    }
    let statement = tx
        .prepare_cached(
            "WITH added AS (
                 INSERT INTO jobserver_project
                     (name, slug, status, status_description, copilot_notes, category,
                      created_at, created_by_id, updated_at, updated_by_id)
                 VALUES ($1::text, $1::text, 'ongoing', '', '', 'unknown', now(), $2, now(), $2)
                 ON CONFLICT (slug) DO NOTHING
                 RETURNING id
             )
             SELECT id, true AS is_new FROM added
             UNION ALL
             SELECT id, false FROM jobserver_project WHERE slug = $1::text
             LIMIT 1",
        )
        .await?;
    let row =
        tx.query_one(&statement, &[&slug, &by]).await.map_err(Error::from).map_err(|error| {
            match error.constraint() {
                Some("jobserver_project_name_key") => {
                    Error::Invalid(format!("Another project is called {slug}."))
                }
                _ => error,
            }
        })?;
    Ok((row.try_get("id")?, row.try_get("is_new")?))
}

async fn ensure_repo(tx: &impl GenericClient, url: &str) -> Result<RepoId> {
    let statement = tx
        .prepare_cached(
            "INSERT INTO jobserver_repo (url, has_github_outputs)
             VALUES ($1, false)
             ON CONFLICT (url) DO UPDATE SET url = excluded.url
             RETURNING id",
        )
        .await?;
    Ok(tx.query_one(&statement, &[&url]).await?.try_get(0)?)
}

async fn insert_workspace(
    tx: &impl GenericClient,
    name: &str,
    project: ProjectId,
    repo: RepoId,
    wanted: &Wanted<'_>,
) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "INSERT INTO jobserver_workspace
                 (name, purpose, branch, repo_id, project_id, is_archived, should_notify, uses_new_release_flow,
                  created_at, created_by_id, updated_at, updated_by_id)
             VALUES ($1, '', $2, $3, $4, false, false, true, now(), $5, now(), $5)",
        )
        .await?;
    let branch = wanted.branch.unwrap_or(BRANCH);
    tx.execute(&statement, &[&name, &branch, &repo, &project, &wanted.user]).await?;
    Ok(())
}

async fn update_workspace(
    tx: &impl GenericClient,
    known: &Known,
    project: ProjectId,
    repo: RepoId,
    wanted: &Wanted<'_>,
) -> Result<()> {
    let statement = tx
        .prepare_cached(
            "UPDATE jobserver_workspace
             SET branch = $2, repo_id = $3, project_id = $4, updated_at = now(), updated_by_id = $5
             WHERE id = $1",
        )
        .await?;
    // Those of the older server have none, and no job can run on none.
    let own = Some(known.branch.as_str()).filter(|branch| !branch.is_empty());
    let branch = wanted.branch.or(own).unwrap_or(BRANCH);
    tx.execute(&statement, &[&known.id, &branch, &repo, &project, &wanted.user]).await?;
    Ok(())
}

async fn is_member(tx: &impl GenericClient, project: ProjectId, user: UserId) -> Result<bool> {
    let statement = tx
        .prepare_cached(
            "SELECT EXISTS (
                 SELECT FROM jobserver_projectmembership WHERE project_id = $1 AND user_id = $2
             )",
        )
        .await?;
    Ok(tx.query_one(&statement, &[&project, &user]).await?.try_get(0)?)
}
