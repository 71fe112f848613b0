//! Files of a release, of a snapshot, or the newest of a workspace, as lists, the viewer, the index API and zips need them.
//! Deleted and promised files are among them: whoever shows them says so. Never reads what was requested, and never writes.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;

use crate::{
    Result,
    db::GenericClient,
    ids::{ProjectId, WorkspaceId},
};

#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseFile {
    pub id: String,
    /// As the researcher sees it: `output/tables/age.csv`.
    pub name: String,
    pub release_id: String,
    pub backend_slug: String,
    pub backend_name: String,
    /// Below the root of the storage; empty until uploaded.
    pub path: String,
    /// In bytes, as declared.
    pub size: i32,
    pub sha256: String,
    pub metadata: Option<Value>,
    pub created_at: Timestamp,
    /// Username of who released it.
    pub created_by: String,
    /// None: only promised so far.
    pub uploaded_at: Option<Timestamp>,
    pub deletion: Option<Deletion>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    pub at: Timestamp,
    /// Full name, or username where there is none.
    pub by: String,
}

/// What can be had of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    Promised,
    Uploaded,
    Deleted,
}

impl ReleaseFile {
    pub fn state(&self) -> FileState {
        match (&self.deletion, self.uploaded_at) {
            (Some(_), _) => FileState::Deleted,
            (None, Some(_)) => FileState::Uploaded,
            (None, None) => FileState::Promised,
        }
    }

    /// The name among files of several backends.
    pub fn name_with_backend(&self) -> String {
        format!("{}/{}", self.backend_slug, self.name)
    }

    fn from_row(row: &Row) -> Result<ReleaseFile> {
        let deleted_at: Option<Timestamp> = row.try_get("deleted_at")?;
        let deleted_by: Option<String> = row.try_get("deleted_by")?;
        Ok(ReleaseFile {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            release_id: row.try_get("release_id")?,
            backend_slug: row.try_get("backend_slug")?,
            backend_name: row.try_get("backend_name")?,
            path: row.try_get("path")?,
            size: row.try_get("size")?,
            sha256: row.try_get("filehash")?,
            metadata: row.try_get("metadata")?,
            created_at: row.try_get("created_at")?,
            created_by: row.try_get("created_by")?,
            uploaded_at: row.try_get("uploaded_at")?,
            deletion: deleted_at.map(|at| Deletion { at, by: deleted_by.unwrap_or_default() }),
        })
    }
}

/// A file whose content is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    pub id: String,
    pub name: String,
    /// Below the root of the storage.
    pub path: String,
    pub project: ProjectId,
}

/// The file with this id, if it is of this release of this workspace of this project, has been uploaded and not deleted.
pub async fn find_uploaded(
    db: &impl GenericClient,
    project: &str,
    workspace: &str,
    release: &str,
    file: &str,
) -> Result<Option<UploadedFile>> {
    let statement = db
        .prepare_cached(
            "SELECT file.id, file.name, file.path, workspace.project_id
             FROM jobserver_releasefile AS file
             JOIN jobserver_release AS release ON release.id = file.release_id
             JOIN jobserver_workspace AS workspace ON workspace.id = release.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE file.id = $4
               AND release.id = $3
               AND workspace.name = $2
               AND project.slug = $1
               AND file.uploaded_at IS NOT NULL
               AND file.deleted_at IS NULL
               AND file.path <> ''",
        )
        .await?;
    let row = db.query_opt(&statement, &[&project, &workspace, &release, &file]).await?;
    row.map(|row| {
        Ok(UploadedFile {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            path: row.try_get("path")?,
            project: row.try_get("project_id")?,
        })
    })
    .transpose()
}

/// What to call each of `files` so that no two have one name: the name where that is enough, else the backend before it,
/// else the file's id as well.
pub fn distinct_names(files: &[ReleaseFile]) -> Vec<String> {
    let mut uses: HashMap<&str, HashMap<&str, usize>> = HashMap::new();
    for file in files {
        *uses.entry(&file.name).or_default().entry(&file.backend_slug).or_default() += 1;
    }
    let name = |file: &ReleaseFile| match uses.get(file.name.as_str()) {
        Some(backends) if backends.get(file.backend_slug.as_str()).is_some_and(|uses| *uses > 1) => {
            format!("{}/{}/{}", file.backend_slug, file.id, file.name)
        }
        Some(backends) if backends.len() > 1 => file.name_with_backend(),
        _ => file.name.clone(),
    };
    files.iter().map(name).collect()
}

