//! Released files of every kind and in every state, on two backends, with a draft and a published snapshot. Rows and files
//! are made of the same tables; ids are fixed, so that addresses stay the same from one database to the next.

use std::path::Path;

use clients::storage::Storage;
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_postgres::Transaction;

use super::release_content::Content;
use crate::{Error, Result};

struct Release {
    workspace: &'static str,
    /// Slug.
    backend: &'static str,
    by: &'static str,
    days_ago: i64,
    files: &'static [File],
}

struct File {
    name: &'static str,
    content: Content,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Uploaded,
    /// Announced, but never sent.
    Promised,
    /// Sent, and taken back by the one who released it.
    Deleted,
}

/// Of all files that are there of one release.
struct Snapshot {
    /// Place in `RELEASES`.
    release: usize,
    by: &'static str,
    days_ago: i64,
    published_by: Option<&'static str>,
}

const CHECKER: &str = "dev-outputchecker";
const PUBLISHER: &str = "edda-publisher";

const fn file(name: &'static str, content: Content) -> File {
    File { name, content, state: State::Uploaded }
}

const RELEASES: &[Release] = &[
    Release {
        workspace: "asthma-reviews-main",
        backend: "tpp",
        by: CHECKER,
        days_ago: 40,
        files: &[
            file("output/tables/reviews_by_practice_and_month.csv", Content::LongTable),
            file("output/tables/weekly_counts.csv", Content::WideTable),
            file("output/tables/table1.csv", Content::Table(1)),
            file("output/tables/empty.csv", Content::Nothing),
            file("output/figures/trend.svg", Content::ScriptedDrawing),
            file("output/figures/rates.png", Content::Picture),
            file("output/figures/map.jpeg", Content::Photograph),
            file("output/report/report.html", Content::Report),
            file("output/report/report.pdf", Content::Document),
            file("output/summary.json", Content::Json),
            file("output/model.txt", Content::Text),
            file("logs/make_table.log", Content::Log),
            file("output/Größe & Alter – 100 %.csv", Content::Table(2)),
            file("output/表/図 1.svg", Content::ScriptedDrawing),
            file("output/what's \"this\" <b>#1</b>?.txt", Content::Text),
            file(
                "output/a/very/deep/folder/in/which/nobody/would/look/for/the/one/file/that/matters/most/n.csv",
                Content::Table(3),
            ),
            File { state: State::Deleted, ..file("output/tables/table2_unrounded.csv", Content::Table(4)) },
            File { state: State::Promised, ..file("output/tables/table3.csv", Content::Table(5)) },
        ],
    },
    Release {
        workspace: "asthma-reviews-main",
        backend: "emis",
        by: "kim-everything",
        days_ago: 25,
        files: &[
            file("output/tables/table1.csv", Content::Table(6)),
            file("output/figures/rates.png", Content::Picture),
            file("output/model.txt", Content::Text),
        ],
    },
    Release {
        workspace: "asthma-reviews-main",
        backend: "tpp",
        by: CHECKER,
        days_ago: 9,
        files: &[
            file("output/tables/table1.csv", Content::Table(7)),
            file("output/report/report.html", Content::Report),
            file("output/figures/trend.svg", Content::ScriptedDrawing),
        ],
    },
    Release {
        workspace: "long-covid-and-work",
        backend: "tpp",
        by: CHECKER,
        days_ago: 18,
        files: &[
            file("output/estimates.csv", Content::Table(8)),
            file("output/report.html", Content::Report),
            file("output/figure.png", Content::Picture),
            file("output/estimates.json", Content::Json),
        ],
    },
    Release {
        workspace: "vaccine-coverage-2024",
        backend: "emis",
        by: CHECKER,
        days_ago: 60,
        files: &[file("coverage.csv", Content::Table(9))],
    },
];

const SNAPSHOTS: &[Snapshot] = &[
    Snapshot { release: 2, by: "ada-researcher", days_ago: 3, published_by: None },
    Snapshot { release: 3, by: "bela-researcher", days_ago: 12, published_by: Some(PUBLISHER) },
    Snapshot { release: 4, by: "bela-researcher", days_ago: 50, published_by: Some(PUBLISHER) },
];

