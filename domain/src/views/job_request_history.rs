//! What ran before, to compare code with: earlier job requests of the same workspace and backend, and earlier jobs of
//! the same action there.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use crate::{
    Result,
    ids::{JobId, JobRequestId},
};

/// The commits of earlier runs; none where there was no such run, or where it has no commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EarlierCommits {
    pub previous: Option<String>,
    /// Of the last run that succeeded as a whole.
    pub previous_successful: Option<String>,
}

impl EarlierCommits {
    fn from_row(row: Option<&Row>) -> Result<EarlierCommits> {
        let Some(row) = row else { return Ok(EarlierCommits::default()) };
        Ok(EarlierCommits { previous: row.try_get("previous")?, previous_successful: row.try_get("successful")? })
    }
}

/// The commits of the job requests before this one. A job request succeeded when it has jobs and all of them did.
pub async fn before_job_request(db: &impl GenericClient, id: JobRequestId) -> Result<EarlierCommits> {
    let statement = db
        .prepare_cached(
            "SELECT nullif(previous.sha, '') AS previous, nullif(successful.sha, '') AS successful
             FROM jobserver_jobrequest AS request
             LEFT JOIN LATERAL (
                 SELECT earlier.sha
                 FROM jobserver_jobrequest AS earlier
                 WHERE earlier.workspace_id = request.workspace_id
                   AND earlier.backend_id = request.backend_id
                   AND earlier.id < request.id
                 ORDER BY earlier.created_at DESC
                 LIMIT 1
             ) AS previous ON true
             LEFT JOIN LATERAL (
                 SELECT earlier.sha
                 FROM jobserver_jobrequest AS earlier
                 WHERE earlier.workspace_id = request.workspace_id
                   AND earlier.backend_id = request.backend_id
                   AND earlier.id < request.id
                   AND earlier._status NOT IN ('failed', 'nothing_to_do')
                   AND (SELECT count(*) > 0 AND bool_and(job.status = 'succeeded')
                        FROM jobserver_job AS job
                        WHERE job.job_request_id = earlier.id)
                 ORDER BY earlier.created_at DESC
                 LIMIT 1
             ) AS successful ON true
             WHERE request.id = $1",
        )
        .await?;
    EarlierCommits::from_row(db.query_opt(&statement, &[&id]).await?.as_ref())
}

/// The commits of the runs of the same action before this job. At most a thousand job requests of the workspace are
/// looked through, so that an action that never ran before does not cost more in a busy workspace.
pub async fn before_job(db: &impl GenericClient, request: JobRequestId, job: JobId) -> Result<EarlierCommits> {
    let statement = db
        .prepare_cached(
            "WITH this AS (
                 SELECT job.id, job.action, request.workspace_id, request.backend_id
                 FROM jobserver_job AS job
                 JOIN jobserver_jobrequest AS request ON request.id = job.job_request_id
                 WHERE job.id = $2
             ),
             runs AS (
                 SELECT job.id, job.status, job.created_at, request.sha
                 FROM this
                 CROSS JOIN LATERAL (
                     SELECT earlier.id, earlier.sha
                     FROM jobserver_jobrequest AS earlier
                     WHERE earlier.workspace_id = this.workspace_id
                       AND earlier.backend_id = this.backend_id
                       AND earlier.id <= $1
                     ORDER BY earlier.id DESC
                     LIMIT 1000
                 ) AS request
                 JOIN jobserver_job AS job ON job.job_request_id = request.id
                 WHERE job.action = this.action
                   AND job.id < this.id
             )
             SELECT (SELECT nullif(sha, '') FROM runs ORDER BY created_at DESC, id DESC LIMIT 1) AS previous,
                    (SELECT nullif(sha, '')
                     FROM runs
                     WHERE status = 'succeeded'
                     ORDER BY created_at DESC, id DESC
                     LIMIT 1) AS successful",
        )
        .await?;
    EarlierCommits::from_row(db.query_opt(&statement, &[&request, &job]).await?.as_ref())
}
