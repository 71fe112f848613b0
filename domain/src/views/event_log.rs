//! Every job request of the site, newest first.

use deadpool_postgres::GenericClient;

use super::rows::{self, JobRequestRow, job_request_rows};
use crate::Result;

/// How many job requests there are.
pub async fn count(db: &impl GenericClient) -> Result<i64> {
    let statement = db.prepare_cached("SELECT count(*) FROM jobserver_jobrequest").await?;
    Ok(db.query_one(&statement, &[]).await?.try_get(0)?)
}

/// The lines from `offset` on, [`super::PAGE_SIZE`] at most.
pub async fn page(db: &impl GenericClient, offset: i64) -> Result<Vec<JobRequestRow>> {
    let statement = db
        .prepare_cached(job_request_rows!(
            "SELECT id, identifier, _status, created_at, backend_id, workspace_id, created_by_id
             FROM jobserver_jobrequest
             ORDER BY id DESC
             LIMIT 25
             OFFSET $1"
        ))
        .await?;
    rows::rows(&db.query(&statement, &[&offset]).await?)
}