/// A file that a loaded sample says is there.
pub struct Stored {
    /// Below the root of the storage.
    pub path: String,
    pub content: Content,
}

/// All of them, in no order that matters.
pub fn stored() -> Vec<Stored> {
    let all = RELEASES.iter().zip(1..);
    all.flat_map(|(release, number)| {
        let here = release.files.iter().filter(|file| file.state == State::Uploaded);
        here.map(move |file| Stored { path: path(release, number, file), content: file.content })
    })
    .collect()
}

/// Puts them into the storage, in place of what is there.
pub async fn store(storage: &Storage) -> Result<()> {
    for file in stored() {
        let path = Path::new(&file.path);
        let bytes = file.content.bytes().map_err(Error::file("make", path))?;
        let cause = |error: clients::storage::StorageError| std::io::Error::other(error);
        storage.put(&file.path, bytes.into()).await.map_err(cause).map_err(Error::file("store", path))?;
    }
    Ok(())
}

/// A ULID. A release's is that of Airlock's request.
fn release_id(number: usize) -> String {
    format!("01K3A5S3J0{number:016}")
}

fn file_id(release: usize, number: usize) -> String {
    format!("01K3A5S3J0{release:08}{number:08}")
}

fn path(release: &Release, number: usize, file: &File) -> String {
    format!("{}/releases/{}/{}", release.workspace, release_id(number), file.name)
}

fn days_ago(days: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24 * days)
}

pub(super) async fn insert(transaction: &Transaction<'_>) -> Result<()> {
    for (release, number) in RELEASES.iter().zip(1..) {
        insert_release(transaction, release, number).await?;
    }
    for snapshot in SNAPSHOTS {
        insert_snapshot(transaction, snapshot).await?;
    }
    Ok(())
}

async fn insert_release(transaction: &Transaction<'_>, release: &Release, number: usize) -> Result<()> {
    let columns = Columns::of(release, number)?;
    transaction
        .execute(
            "INSERT INTO jobserver_release
               (id, status, requested_files, metadata, created_at, backend_id, created_by_id, workspace_id)
             SELECT $1, 'REQUESTED', $2, '{\"tool\": \"airlock\"}', $3, backend.id, checker.id, workspace.id
               FROM jobserver_workspace AS workspace
               JOIN jobserver_backend AS backend ON backend.slug = $4
               JOIN jobserver_user AS checker ON checker.username = $5
              WHERE workspace.name = $6",
            &[
                &release_id(number),
                &columns.requested,
                &columns.created_at,
                &release.backend,
                &release.by,
                &release.workspace,
            ],
        )
        .await?;
    transaction
        .execute(
            "INSERT INTO jobserver_releasefile
               (id, name, path, filehash, size, mtime, metadata, created_at, uploaded_at, deleted_at, deleted_by_id,
                created_by_id, release_id, workspace_id)
             SELECT given.id, given.name, given.path, hash, size, created_at - interval '2 hours', metadata, created_at,
                    CASE WHEN given.path <> '' THEN created_at + interval '1 minute' END,
                    CASE WHEN is_deleted THEN created_at + interval '3 days' END,
                    CASE WHEN is_deleted THEN created_by_id END,
                    created_by_id, release.id, workspace_id
               FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bool[])
                    AS given (id, name, path, hash, size, is_deleted)
               JOIN jobserver_release AS release ON release.id = $1",
            &[
                &release_id(number),
                &columns.ids,
                &columns.names,
                &columns.paths,
                &columns.hashes,
                &columns.sizes,
                &columns.deleted,
            ],
        )
        .await?;
    Ok(())
}

/// The files of one release, column by column.
struct Columns {
    created_at: Timestamp,
    requested: Value,
    ids: Vec<String>,
    names: Vec<&'static str>,
    paths: Vec<String>,
    hashes: Vec<String>,
    sizes: Vec<i32>,
    deleted: Vec<bool>,
}

