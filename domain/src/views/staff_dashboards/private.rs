//! Repositories in which jobs have been run for so long that their code should be public by now.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{Error, Result, projects::Project, repos::repo_key, users::Name};

/// A repository whose first job ran more than eleven months ago.
#[derive(Debug, Clone)]
pub struct OldRepo {
    /// What [`crate::repos::key`] makes of its address.
    pub key: String,
    /// Its address as we know it.
    pub url: String,
    /// By name.
    pub projects: Vec<Project>,
    /// Names, sorted.
    pub workspaces: Vec<String>,
    /// Who made the first of the workspaces.
    pub contact: Name,
    pub contact_email: String,
    /// Of all jobs of all its projects, the earliest start or creation.
    pub first_job_at: Timestamp,
    /// Workspaces that are signed off.
    pub signed_off: i64,
}

/// Those of the repositories with these keys that have a workspace in which a job ran, and whose projects ran their first
/// job more than 330 days ago. Workspaces of the project that tests the platform do not count.
pub async fn in_use_for_long(db: &impl GenericClient, keys: &[String]) -> Result<Vec<OldRepo>> {
    let statement = db
        .prepare_cached(concat!(
            "WITH used AS (
                 SELECT workspace.id, workspace.name, workspace.project_id, workspace.created_by_id,
                        workspace.signed_off_at, repo.url, ",
            repo_key!("repo.url"),
            " AS key
                 FROM jobserver_workspace AS workspace
                 JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
                 JOIN jobserver_project AS project ON project.id = workspace.project_id
                 WHERE project.slug <> 'opensafely-testing'
                   AND ",
            repo_key!("repo.url"),
            " = ANY($1)
             ),
             ran AS (
                 SELECT request.workspace_id, min(least(job.started_at, job.created_at)) AS first_job_at
                 FROM jobserver_job AS job
                 JOIN jobserver_jobrequest AS request ON request.id = job.job_request_id
                 GROUP BY request.workspace_id
             ),
             project_ran AS (
                 SELECT workspace.project_id, min(ran.first_job_at) AS first_job_at
                 FROM ran
                 JOIN jobserver_workspace AS workspace ON workspace.id = ran.workspace_id
                 GROUP BY workspace.project_id
             )
             SELECT used.key, min(used.url) AS url,
                    array_agg(used.name ORDER BY lower(used.name), used.id) AS workspaces,
                    count(used.signed_off_at) AS signed_off,
                    min(project_ran.first_job_at) AS first_job_at,
                    (array_agg(contact.username::text ORDER BY lower(used.name), used.id))[1] AS username,
                    (array_agg(contact.fullname ORDER BY lower(used.name), used.id))[1] AS fullname,
                    (array_agg(contact.email::text ORDER BY lower(used.name), used.id))[1] AS email,
                    jsonb_agg(DISTINCT jsonb_build_array(lower(project.name), project.id, project.slug, project.name,
                                                         project.number)) AS projects
             FROM used
             JOIN jobserver_project AS project ON project.id = used.project_id
             JOIN jobserver_user AS contact ON contact.id = used.created_by_id
             LEFT JOIN ran ON ran.workspace_id = used.id
             LEFT JOIN project_ran ON project_ran.project_id = used.project_id
             GROUP BY used.key
             HAVING count(ran.workspace_id) > 0
                AND min(project_ran.first_job_at) < now() - interval '330 days'"
        ))
        .await?;
    db.query(&statement, &[&keys]).await?.iter().map(old_repo).collect()
}

fn old_repo(row: &Row) -> Result<OldRepo> {
    Ok(OldRepo {
        key: row.try_get("key")?,
        url: row.try_get("url")?,
        projects: projects(row.try_get("projects")?)?,
        workspaces: row.try_get("workspaces")?,
        contact: Name::from_row(row)?,
        contact_email: row.try_get("email")?,
        first_job_at: row.try_get("first_job_at")?,
        signed_off: row.try_get("signed_off")?,
    })
}

/// Projects from `[[what they are sorted by, id, slug, name, number]]`.
pub(super) fn projects(json: serde_json::Value) -> Result<Vec<Project>> {
    type Line = (String, i32, String, String, Option<String>);
    let mut lines: Vec<Line> =
        serde_json::from_value(json).map_err(|error| Error::Corrupt(error.to_string()))?;
    lines.sort();
    Ok(lines
        .into_iter()
        .map(|(_, id, slug, name, number)| Project { id: crate::ids::ProjectId(id), slug, name, number })
        .collect())
}
