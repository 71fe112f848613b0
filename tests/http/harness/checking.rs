//! An output checker's side of a release: files that were asked for, and a client that sends them as Airlock does.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use devkit::scratch::Folder;
use reqwest::{Method, RequestBuilder, header::HeaderValue};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Page, Study, TestApp, a, app::Setup};

/// A study whose backend `test` has asked for releases, and Cleo, who may upload them.
pub struct Checking {
    pub app: TestApp,
    pub study: Study,
    pub cleo: i32,
    pub folder: Folder,
}

impl Checking {
    pub async fn set_up() -> Checking {
        Checking::with(|setup| setup).await
    }

    /// Files lie in a folder of the test, unless `change` says otherwise.
    pub async fn with(change: impl FnOnce(Setup) -> Setup) -> Checking {
        let folder = Folder::new().expect("a folder");
        let root = folder.path().join("releases").to_string_lossy().into_owned();
        let app = change(TestApp::builder().env("RELEASE_STORAGE", &root)).start().await;
        let study = Study::set_up(&app).await;
        let cleo = a::user("cleo").role("OutputChecker").insert(&app.db).await;
        a::backend_member(&app.db, study.backend, cleo).await;
        Checking { app, study, cleo, folder }
    }

    /// A release of these files; its id.
    pub async fn release(&self, files: &[(&str, &[u8])]) -> String {
        let release = self.release_without_rows(files).await;
        for (name, content) in files {
            self.promise(&release, name, content).await;
        }
        release
    }

    /// As very old releases were made: the files are named, but have no rows.
    pub async fn release_without_rows(&self, files: &[(&str, &[u8])]) -> String {
        let id = domain::ulid::new();
        let requested: Vec<Value> =
            files.iter().map(|(name, content)| json!({"name": name, "sha256": sha256(content)})).collect();
        self.app
            .db
            .execute(
                "INSERT INTO jobserver_release (id, status, requested_files, created_at, backend_id, created_by_id,
                                                workspace_id)
                 VALUES ($1, 'REQUESTED', $2, now(), $3, $4, $5)",
                &[&id, &Value::from(requested), &self.study.backend, &self.cleo, &self.study.workspace],
            )
            .await;
        id
    }

    async fn promise(&self, release: &str, name: &str, content: &[u8]) {
        let size = i32::try_from(content.len()).expect("a small file");
        self.app
            .db
            .execute(
                "INSERT INTO jobserver_releasefile (id, release_id, workspace_id, name, path, filehash, size, mtime,
                                                    created_at, created_by_id)
                 VALUES ($1, $2, $3, $4, '', $5, $6, '2026-03-04T09:30:00Z', now(), $7)",
                &[
                    &domain::ulid::new(),
                    &release,
                    &self.study.workspace,
                    &name,
                    &sha256(content),
                    &size,
                    &self.cleo,
                ],
            )
            .await;
    }

    /// What the backend `test` sends with everything.
    pub async fn token(&self) -> String {
        self.app.db.backend_token("test").await
    }

    /// An upload to change before it is sent.
    pub async fn request(&self, release: &str, disposition: &[u8], content: Vec<u8>) -> RequestBuilder {
        let disposition = HeaderValue::from_bytes(disposition).expect("a header");
        self.app
            .browser()
            .request(Method::POST, &address(release))
            .header("authorization", self.token().await)
            .header("os-user", "cleo")
            .header("content-disposition", disposition)
            .header("content-type", "application/octet-stream")
            .body(content)
    }

    pub async fn upload(&self, release: &str, name: &str, content: &[u8]) -> Page {
        let disposition = format!("attachment; filename=\"{name}\"");
        let request = self.request(release, disposition.as_bytes(), content.to_vec()).await;
        self.app.browser().send(request).await
    }

    /// Whether a file's row says that it was uploaded.
    pub async fn is_uploaded(&self, release: &str, name: &str) -> bool {
        let select =
            "SELECT uploaded_at IS NOT NULL FROM jobserver_releasefile WHERE release_id = $1 AND name = $2";
        self.app.db.value(select, &[&release, &name]).await
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("releases")
    }

    /// The bytes that lie where a file belongs.
    pub fn stored(&self, release: &str, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.root().join(format!("asthma-main/releases/{release}/{name}"))).ok()
    }

    /// Files that are not finished.
    pub fn unfinished(&self) -> usize {
        files_below(&self.root().join(".incoming"))
    }

    /// Files of any kind.
    pub fn files(&self) -> usize {
        files_below(self.folder.path())
    }
}

fn files_below(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => files_below(&entry.path()),
        _ => 1,
    };
    entries.flatten().map(count).sum()
}

pub fn address(release: &str) -> String {
    format!("/api/v2/releases/release/{release}")
}

pub fn sha256(content: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(content))
}

/// Bytes that differ from those of another number.
pub fn content(number: usize, length: usize) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(31) ^ (at >> 11) ^ number.wrapping_mul(131)) as u8).collect()
}