impl Columns {
    fn of(release: &Release, number: usize) -> Result<Columns> {
        let created_at = days_ago(release.days_ago);
        let files = || release.files.iter();
        let mut hashes = Vec::new();
        let mut sizes = Vec::new();
        for file in files() {
            let bytes = file.content.bytes().map_err(Error::file("make", Path::new(file.name)))?;
            hashes.push(HEXLOWER.encode(&Sha256::digest(&bytes)));
            sizes.push(bytes.len() as i32);
        }
        let date =
            (created_at - SignedDuration::from_hours(2)).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        let requested = files().zip(hashes.iter().zip(&sizes)).map(|(file, (hash, size))| {
            json!({"name": file.name, "url": file.name, "size": size, "sha256": hash, "date": date,
                   "metadata": {"tool": "airlock"}, "review": null})
        });
        let path_of = |file: &File| match file.state {
            State::Promised => String::new(),
            State::Uploaded | State::Deleted => path(release, number, file),
        };
        Ok(Columns {
            created_at,
            requested: requested.collect(),
            ids: (1..=release.files.len()).map(|file| file_id(number, file)).collect(),
            names: files().map(|file| file.name).collect(),
            paths: files().map(path_of).collect(),
            deleted: files().map(|file| file.state == State::Deleted).collect(),
            hashes,
            sizes,
        })
    }
}

async fn insert_snapshot(transaction: &Transaction<'_>, snapshot: &Snapshot) -> Result<()> {
    let prepared_at = days_ago(snapshot.days_ago);
    let decided_at = snapshot.published_by.map(|_| prepared_at + SignedDuration::from_hours(20));
    transaction
        .execute(
            "WITH added AS (
                 INSERT INTO jobserver_snapshot
                   (created_at, created_by_id, workspace_id)
                 SELECT $1, maker.id, release.workspace_id
                   FROM jobserver_release AS release
                   JOIN jobserver_user AS maker ON maker.username = $2
                  WHERE release.id = $3
                 RETURNING id, created_by_id, workspace_id
             ), files AS (
                 INSERT INTO jobserver_snapshot_files
                   (snapshot_id, releasefile_id)
                 SELECT added.id, file.id
                   FROM added
                   JOIN jobserver_releasefile AS file ON file.release_id = $3
                    AND file.uploaded_at IS NOT NULL
                    AND file.deleted_at IS NULL
             )
             INSERT INTO jobserver_publishrequest
               (created_at, created_by_id, updated_at, updated_by_id, decision, decision_at, decision_by_id,
                snapshot_id, workspace_id)
             SELECT $1, added.created_by_id, $1, added.created_by_id,
                    CASE WHEN publisher.id IS NOT NULL THEN 'approved' END, $5, publisher.id, added.id, added.workspace_id
               FROM added
               LEFT JOIN jobserver_user AS publisher ON publisher.username = $4",
            &[
                &prepared_at,
                &snapshot.by,
                &release_id(snapshot.release + 1),
                &snapshot.published_by,
                &decided_at,
            ],
        )
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_file_of_every_kind() {
        let bytes = |content: Content| content.bytes().unwrap_or_default();
        let lines = |content| String::from_utf8_lossy(&bytes(content)).lines().count();
        assert_eq!(lines(Content::LongTable), 100_001);
        let wide = String::from_utf8(bytes(Content::WideTable)).unwrap_or_default();
        assert!(wide.lines().all(|line| line.split(',').count() == 300));
        for (content, start) in [
            (Content::Picture, &b"\x89PNG\r\n\x1a\n"[..]),
            (Content::Photograph, b"\xff\xd8\xff\xe0"),
            (Content::Document, b"%PDF-1.4"),
            (Content::Nothing, b""),
        ] {
            assert!(bytes(content).starts_with(start), "{content:?}");
        }
        assert!(serde_json::from_slice::<Value>(&bytes(Content::Json)).is_ok());
    }

    #[test]
    fn ids_are_ulids_and_files_are_stored_once() {
        assert_eq!((release_id(3).len(), file_id(3, 17).len()), (26, 26));
        let mut paths: Vec<String> = stored().into_iter().map(|file| file.path).collect();
        let count = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!((paths.len(), count > 25), (count, true));
    }
}
