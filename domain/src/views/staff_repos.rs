//! Repositories as the staff area lists and shows them. What GitHub says of them is added elsewhere.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{Result, ids::RepoId, listing::Conditions, projects::Project, users::Name};

/// What is asked for; empty lists and no text ask for everything.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A part of the address.
    pub q: Option<String>,
    /// Slugs; any organisation of any project with a workspace on the repository counts.
    pub orgs: Vec<String>,
    /// Whether there are outputs on GitHub; none: both.
    pub has_outputs: Option<bool>,
}

impl Wanted {
    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::new();
        conditions.any_like(&["repo.url"], self.q.as_deref());
        if let Some(has_outputs) = self.has_outputs {
            conditions.push("repo.has_github_outputs = $?", has_outputs);
        }
        if !self.orgs.is_empty() {
            conditions.push(
                "repo.id IN (
                     SELECT workspace.repo_id
                     FROM jobserver_org AS org
                     JOIN jobserver_projectcollaboration AS collaboration ON collaboration.org_id = org.id
                     JOIN jobserver_workspace AS workspace ON workspace.project_id = collaboration.project_id
                     WHERE org.slug = ANY($?)
                 )",
                self.orgs.clone(),
            );
        }
        conditions
    }
}

/// A repository as a line of the list.
#[derive(Debug, Clone)]
pub struct RepoLine {
    pub url: String,
    pub has_github_outputs: bool,
    pub researcher_signed_off_at: Option<Timestamp>,
    pub internal_signed_off_at: Option<Timestamp>,
}

pub async fn count(db: &impl GenericClient, wanted: &Wanted) -> Result<i64> {
    wanted.conditions().count(db, "jobserver_repo AS repo").await
}

/// One page, by address.
pub async fn page(db: &impl GenericClient, wanted: &Wanted, offset: i64) -> Result<Vec<RepoLine>> {
    let conditions = wanted.conditions();
    let (page, params) = conditions.page(&offset);
    let sql = format!(
        "SELECT repo.url, repo.has_github_outputs, repo.researcher_signed_off_at, repo.internal_signed_off_at
         FROM jobserver_repo AS repo
         {where_clause}
         ORDER BY lower(repo.url), repo.id
         {page}",
        where_clause = conditions.where_clause()
    );
    let statement = db.prepare_cached(&sql).await?;
    let rows = db.query(&statement, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(RepoLine {
                url: row.try_get("url")?,
                has_github_outputs: row.try_get("has_github_outputs")?,
                researcher_signed_off_at: row.try_get("researcher_signed_off_at")?,
                internal_signed_off_at: row.try_get("internal_signed_off_at")?,
            })
        })
        .collect()
}

/// Who signed off, and when.
#[derive(Debug, Clone)]
pub struct SignOff {
    pub at: Timestamp,
    pub by: Name,
}

impl SignOff {
    /// Columns `<prefix>_at`, `<prefix>_username`, `<prefix>_fullname`.
    fn from_row(row: &Row, prefix: &str) -> Result<Option<SignOff>> {
        let column = |name: &str| format!("{prefix}_{name}");
        let Some(at) = row.try_get::<_, Option<Timestamp>>(column("at").as_str())? else { return Ok(None) };
        let username: Option<String> = row.try_get(column("username").as_str())?;
        let fullname: Option<String> = row.try_get(column("fullname").as_str())?;
        let by = Name { username: username.unwrap_or_default(), fullname: fullname.unwrap_or_default() };
        Ok(Some(SignOff { at, by }))
    }
}

#[derive(Debug, Clone)]
pub struct RepoDetail {
    pub id: RepoId,
    pub url: String,
    pub has_github_outputs: bool,
    pub researcher: Option<SignOff>,
    pub internal: Option<SignOff>,
}

/// The repository of exactly this address.
pub async fn find(db: &impl GenericClient, url: &str) -> Result<Option<RepoDetail>> {
    let statement = db
        .prepare_cached(
            "SELECT repo.id, repo.url, repo.has_github_outputs,
                    repo.researcher_signed_off_at AS researcher_at,
                    researcher.username AS researcher_username, researcher.fullname AS researcher_fullname,
                    repo.internal_signed_off_at AS internal_at,
                    internal.username AS internal_username, internal.fullname AS internal_fullname
             FROM jobserver_repo AS repo
             LEFT JOIN jobserver_user AS researcher ON researcher.id = repo.researcher_signed_off_by_id
             LEFT JOIN jobserver_user AS internal ON internal.id = repo.internal_signed_off_by_id
             WHERE repo.url = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&statement, &[&url]).await? else { return Ok(None) };
    Ok(Some(RepoDetail {
        id: row.try_get("id")?,
        url: row.try_get("url")?,
        has_github_outputs: row.try_get("has_github_outputs")?,
        researcher: SignOff::from_row(&row, "researcher")?,
        internal: SignOff::from_row(&row, "internal")?,
    }))
}

