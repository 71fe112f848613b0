//! Deleting a released file. The row says so first, and the bytes go after that has been committed: the other way round, a
//! failure in between would leave a file listed that is not there.
//!
//! The row itself keeps who and when. No audit event is written besides: the Django server, which may read the same
//! database again after a roll-back, cannot show a log that holds a kind of event it does not know.

use jiff::Timestamp;

use crate::{Result, db::GenericClient, ids::UserId};

/// Marks an uploaded file as deleted, and returns the path whose bytes must go now. None if there is nothing to delete: no
/// such file, not uploaded, or deleted already.
pub async fn redact(db: &impl GenericClient, file: &str, by: UserId) -> Result<Option<String>> {
    if file.contains('\0') {
        return Ok(None);
    }
    let update = db
        .prepare_cached(
            "UPDATE jobserver_releasefile
             SET deleted_at = now(), deleted_by_id = $2
             WHERE id = $1
               AND uploaded_at IS NOT NULL
               AND deleted_at IS NULL
               AND path <> ''
             RETURNING path",
        )
        .await?;
    let row = db.query_opt(&update, &[&file, &by]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Paths of files deleted since `since`, whose bytes a crash may have left, unless another row still shows the same bytes.
pub async fn left_behind(db: &impl GenericClient, since: Timestamp) -> Result<Vec<String>> {
    let select = db
        .prepare_cached(
            "SELECT deleted.path
             FROM jobserver_releasefile AS deleted
             WHERE deleted.deleted_at >= $1
               AND deleted.path <> ''
               AND NOT EXISTS (SELECT
                               FROM jobserver_releasefile AS other
                               WHERE other.release_id = deleted.release_id
                                 AND other.path = deleted.path
                                 AND other.deleted_at IS NULL)
             ORDER BY deleted.deleted_at DESC
             LIMIT 10000",
        )
        .await?;
    Ok(db.query(&select, &[&since]).await?.iter().map(|row| row.get(0)).collect())
}
