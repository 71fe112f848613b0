//! What output checkers decided about the files of a release. Kept for the record: nothing else depends on it.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    Result,
    db::{GenericClient, Object},
    ids::UserId,
};

/// What somebody decided about one file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileReview {
    pub name: String,
    pub sha256: String,
    /// `APPROVED` or `REJECTED`.
    pub status: String,
    pub comments: Value,
}

/// Records the review of a release and of some of its files, which replaces nothing that was recorded about files
/// before. What is wrong with the files, a sentence each; then nothing is recorded.
pub async fn record(
    db: &mut Object,
    release: &str,
    review: Option<&Value>,
    files: &[FileReview],
    by: UserId,
) -> Result<std::result::Result<(), Vec<String>>> {
    let transaction = db.transaction().await?;
    let problems = problems(&transaction, release, files).await?;
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let update = transaction
        .prepare_cached(
            "UPDATE jobserver_release
             SET review = $2
             WHERE id = $1",
        )
        .await?;
    let insert = transaction
        .prepare_cached(
            "INSERT INTO jobserver_releasefilereview (release_file_id, status, comments, created_at, created_by_id)
             SELECT file.id, reviewed.status, reviewed.comments, now(), $2
             FROM unnest($3::text[], $4::text[], $5::text[], $6::jsonb[])
                  AS reviewed (name, sha256, status, comments)
             JOIN jobserver_releasefile AS file ON file.name = reviewed.name AND file.filehash = reviewed.sha256
             WHERE file.release_id = $1",
        )
        .await?;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let hashes: Vec<&str> = files.iter().map(|file| file.sha256.as_str()).collect();
    let statuses: Vec<&str> = files.iter().map(|file| file.status.as_str()).collect();
    let comments: Vec<&Value> = files.iter().map(|file| &file.comments).collect();
    transaction.execute(&update, &[&release, &review]).await?;
    transaction.execute(&insert, &[&release, &by, &names, &hashes, &statuses, &comments]).await?;
    transaction.commit().await?;
    Ok(Ok(()))
}

async fn problems(db: &impl GenericClient, release: &str, files: &[FileReview]) -> Result<Vec<String>> {
    let select = db
        .prepare_cached(
            "SELECT name, array_agg(filehash) AS hashes
             FROM jobserver_releasefile
             WHERE release_id = $1
             GROUP BY name",
        )
        .await?;
    let mut known: HashMap<String, Vec<String>> = HashMap::new();
    for row in db.query(&select, &[&release]).await? {
        known.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let problem = |file: &FileReview| match known.get(&file.name) {
        None => Some(format!("Unknown file {}", file.name)),
        Some(hashes) if hashes.contains(&file.sha256) => None,
        Some(_) => Some(format!("Expected sha {} for file {}", file.sha256, file.name)),
    };
    Ok(files.iter().filter_map(problem).collect())
}