/// A workspace on the repository.
#[derive(Debug, Clone)]
pub struct RepoWorkspace {
    pub name: String,
    pub is_archived: bool,
    pub project: Project,
    pub creator: Name,
    pub creator_email: String,
    /// Who else requested jobs in it, by name.
    pub users: Vec<Name>,
    pub signed_off: Option<SignOff>,
}

/// The workspaces on the repository, by name.
pub async fn workspaces(db: &impl GenericClient, repo: RepoId) -> Result<Vec<RepoWorkspace>> {
    let statement = db
        .prepare_cached(
            "SELECT workspace.name, workspace.is_archived,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number,
                    creator.username, creator.fullname, creator.email,
                    workspace.signed_off_at AS signer_at, signer.username AS signer_username,
                    signer.fullname AS signer_fullname, users.usernames, users.fullnames
             FROM jobserver_workspace AS workspace
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_user AS creator ON creator.id = workspace.created_by_id
             LEFT JOIN jobserver_user AS signer ON signer.id = workspace.signed_off_by_id
             CROSS JOIN LATERAL (
                 SELECT coalesce(array_agg(person.username::text ORDER BY lower(person.fullname), person.id), '{}')
                            AS usernames,
                        coalesce(array_agg(person.fullname ORDER BY lower(person.fullname), person.id), '{}')
                            AS fullnames
                 FROM jobserver_user AS person
                 WHERE person.id <> workspace.created_by_id
                   AND person.id IN (
                       SELECT request.created_by_id
                       FROM jobserver_jobrequest AS request
                       WHERE request.workspace_id = workspace.id
                   )
             ) AS users
             WHERE workspace.repo_id = $1
             ORDER BY workspace.name",
        )
        .await?;
    let rows = db.query(&statement, &[&repo]).await?;
    rows.iter().map(repo_workspace).collect()
}

fn repo_workspace(row: &Row) -> Result<RepoWorkspace> {
    let usernames: Vec<String> = row.try_get("usernames")?;
    let fullnames: Vec<String> = row.try_get("fullnames")?;
    Ok(RepoWorkspace {
        name: row.try_get("name")?,
        is_archived: row.try_get("is_archived")?,
        project: Project::from_row(row)?,
        creator: Name::from_row(row)?,
        creator_email: row.try_get("email")?,
        users: usernames
            .into_iter()
            .zip(fullnames)
            .map(|(username, fullname)| Name { username, fullname })
            .collect(),
        signed_off: SignOff::from_row(row, "signer")?,
    })
}

/// When the first and the last job ran.
#[derive(Debug, Clone, Copy, Default)]
pub struct Runs {
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

/// Among all jobs of all projects that have a workspace on the repository, put in order of the earlier of start and
/// creation: when the first and the last of them started, or were created if they have not. Reads each of those jobs once:
/// remember it for a while.
pub async fn runs(db: &impl GenericClient, repo: RepoId) -> Result<Runs> {
    let statement = db
        .prepare_cached(
            "WITH run AS MATERIALIZED (
                 SELECT job.id, least(job.started_at, job.created_at) AS place,
                        coalesce(job.started_at, job.created_at) AS at
                 FROM jobserver_workspace AS workspace
                 JOIN jobserver_jobrequest AS request ON request.workspace_id = workspace.id
                 JOIN jobserver_job AS job ON job.job_request_id = request.id
                 WHERE workspace.project_id IN (SELECT project_id FROM jobserver_workspace WHERE repo_id = $1)
             )
             SELECT (SELECT at FROM run ORDER BY place, id LIMIT 1),
                    (SELECT at FROM run ORDER BY place DESC, id DESC LIMIT 1)",
        )
        .await?;
    let row = db.query_one(&statement, &[&repo]).await?;
    Ok(Runs { first: row.try_get(0)?, last: row.try_get(1)? })
}
