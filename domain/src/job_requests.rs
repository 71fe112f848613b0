//! The write side of job requests: inserting one, what the call that creates its jobs needs and what came of it,
//! and cancelling. Knows nothing of the controller's wire format. Every write names its columns and states what it
//! expects to find, so that two writers cannot undo each other's work.

mod cancelling;

use serde_json::Value;
use tokio_postgres::types::ToSql;

use crate::{
    Error, Result,
    db::GenericClient,
    ids::{BackendId, JobRequestId, UserId, WorkspaceId},
    project_permissions,
    status::{JobRequestStatus, UNKNOWN_ERROR},
};

pub(crate) use cancelling::names;
pub use cancelling::{CancelOrder, Cancellation, add_cancelled_actions, cancellation};

/// What a person asked for.
#[derive(Debug, Clone)]
pub struct NewJobRequest {
    pub workspace: WorkspaceId,
    pub backend: BackendId,
    pub created_by: UserId,
    /// Full commit, 40 hex digits.
    pub sha: String,
    /// The text of project.yaml at that commit.
    pub project_definition: String,
    pub codelists_ok: bool,
    pub requested_actions: Vec<String>,
    pub force_run_dependencies: bool,
    pub will_notify: bool,
    /// Random text that the form carried: a second submission with the same one makes no second job request.
    pub form_token: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inserted {
    pub id: JobRequestId,
    /// The RAP id.
    pub identifier: String,
    /// False when the same form had been sent before, and this is what it made then.
    pub is_new: bool,
}

/// Inserts a job request with the status `unknown`, which the status loop resolves even when nothing else follows.
///
/// # Errors
/// `Error::Invalid` when the form token was used by another person or for another workspace.
pub async fn insert(db: &impl GenericClient, new: &NewJobRequest) -> Result<Inserted> {
    let identifier = new_identifier();
    let Some(token) = &new.form_token else {
        let id = insert_row(db, new, &identifier).await?;
        return Ok(Inserted { id, identifier, is_new: true });
    };
    match insert_row_once(db, new, &identifier, token).await? {
        Some(id) => Ok(Inserted { id, identifier, is_new: true }),
        None => made_by_token(db, new, token).await,
    }
}

/// 80 random bits in lower-case base32: 16 characters, the only shape that the controller accepts.
pub fn new_identifier() -> String {
    data_encoding::BASE32_NOPAD.encode(&rand::random::<[u8; 10]>()).to_lowercase()
}

async fn insert_row(db: &impl GenericClient, new: &NewJobRequest, identifier: &str) -> Result<JobRequestId> {
    let insert = db
        .prepare_cached(
            "INSERT INTO jobserver_jobrequest
                 (identifier, workspace_id, backend_id, created_by_id, created_at, sha, project_definition,
                  codelists_ok, requested_actions, cancelled_actions, force_run_dependencies, will_notify, _status)
             VALUES ($1, $2, $3, $4, now(), $5, $6, $7, $8, '[]', $9, $10, 'unknown')
             RETURNING id",
        )
        .await?;
    Ok(db.query_one(&insert, &columns(new, &identifier)).await?.get(0))
}

/// Like `insert_row`, unless the token has been used. The token is claimed in the same statement, with the id that the
/// row is going to have, so that of two submissions at the same instant exactly one inserts.
async fn insert_row_once(
    db: &impl GenericClient,
    new: &NewJobRequest,
    identifier: &str,
    token: &str,
) -> Result<Option<JobRequestId>> {
    let insert = db
        .prepare_cached(
            "WITH claim AS (
                 INSERT INTO job_request_form_token (token, job_request_id, created_at)
                 VALUES ($11, nextval(pg_get_serial_sequence('jobserver_jobrequest', 'id')), now())
                 ON CONFLICT (token) DO NOTHING
                 RETURNING job_request_id
             )
             INSERT INTO jobserver_jobrequest
                 (id, identifier, workspace_id, backend_id, created_by_id, created_at, sha, project_definition,
                  codelists_ok, requested_actions, cancelled_actions, force_run_dependencies, will_notify, _status)
             SELECT claim.job_request_id, $1, $2, $3, $4, now(), $5, $6, $7, $8, '[]', $9, $10, 'unknown'
             FROM claim
             RETURNING id",
        )
        .await?;
    let mut values = columns(new, &identifier).to_vec();
    values.push(&token);
    Ok(db.query_opt(&insert, &values).await?.map(|row| row.get(0)))
}

fn columns<'a>(new: &'a NewJobRequest, identifier: &'a &str) -> [&'a (dyn ToSql + Sync); 10] {
    [
        identifier,
        &new.workspace,
        &new.backend,
        &new.created_by,
        &new.sha,
        &new.project_definition,
        &new.codelists_ok,
        &new.requested_actions,
        &new.force_run_dependencies,
        &new.will_notify,
    ]
}

