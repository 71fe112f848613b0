//! The staff area's list of job requests. The text that is searched for is first turned into keys, over tables and indexes
//! that are small, so that counting reads no jobs, and paging only those of the lines it shows. Never reads
//! `project_definition`, which is most of the table.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::job_request::effective_status;
use crate::{
    Result,
    ids::{JobRequestId, UserId, WorkspaceId},
    listing::{Conditions, pattern},
    projects::Project,
    status::JobRequestStatus,
    users::Name,
};

/// Shorter fragments are part of too many identifiers to mean one.
const SHORTEST_FRAGMENT: usize = 3;

/// What is asked for; empty lists and no text ask for everything.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub q: Option<String>,
    /// Slugs.
    pub backends: Vec<String>,
    /// Slugs; any organisation of the workspace's project counts.
    pub orgs: Vec<String>,
    /// Slugs.
    pub projects: Vec<String>,
    /// Usernames of those who made them.
    pub users: Vec<String>,
    /// Names.
    pub workspaces: Vec<String>,
}

/// What a text was found in.
#[derive(Debug, Default)]
struct Found {
    creators: Vec<UserId>,
    workspaces: Vec<WorkspaceId>,
    requests: Vec<JobRequestId>,
}

/// Looks up what the text means, and puts the conditions together.
pub async fn conditions(db: &impl GenericClient, wanted: &Wanted) -> Result<Conditions> {
    let mut conditions = Conditions::new();
    for (values, clause) in [
        (
            &wanted.backends,
            "request.backend_id = ANY(ARRAY(SELECT id FROM jobserver_backend WHERE slug = ANY($?)))",
        ),
        (
            &wanted.users,
            "request.created_by_id = ANY(ARRAY(SELECT id FROM jobserver_user WHERE username = ANY($?)))",
        ),
        (
            &wanted.workspaces,
            "request.workspace_id = ANY(ARRAY(SELECT id FROM jobserver_workspace WHERE name = ANY($?)))",
        ),
        (
            &wanted.projects,
            "request.workspace_id = ANY(ARRAY(
                 SELECT workspace.id
                 FROM jobserver_project AS project
                 JOIN jobserver_workspace AS workspace ON workspace.project_id = project.id
                 WHERE project.slug = ANY($?)
             ))",
        ),
        (
            &wanted.orgs,
            "request.workspace_id = ANY(ARRAY(
                 SELECT workspace.id
                 FROM jobserver_org AS org
                 JOIN jobserver_projectcollaboration AS collaboration ON collaboration.org_id = org.id
                 JOIN jobserver_workspace AS workspace ON workspace.project_id = collaboration.project_id
                 WHERE org.slug = ANY($?)
             ))",
        ),
    ] {
        if !values.is_empty() {
            conditions.push(clause, values.clone());
        }
    }
    if let Some(q) = &wanted.q {
        let found = find(db, q).await?;
        let creators = conditions.bind(found.creators);
        let workspaces = conditions.bind(found.workspaces);
        let requests = conditions.bind(found.requests);
        conditions.plain(&format!(
            "(request.created_by_id = ANY({creators}) OR request.workspace_id = ANY({workspaces})
              OR request.id = ANY({requests}))"
        ));
    }
    Ok(conditions)
}

async fn find(db: &impl GenericClient, q: &str) -> Result<Found> {
    let fragment = Fragment::of(q);
    let found = find_in_names(db, q, &fragment).await?;
    let is_nowhere = found.creators.is_empty() && found.workspaces.is_empty() && found.requests.is_empty();
    match &fragment.inside {
        Some(inside) if is_nowhere => Ok(Found { requests: find_in_identifiers(db, inside).await?, ..found }),
        _ => Ok(found),
    }
}

/// What a text can be a part of, as patterns; none where it cannot be one.
#[derive(Debug, PartialEq, Eq)]
struct Fragment {
    /// Of a key.
    key: Option<String>,
    /// Of an identifier: its beginning, and any part of it.
    start: Option<String>,
    inside: Option<String>,
}

impl Fragment {
    /// Keys are digits. Identifiers are lower-case letters and digits.
    fn of(q: &str) -> Fragment {
        let is_key = !q.is_empty() && q.bytes().all(|byte| byte.is_ascii_digit());
        let is_identifier =
            q.len() >= SHORTEST_FRAGMENT && q.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let part = is_identifier.then(|| q.to_ascii_lowercase());
        Fragment {
            key: is_key.then(|| format!("%{q}%")),
            start: part.as_ref().map(|part| format!("{part}%")),
            inside: part.map(|part| format!("%{part}%")),
        }
    }
}

