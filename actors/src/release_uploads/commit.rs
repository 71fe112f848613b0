//! The order: giving a received file its name, and its row the word "uploaded". A process that dies in between leaves a
//! complete file that no row speaks of, for the next attempt to replace; never a row without its file.

use clients::storage::Upload;
use domain::{
    db::Pool,
    uploads::{self, Admission, Arrived},
};

use super::UploadError;

pub(super) async fn commit(pool: &Pool, upload: Upload, arrived: Arrived) -> Result<String, UploadError> {
    let mut db = pool.get().await.map_err(domain::Error::from)?;
    let refusal = match uploads::admit(&mut db, &arrived).await? {
        Admission::Placing(placing) => {
            upload.commit().await?;
            let file = placing.placed().await?;
            let Arrived { release, name, size, .. } = &arrived;
            tracing::info!(release, file, %name, size, "a released file was stored");
            return Ok(file);
        }
        Admission::AlreadyUploaded => UploadError::AlreadyUploaded,
        Admission::Mismatch => UploadError::Mismatch,
        Admission::NotRequested => UploadError::NotRequested,
    };
    drop(db);
    upload.discard().await;
    Err(refusal)
}