async fn made_by_token(db: &impl GenericClient, new: &NewJobRequest, token: &str) -> Result<Inserted> {
    let select = db
        .prepare_cached(
            "SELECT job_request.id, job_request.identifier
             FROM job_request_form_token AS used
             JOIN jobserver_jobrequest AS job_request ON job_request.id = used.job_request_id
             WHERE used.token = $1
               AND job_request.created_by_id = $2
               AND job_request.workspace_id = $3",
        )
        .await?;
    match db.query_opt(&select, &[&token, &new.created_by, &new.workspace]).await? {
        Some(row) => Ok(Inserted { id: row.get(0), identifier: row.get(1), is_new: false }),
        None => Err(Error::Invalid("This form has been used already. Open the page again.".to_owned())),
    }
}

/// All that the call which creates the jobs has to say about a job request.
#[derive(Debug, Clone, PartialEq)]
pub struct CreationFacts {
    pub identifier: String,
    pub backend: String,
    pub workspace: String,
    pub repo_url: String,
    pub branch: String,
    pub sha: String,
    pub requested_actions: Vec<String>,
    pub codelists_ok: bool,
    pub force_run_dependencies: bool,
    /// Username.
    pub created_by: String,
    pub project_slug: String,
    pub project_number: Option<String>,
    /// Slugs of the project's organisations, sorted.
    pub orgs: Vec<String>,
    pub status: JobRequestStatus,
}

impl CreationFacts {
    /// What data the project may use, as a JSON object; empty when nothing special applies.
    pub fn analysis_scope(&self) -> Value {
        project_permissions::analysis_scope(self.project_number.as_deref(), &self.project_slug)
    }
}

/// The facts for the create call, or none when there is no such job request.
pub async fn for_creation(db: &impl GenericClient, id: JobRequestId) -> Result<Option<CreationFacts>> {
    let select = db
        .prepare_cached(
            "SELECT job_request.identifier, backend.slug, workspace.name, repo.url, workspace.branch,
                    job_request.sha, job_request.requested_actions, job_request.codelists_ok,
                    job_request.force_run_dependencies, creator.username, project.slug, project.number,
                    ARRAY(SELECT org.slug::text
                          FROM jobserver_projectcollaboration AS collaboration
                          JOIN jobserver_org AS org ON org.id = collaboration.org_id
                          WHERE collaboration.project_id = project.id
                          ORDER BY org.slug) AS orgs,
                    job_request._status
             FROM jobserver_jobrequest AS job_request
             JOIN jobserver_backend AS backend ON backend.id = job_request.backend_id
             JOIN jobserver_workspace AS workspace ON workspace.id = job_request.workspace_id
             JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_user AS creator ON creator.id = job_request.created_by_id
             WHERE job_request.id = $1",
        )
        .await?;
    Ok(db.query_opt(&select, &[&id]).await?.map(|row| CreationFacts {
        identifier: row.get(0),
        backend: row.get(1),
        workspace: row.get(2),
        repo_url: row.get(3),
        branch: row.get(4),
        sha: row.get(5),
        requested_actions: row.get(6),
        codelists_ok: row.get(7),
        force_run_dependencies: row.get(8),
        created_by: row.get(9),
        project_slug: row.get(10),
        project_number: row.get(11),
        orgs: row.get(12),
        status: JobRequestStatus::from_stored(row.get(13)),
    }))
}

/// How the create call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreationOutcome {
    /// The controller has jobs for it.
    Scheduled,
    /// The controller found nothing to run, for this reason.
    NothingToDo { details: String },
    /// The controller refused, for this reason.
    Refused { details: String },
    /// No answer, or one that was not the controller's: jobs may exist or not.
    Unclear,
    /// An answer without sense, or the call could not be made at all.
    Unexpected,
}

impl CreationOutcome {
    /// The status and its message that this outcome gives the job request.
    pub fn status(&self) -> (JobRequestStatus, Option<&str>) {
        match self {
            Self::Scheduled => (JobRequestStatus::Pending, None),
            Self::NothingToDo { details } => (JobRequestStatus::NothingToDo, Some(details)),
            Self::Refused { details } => (JobRequestStatus::Failed, Some(details)),
            Self::Unclear => (JobRequestStatus::UnknownErrorCreatingJobs, None),
            Self::Unexpected => (JobRequestStatus::Failed, Some(UNKNOWN_ERROR)),
        }
    }
}

/// Writes the outcome, unless the status loop has already learnt more (then false). Watching pages are told.
pub async fn record_creation(
    db: &impl GenericClient,
    id: JobRequestId,
    outcome: &CreationOutcome,
) -> Result<bool> {
    let (status, message) = outcome.status();
    let message = message.map(|text| text.replace('\0', "\u{FFFD}"));
    let update = db
        .prepare_cached(
            "WITH written AS (
                 UPDATE jobserver_jobrequest
                 SET _status = $2, status_message = $3
                 WHERE id = $1
                   AND _status IN ('unknown', 'unknown_error_creating_jobs')
                   AND NOT EXISTS (SELECT FROM jobserver_job WHERE job_request_id = $1)
                 RETURNING id
             )
             SELECT pg_notify('job_request', id::text)
             FROM written",
        )
        .await?;
    Ok(db.query_opt(&update, &[&id, &status.as_str(), &message]).await?.is_some())
}
