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
        Ok(EarlierCommits {
            previous: row.try_get("previous")?,
            previous_successful: row.try_get("successful")?,
        })
    }
}

/// The newest job request of the same workspace and backend that satisfies a condition and is not newer than `request`,
/// which the statement around it names. Newest means the highest primary key: ids and creation times grow together, and
/// so the index leads straight to the first that fits. At most 250 are looked at, so that a busy workspace in which none
/// fits costs no more.
macro_rules! newest_where {
    ($condition:literal) => {
        concat!(
            "SELECT earlier.sha
             FROM (
                 SELECT candidate.id, candidate.sha, candidate._status
                 FROM jobserver_jobrequest AS candidate
                 WHERE candidate.workspace_id = request.workspace_id
                   AND candidate.backend_id = request.backend_id
                   AND candidate.id <= request.id
                 ORDER BY candidate.id DESC
                 LIMIT 250
             ) AS earlier
             WHERE ",
            $condition,
            "
             ORDER BY earlier.id DESC
             LIMIT 1"
        )
    };
}

/// The commits of the job requests before this one. A job request succeeded when it has jobs and all of them did.
pub async fn before_job_request(db: &impl GenericClient, id: JobRequestId) -> Result<EarlierCommits> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT nullif(previous.sha, '') AS previous, nullif(successful.sha, '') AS successful
             FROM jobserver_jobrequest AS request
             LEFT JOIN LATERAL (",
            newest_where!("earlier.id < request.id"),
            ") AS previous ON true
             LEFT JOIN LATERAL (",
            newest_where!(
                "earlier.id < request.id
                 AND earlier._status NOT IN ('failed', 'nothing_to_do')
                 AND (SELECT count(*) > 0 AND bool_and(job.status = 'succeeded')
                      FROM jobserver_job AS job
                      WHERE job.job_request_id = earlier.id)"
            ),
            ") AS successful ON true
             WHERE request.id = $1"
        ))
        .await?;
    EarlierCommits::from_row(db.query_opt(&statement, &[&id]).await?.as_ref())
}

/// The commits of the runs of the same action before this job.
pub async fn before_job(
    db: &impl GenericClient,
    request: JobRequestId,
    job: JobId,
) -> Result<EarlierCommits> {
    let statement = db
        .prepare_cached(concat!(
            "SELECT nullif(previous.sha, '') AS previous, nullif(successful.sha, '') AS successful
             FROM jobserver_jobrequest AS request
             JOIN jobserver_job AS job ON job.job_request_id = request.id
             LEFT JOIN LATERAL (",
            newest_where!(
                "EXISTS (SELECT
                         FROM jobserver_job AS run
                         WHERE run.job_request_id = earlier.id
                           AND run.action = job.action
                           AND run.id < job.id)"
            ),
            ") AS previous ON true
             LEFT JOIN LATERAL (",
            newest_where!(
                "previous.sha IS NOT NULL
                 AND EXISTS (SELECT
                             FROM jobserver_job AS run
                             WHERE run.job_request_id = earlier.id
                               AND run.action = job.action
                               AND run.id < job.id
                               AND run.status = 'succeeded')"
            ),
            ") AS successful ON true
             WHERE request.id = $1
               AND job.id = $2"
        ))
        .await?;
    EarlierCommits::from_row(db.query_opt(&statement, &[&request, &job]).await?.as_ref())
}
