//! Releases: files of a workspace that were approved to leave a backend. One is made before its files arrive, and making
//! it again with the same files changes nothing, so that whoever asks may ask again.

pub mod place;
pub mod review;

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    Result,
    db::GenericClient,
    file_name::FileName,
    ids::{BackendId, UserId, WorkspaceId},
    ulid,
};

/// A release as it is asked for.
#[derive(Debug, Clone)]
pub struct NewRelease {
    /// Chosen by the caller; a new one if absent.
    pub id: Option<String>,
    pub workspace: WorkspaceId,
    pub backend: BackendId,
    pub created_by: UserId,
    pub files: Vec<NewFile>,
    /// The files as they were asked for, kept with the release.
    pub requested_files: Value,
    pub metadata: Map<String, Value>,
}

/// A file that is going to arrive.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFile {
    pub name: String,
    pub sha256: String,
    /// In bytes.
    pub size: i32,
    /// When the file was last changed.
    pub modified_at: Timestamp,
    pub metadata: Value,
}

/// What came of asking for a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is there, with this id: made now, or before with the same files.
    There(String),
    Refused(Refused),
}

/// Why a release cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("'{0}' is not an id of a release: 26 characters of a ULID are expected")]
    Id(String),
    #[error("The file '{name}' cannot be released: a file name {reason}")]
    Name { name: String, reason: &'static str },
    #[error("The file '{0}' is named twice")]
    Twice(String),
    #[error("'{0}' cannot be both a file and the folder of another file")]
    FileAndFolder(String),
    #[error("Release {0} belongs to another workspace or backend")]
    Elsewhere(String),
    #[error("Release {0} exists already, with other files")]
    OtherFiles(String),
}

/// Makes a release with its files, all or nothing. Of two at the same moment with one id, one makes it and the other
/// finds it.
pub async fn create(db: &impl GenericClient, new: &NewRelease) -> Result<Outcome> {
    if let Err(refused) = check(new) {
        return Ok(Outcome::Refused(refused));
    }
    let id = new.id.as_ref().map_or_else(ulid::new, String::clone);
    if insert(db, &id, new).await? {
        return Ok(Outcome::There(id));
    }
    Ok(match conflict(db, &id, new).await? {
        Some(refused) => Outcome::Refused(refused),
        None => Outcome::There(id),
    })
}

fn check(new: &NewRelease) -> std::result::Result<(), Refused> {
    if let Some(id) = new.id.as_ref().filter(|id| !ulid::is_one(id)) {
        return Err(Refused::Id(id.clone()));
    }
    let mut names = HashSet::new();
    for file in &new.files {
        FileName::new(&file.name)
            .map_err(|refused| Refused::Name { name: file.name.clone(), reason: refused.reason })?;
        if !names.insert(file.name.as_str()) {
            return Err(Refused::Twice(file.name.clone()));
        }
    }
    let folder = names.iter().flat_map(|name| folders(name)).find(|folder| names.contains(folder));
    folder.map_or(Ok(()), |folder| Err(Refused::FileAndFolder(folder.to_owned())))
}

/// `a` and `a/b` for `a/b/c`.
fn folders(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(end, _)| &name[..end])
}

/// One statement, so that a release is never there without its files. False: there is a release with this id.
async fn insert(db: &impl GenericClient, id: &str, new: &NewRelease) -> Result<bool> {
    let insert = db
        .prepare_cached(
            "WITH release AS (
                 INSERT INTO jobserver_release (id, workspace_id, backend_id, status, requested_files, metadata,
                                                created_at, created_by_id)
                 VALUES ($1, $2, $3, 'REQUESTED', $4, $5, now(), $6)
                 ON CONFLICT (id) DO NOTHING
                 RETURNING id, workspace_id, created_at, created_by_id
             ), files AS (
                 INSERT INTO jobserver_releasefile (id, release_id, workspace_id, name, path, filehash, size, mtime,
                                                    metadata, created_at, created_by_id)
                 SELECT file.id, release.id, release.workspace_id, file.name, '', file.sha256, file.size,
                        file.modified_at, file.metadata, release.created_at, release.created_by_id
                 FROM release
                 CROSS JOIN unnest($7::text[], $8::text[], $9::text[], $10::int[], $11::timestamptz[], $12::jsonb[])
                            AS file (id, name, sha256, size, modified_at, metadata)
             )
             SELECT id
             FROM release",
        )
        .await?;
    let ids: Vec<String> = new.files.iter().map(|_| ulid::new()).collect();
    let names: Vec<&str> = new.files.iter().map(|file| file.name.as_str()).collect();
    let hashes: Vec<&str> = new.files.iter().map(|file| file.sha256.as_str()).collect();
    let sizes: Vec<i32> = new.files.iter().map(|file| file.size).collect();
    let moments: Vec<Timestamp> = new.files.iter().map(|file| file.modified_at).collect();
    let metadata: Vec<&Value> = new.files.iter().map(|file| &file.metadata).collect();
    let release_metadata = Value::Object(new.metadata.clone());
    let inserted = db
        .query_opt(
            &insert,
            &[
                &id,
                &new.workspace,
                &new.backend,
                &new.requested_files,
                &release_metadata,
                &new.created_by,
                &ids,
                &names,
                &hashes,
                &sizes,
                &moments,
                &metadata,
            ],
        )
        .await?;
    Ok(inserted.is_some())
}

/// Why the release that has this id is not the one asked for; none if it is.
async fn conflict(db: &impl GenericClient, id: &str, new: &NewRelease) -> Result<Option<Refused>> {
    let select = db
        .prepare_cached(
            "SELECT workspace_id, backend_id, requested_files
             FROM jobserver_release
             WHERE id = $1",
        )
        .await?;
    let row = db.query_one(&select, &[&id]).await?;
    let (workspace, backend): (WorkspaceId, BackendId) = (row.try_get(0)?, row.try_get(1)?);
    if (workspace, backend) != (new.workspace, new.backend) {
        return Ok(Some(Refused::Elsewhere(id.to_owned())));
    }
    let stored: Value = row.try_get(2)?;
    let wanted: BTreeSet<(&str, &str)> =
        new.files.iter().map(|file| (file.name.as_str(), file.sha256.as_str())).collect();
    Ok((contents(&stored) != wanted).then(|| Refused::OtherFiles(id.to_owned())))
}

/// Name and hash of each requested file.
fn contents(requested: &Value) -> BTreeSet<(&str, &str)> {
    let files = requested.as_array().map(Vec::as_slice).unwrap_or_default();
    files.iter().map(|file| (text(file, "name"), text(file, "sha256"))).collect()
}

fn text<'a>(file: &'a Value, field: &str) -> &'a str {
    file.get(field).and_then(Value::as_str).unwrap_or_default()
}
