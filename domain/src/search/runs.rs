//! What was run and what came of it, by id and by the beginning of identifiers. These tables grow without end: nothing
//! here reads more of them than it returns.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Found, Term};
use crate::{
    Result,
    ids::{JobRequestId, ProjectId},
    permissions::Permission,
    projects::Project,
    users::Person,
};

#[derive(Debug)]
pub struct JobRequestHit {
    pub id: JobRequestId,
    pub identifier: String,
    pub workspace: String,
    pub project: Project,
    pub created_by: String,
    pub created_at: Timestamp,
}

#[derive(Debug)]
pub struct JobHit {
    pub identifier: String,
    pub action: String,
    pub job_request: JobRequestId,
    pub workspace: String,
    pub project: Project,
    pub created_at: Timestamp,
}

#[derive(Debug)]
pub struct ReleaseHit {
    pub id: String,
    pub workspace: String,
    pub project: Project,
    pub created_by: String,
    pub created_at: Timestamp,
}

impl JobRequestHit {
    /// Its public page.
    pub fn url(&self) -> String {
        format!("{}{}/{}/", self.project.url(), self.workspace, self.id)
    }
}

impl JobHit {
    pub fn url(&self) -> String {
        format!("{}{}/{}/{}/", self.project.url(), self.workspace, self.job_request, self.identifier)
    }
}

impl ReleaseHit {
    pub fn url(&self) -> String {
        format!("{}{}/releases/{}/", self.project.url(), self.workspace, self.id)
    }
}

/// Of which projects somebody may see released files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Everything,
    Projects(Vec<ProjectId>),
}

impl Reach {
    pub fn of(person: Option<&Person>) -> Reach {
        let may = |person: &Person, project| person.may(Permission::ReleaseFileView, project);
        match person {
            Some(person) if may(person, None) => Reach::Everything,
            Some(person) => {
                let projects = person.project_roles.iter().map(|(project, _)| *project);
                Reach::Projects(projects.filter(|project| may(person, Some(*project))).collect())
            }
            None => Reach::Projects(Vec::new()),
        }
    }
}

/// By id or the beginning of the identifier.
pub async fn job_requests(db: &impl GenericClient, term: &Term) -> Result<Found<JobRequestHit>> {
    let range = term.range(str::to_lowercase);
    if term.id.is_none() && range.is_none() {
        return Ok(Found::default());
    }
    let statement = db
        .prepare_cached(
            "SELECT request.id, request.identifier, request.created_at, workspace.name AS workspace,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number,
                    coalesce(nullif(creator.fullname, ''), creator.username) AS created_by
             FROM (
                 (
                     SELECT 0 AS place, id, identifier, created_at, workspace_id, created_by_id
                     FROM jobserver_jobrequest
                     WHERE id = $1
                 )
                 UNION ALL
                 (
                     SELECT 1, id, identifier, created_at, workspace_id, created_by_id
                     FROM jobserver_jobrequest
                     WHERE identifier ~>=~ $2
                       AND identifier ~<~ $3
                       AND id IS DISTINCT FROM $1
                     ORDER BY identifier USING ~<~
                     LIMIT 9
                 )
             ) AS request
             JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_user AS creator ON creator.id = request.created_by_id
             ORDER BY request.place, request.identifier
             LIMIT 9",
        )
        .await?;
    let (from, until) = range.unzip();
    Found::read(&db.query(&statement, &[&term.id, &from, &until]).await?, |row| {
        Ok(JobRequestHit {
            id: row.try_get("id")?,
            identifier: row.try_get("identifier")?,
            workspace: row.try_get("workspace")?,
            project: Project::from_row(row)?,
            created_by: row.try_get("created_by")?,
            created_at: row.try_get("created_at")?,
        })
    })
}

/// By the beginning of the identifier.
pub async fn jobs(db: &impl GenericClient, term: &Term) -> Result<Found<JobHit>> {
    let Some((from, until)) = term.range(str::to_lowercase) else { return Ok(Found::default()) };
    let statement = db
        .prepare_cached(
            "SELECT job.identifier, job.action, job.job_request_id, job.created_at,
                    workspace.name AS workspace, project.id AS project_id, project.slug AS project_slug,
                    project.name AS project_name, project.number AS project_number
             FROM (
                 SELECT identifier, action, job_request_id, created_at
                 FROM jobserver_job
                 WHERE identifier ~>=~ $1
                   AND identifier ~<~ $2
                 ORDER BY identifier USING ~<~
                 LIMIT 9
             ) AS job
             JOIN jobserver_jobrequest AS request ON request.id = job.job_request_id
             JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             ORDER BY job.identifier",
        )
        .await?;
    Found::read(&db.query(&statement, &[&from, &until]).await?, |row| {
        Ok(JobHit {
            identifier: row.try_get("identifier")?,
            action: row.try_get("action")?,
            job_request: row.try_get("job_request_id")?,
            workspace: row.try_get("workspace")?,
            project: Project::from_row(row)?,
            created_at: row.try_get("created_at")?,
        })
    })
}

/// By the beginning of the id: releases within `reach` that hold files, for a release without any has no page.
pub async fn releases(db: &impl GenericClient, term: &Term, reach: &Reach) -> Result<Found<ReleaseHit>> {
    let Some((from, until)) = term.range(str::to_uppercase) else { return Ok(Found::default()) };
    let projects = match reach {
        Reach::Everything => None,
        Reach::Projects(projects) if projects.is_empty() => return Ok(Found::default()),
        Reach::Projects(projects) => Some(projects),
    };
    let statement = db
        .prepare_cached(
            "SELECT release.id, release.created_at, workspace.name AS workspace,
                    project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                    project.number AS project_number,
                    coalesce(nullif(creator.fullname, ''), creator.username) AS created_by
             FROM jobserver_release AS release
             JOIN jobserver_workspace AS workspace ON workspace.id = release.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_user AS creator ON creator.id = release.created_by_id
             WHERE release.id ~>=~ $1
               AND release.id ~<~ $2
               AND ($3::integer[] IS NULL OR project.id = ANY($3))
               AND EXISTS (SELECT FROM jobserver_releasefile AS file WHERE file.release_id = release.id)
             ORDER BY release.id USING ~<~
             LIMIT 9",
        )
        .await?;
    Found::read(&db.query(&statement, &[&from, &until, &projects]).await?, release)
}

fn release(row: &Row) -> Result<ReleaseHit> {
    Ok(ReleaseHit {
        id: row.try_get("id")?,
        workspace: row.try_get("workspace")?,
        project: Project::from_row(row)?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
    })
}