/// The columns of [`ReleaseFile`], from `file`, `release`, `backend`, `creator` and `remover`.
macro_rules! file_columns {
    () => {
        "SELECT file.id, file.name, file.release_id, file.path, file.size, file.filehash, file.metadata,
                file.created_at, file.uploaded_at, file.deleted_at,
                backend.slug AS backend_slug, backend.name AS backend_name, creator.username AS created_by,
                coalesce(nullif(remover.fullname, ''), remover.username) AS deleted_by "
    };
}

macro_rules! file_joins {
    () => {
        "JOIN jobserver_release AS release ON release.id = file.release_id
         JOIN jobserver_backend AS backend ON backend.id = release.backend_id
         JOIN jobserver_user AS creator ON creator.id = file.created_by_id
         LEFT JOIN jobserver_user AS remover ON remover.id = file.deleted_by_id "
    };
}

/// The files of a release, by name.
pub async fn of_release(db: &impl GenericClient, release: &str) -> Result<Vec<ReleaseFile>> {
    let statement = db
        .prepare_cached(concat!(
            file_columns!(),
            "FROM jobserver_releasefile AS file ",
            file_joins!(),
            "WHERE file.release_id = $1
             ORDER BY file.name, file.id"
        ))
        .await?;
    db.query(&statement, &[&release]).await?.iter().map(ReleaseFile::from_row).collect()
}

/// The files of a snapshot, by name; of one name, the newest release first.
pub async fn of_snapshot(db: &impl GenericClient, snapshot: i32) -> Result<Vec<ReleaseFile>> {
    let statement = db
        .prepare_cached(concat!(
            file_columns!(),
            "FROM jobserver_snapshot_files AS chosen
             JOIN jobserver_releasefile AS file ON file.id = chosen.releasefile_id ",
            file_joins!(),
            "WHERE chosen.snapshot_id = $1
             ORDER BY file.name, release.created_at DESC, file.id DESC"
        ))
        .await?;
    db.query(&statement, &[&snapshot]).await?.iter().map(ReleaseFile::from_row).collect()
}

/// Of each backend and name, the file of the newest release of the workspace: by name, and of one name the newest first.
/// What was deleted or never arrived hides older files all the same.
pub async fn latest(db: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<ReleaseFile>> {
    let statement = db
        .prepare_cached(concat!(
            file_columns!(),
            "FROM (SELECT DISTINCT ON (release.backend_id, file.name) file.*
                   FROM jobserver_releasefile AS file
                   JOIN jobserver_release AS release ON release.id = file.release_id
                   WHERE file.workspace_id = $1
                   ORDER BY release.backend_id, file.name, release.created_at DESC, release.id DESC,
                            file.id DESC) AS file ",
            file_joins!(),
            "ORDER BY file.name, release.created_at DESC, backend.slug"
        ))
        .await?;
    db.query(&statement, &[&workspace]).await?.iter().map(ReleaseFile::from_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promised(id: &str, backend: &str, name: &str) -> ReleaseFile {
        ReleaseFile {
            id: id.to_owned(),
            name: name.to_owned(),
            release_id: "R".to_owned(),
            backend_slug: backend.to_owned(),
            backend_name: backend.to_uppercase(),
            path: String::new(),
            size: 1,
            sha256: String::new(),
            metadata: None,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: "checker".to_owned(),
            uploaded_at: None,
            deletion: None,
        }
    }

    #[test]
    fn a_deleted_file_is_deleted_whether_or_not_it_had_arrived() {
        let at = Timestamp::UNIX_EPOCH;
        let promised = promised("1", "tpp", "output/a.csv");
        let uploaded = ReleaseFile { uploaded_at: Some(at), ..promised.clone() };
        let deletion = Some(Deletion { at, by: "Checker".to_owned() });
        assert_eq!(promised.state(), FileState::Promised);
        assert_eq!(uploaded.state(), FileState::Uploaded);
        for file in [promised, uploaded] {
            let deleted = ReleaseFile { deletion: deletion.clone(), ..file };
            assert_eq!(deleted.state(), FileState::Deleted);
        }
    }

    #[test]
    fn names_that_two_files_share_are_told_apart() {
        let files = [
            promised("1", "tpp", "a.csv"),
            promised("2", "tpp", "b.csv"),
            promised("3", "emis", "b.csv"),
            promised("4", "tpp", "c.csv"),
            promised("5", "tpp", "c.csv"),
        ];
        assert_eq!(
            distinct_names(&files),
            ["a.csv", "tpp/b.csv", "emis/b.csv", "tpp/4/c.csv", "tpp/5/c.csv"]
        );
    }
}