/// Looks at everything but the inside of identifiers: for how these begin there are indexes.
async fn find_in_names(db: &impl GenericClient, q: &str, fragment: &Fragment) -> Result<Found> {
    let statement = db
        .prepare_cached(
            "SELECT
                 ARRAY(
                     SELECT id
                     FROM jobserver_user
                     WHERE upper(fullname) LIKE $1 OR upper(username) LIKE $1
                 ) AS creators,
                 ARRAY(
                     SELECT workspace.id
                     FROM jobserver_workspace AS workspace
                     JOIN jobserver_project AS project ON project.id = workspace.project_id
                     WHERE upper(workspace.name) LIKE $1
                        OR upper(project.name) LIKE $1
                        OR project.id IN (
                            SELECT collaboration.project_id
                            FROM jobserver_projectcollaboration AS collaboration
                            JOIN jobserver_org AS org ON org.id = collaboration.org_id
                            WHERE upper(org.name) LIKE $1
                        )
                 ) AS workspaces,
                 ARRAY(
                     SELECT id
                     FROM jobserver_jobrequest
                     WHERE id::text LIKE $2
                     UNION
                     SELECT id
                     FROM jobserver_jobrequest
                     WHERE identifier LIKE $3
                     UNION
                     SELECT job_request_id
                     FROM jobserver_job
                     WHERE identifier LIKE $3
                 ) AS requests",
        )
        .await?;
    let row = db.query_one(&statement, &[&pattern(q), &fragment.key, &fragment.start]).await?;
    Ok(Found {
        creators: row.try_get("creators")?,
        workspaces: row.try_get("workspaces")?,
        requests: row.try_get("requests")?,
    })
}

/// Reads all identifiers, in their indexes. What is part of a name is not looked for here, so only those wait for it who
/// typed a part of an identifier.
async fn find_in_identifiers(db: &impl GenericClient, inside: &str) -> Result<Vec<JobRequestId>> {
    let statement = db
        .prepare_cached(
            "SELECT id
             FROM jobserver_jobrequest
             WHERE identifier = ANY(ARRAY(
                 SELECT identifier
                 FROM jobserver_jobrequest
                 WHERE identifier LIKE $1
             ))
             UNION
             SELECT job_request_id
             FROM jobserver_job
             WHERE identifier = ANY(ARRAY(
                 SELECT identifier
                 FROM jobserver_job
                 WHERE identifier LIKE $1
             ))",
        )
        .await?;
    db.query(&statement, &[&inside]).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub async fn count(db: &impl GenericClient, wanted: &Conditions) -> Result<i64> {
    wanted.count(db, "jobserver_jobrequest AS request").await
}

/// A line of the list.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: JobRequestId,
    pub identifier: String,
    pub status: JobRequestStatus,
    pub created_at: Timestamp,
    /// Who made it.
    pub creator: Name,
    pub backend_slug: String,
    pub workspace: String,
    pub project: Project,
}

/// The lines from `offset` on, [`super::PAGE_SIZE`] at most, newest first.
pub async fn page(db: &impl GenericClient, wanted: &Conditions, offset: i64) -> Result<Vec<Line>> {
    let (page, params) = wanted.page(&offset);
    let sql = format!(
        "SELECT request.id, request.identifier, request._status, request.created_at, request.statuses,
                backend.slug AS backend_slug, workspace.name AS workspace, person.username, person.fullname,
                project.id AS project_id, project.slug AS project_slug, project.name AS project_name,
                project.number AS project_number
         FROM (
             SELECT request.id, request.identifier, request._status, request.created_at, request.backend_id,
                    request.workspace_id, request.created_by_id,
                    CASE WHEN request._status IN ('pending', 'running', 'unknown', 'unknown_error_creating_jobs')
                         THEN ARRAY(SELECT DISTINCT status FROM jobserver_job WHERE job_request_id = request.id)
                         ELSE '{{}}'
                    END AS statuses
             FROM jobserver_jobrequest AS request
             {where_clause}
             ORDER BY request.created_at DESC, request.id DESC
             {page}
         ) AS request
         JOIN jobserver_backend AS backend ON backend.id = request.backend_id
         JOIN jobserver_workspace AS workspace ON workspace.id = request.workspace_id
         JOIN jobserver_project AS project ON project.id = workspace.project_id
         JOIN jobserver_user AS person ON person.id = request.created_by_id
         ORDER BY request.created_at DESC, request.id DESC",
        where_clause = wanted.where_clause()
    );
    let statement = db.prepare_cached(&sql).await?;
    db.query(&statement, &params).await?.iter().map(line).collect()
}

fn line(row: &Row) -> Result<Line> {
    Ok(Line {
        id: row.try_get("id")?,
        identifier: row.try_get("identifier")?,
        status: effective_status(row)?,
        created_at: row.try_get("created_at")?,
        creator: Name::from_row(row)?,
        backend_slug: row.try_get("backend_slug")?,
        workspace: row.try_get("workspace")?,
        project: Project::from_row(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_a_part_of_a_key_or_an_identifier_is_looked_for_there() {
        let shown = |q: &str| {
            let fragment = Fragment::of(q);
            (fragment.key.is_some(), fragment.inside)
        };
        assert_eq!(shown("1234"), (true, Some("%1234%".to_owned())));
        assert_eq!(shown("7"), (true, None));
        assert_eq!(shown("AbC"), (false, Some("%abc%".to_owned())));
        for neither in ["", "ab", "a b", "a-b", "100%", "a_b", "äbc"] {
            assert_eq!(shown(neither), (false, None), "{neither}");
        }
    }
}
