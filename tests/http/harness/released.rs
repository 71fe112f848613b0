//! Releases with files, as they stand in the database and in the storage, and everybody who might want to see them.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use devkit::scratch::Folder;
use jiff::{Timestamp, ToSpan};

use super::{Browser, Db, Study, TestApp, a};

/// What [`one_of_each`] makes.
pub const RELEASE: &str = "01TESTRELEASE0000000000000";
pub const FILE: &str = "01TESTFILE0000000000000000";
pub const SNAPSHOT: &str = "1";

static NUMBER: AtomicUsize = AtomicUsize::new(0);

pub struct Released {
    pub app: TestApp,
    pub study: Study,
    /// Who released, and may delete.
    pub checker: i32,
    storage: Folder,
}

/// Somebody, and what they may see.
pub struct Somebody {
    pub who: &'static str,
    pub browser: Browser,
    pub may_view: bool,
}

impl Released {
    pub async fn set_up() -> Released {
        let storage = Folder::new().expect("a folder");
        let path = storage.path().to_string_lossy();
        let app = TestApp::builder().env("RELEASE_STORAGE", &path).start().await;
        let study = Study::set_up(&app).await;
        let checker =
            a::user("checker").named("Charlie <b>Checker</b>").role("OutputChecker").insert(&app.db).await;
        Released { app, study, checker, storage }
    }

    /// A release from the study's backend, made this long ago.
    pub async fn release(&self, minutes_ago: i64) -> String {
        self.release_from(self.study.backend, minutes_ago).await
    }

    pub async fn release_from(&self, backend: i32, minutes_ago: i64) -> String {
        let (id, at) = (new_id(), Timestamp::now() - minutes_ago.minutes());
        let metadata = serde_json::json!({"tool": "airlock", "some_key": "<i>7</i>"});
        self.app
            .db
            .execute(
                "INSERT INTO jobserver_release (id, status, requested_files, metadata, created_at, backend_id,
                                                created_by_id, workspace_id)
                 VALUES ($1, 'REQUESTED', '[]', $2, $3, $4, $5, $6)",
                &[&id, &metadata, &at, &backend, &self.checker, &self.study.workspace],
            )
            .await;
        id
    }

    /// A file that has not arrived yet.
    pub async fn promised(&self, release: &str, name: &str) -> String {
        let id = new_id();
        self.app
            .db
            .execute(
                "INSERT INTO jobserver_releasefile (id, name, path, filehash, size, mtime, created_at, created_by_id,
                                                    release_id, workspace_id)
                 VALUES ($1, $2, '', md5($2), 2048, now(), now(), $3, $4, $5)",
                &[&id, &name, &self.checker, &release, &self.study.workspace],
            )
            .await;
        id
    }

    /// A file that has arrived.
    pub async fn uploaded(&self, release: &str, name: &str, content: &[u8]) -> String {
        let id = self.promised(release, name).await;
        let path = self.path_of(release, name);
        let file = self.storage.path().join(&path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("folders");
        std::fs::write(file, content).expect("a file");
        self.app
            .db
            .execute(
                "UPDATE jobserver_releasefile
                 SET path = $2, uploaded_at = '2024-05-01T10:00:00Z', size = $3
                 WHERE id = $1",
                &[&id, &path, &i32::try_from(content.len()).expect("a small file")],
            )
            .await;
        id
    }

    /// A file that was uploaded and redacted.
    pub async fn deleted(&self, release: &str, name: &str) -> String {
        let id = self.uploaded(release, name, b"secret").await;
        std::fs::remove_file(self.stored(release, name)).expect("a file");
        self.app
            .db
            .execute(
                "UPDATE jobserver_releasefile
                 SET deleted_at = '2024-05-02T12:30:00Z', deleted_by_id = $2
                 WHERE id = $1",
                &[&id, &self.checker],
            )
            .await;
        id
    }

    fn path_of(&self, release: &str, name: &str) -> String {
        format!("asthma-main/releases/{release}/{name}")
    }

    /// Where the content of a file lies.
    pub fn stored(&self, release: &str, name: &str) -> PathBuf {
        self.storage.path().join(self.path_of(release, name))
    }

    /// A snapshot of these files by Ada, without any publish request.
    pub async fn snapshot(&self, files: &[&str]) -> i32 {
        let db = &self.app.db;
        let id: i32 = db
            .value(
                "INSERT INTO jobserver_snapshot (created_at, created_by_id, workspace_id)
                 VALUES (now(), $1, $2)
                 RETURNING id",
                &[&self.study.ada, &self.study.workspace],
            )
            .await;
        for file in files {
            db.execute(
                "INSERT INTO jobserver_snapshot_files (snapshot_id, releasefile_id) VALUES ($1, $2)",
                &[&id, file],
            )
            .await;
        }
        id
    }

    /// A publish request, decided by the checker if there is a decision.
    pub async fn request(&self, snapshot: i32, decision: Option<&str>) {
        let decided_at = decision.map(|_| Timestamp::now());
        let decided_by = decision.map(|_| self.checker);
        self.app
            .db
            .execute(
                "INSERT INTO jobserver_publishrequest (snapshot_id, workspace_id, created_at, created_by_id, updated_at,
                                                       updated_by_id, decision, decision_at, decision_by_id)
                 VALUES ($1, $2, clock_timestamp(), $3, now(), $3, $4, $5, $6)",
                &[&snapshot, &self.study.workspace, &self.study.ada, &decision, &decided_at, &decided_by],
            )
            .await;
    }

    /// Somebody with a role for the whole site.
    pub async fn holder(&self, role: &str) -> Browser {
        let id = a::user(&format!("holder-{}", next())).role(role).insert(&self.app.db).await;
        self.app.browser_of(id).await
    }

    /// A member of the project with these roles on it.
    pub async fn member(&self, roles: &[&str]) -> Browser {
        let id = a::user(&format!("member-{}", next())).insert(&self.app.db).await;
        a::member(&self.app.db, self.study.project, id, roles).await;
        self.app.browser_of(id).await
    }

    /// Everybody there is: strangers, members and holders of roles.
    pub async fn everybody(&self) -> Vec<Somebody> {
        let db = &self.app.db;
        let elsewhere = a::user("elsewhere").insert(db).await;
        let other = a::project(db, "other", "Other", elsewhere).await;
        a::member(db, other, elsewhere, &["ProjectDeveloper"]).await;
        let nobody = |who, browser| Somebody { who, browser, may_view: false };
        let viewer = |who, browser| Somebody { who, browser, may_view: true };
        vec![
            nobody("anonymous", self.app.browser()),
            nobody("a developer elsewhere", self.app.browser_of(elsewhere).await),
            nobody("a member without roles", self.member(&[]).await),
            nobody("staff", self.holder("StaffAreaAdministrator").await),
            nobody("a publisher", self.holder("OutputPublisher").await),
            nobody("a deployer", self.holder("DeploymentAdministrator").await),
            viewer("a collaborator on the project", self.member(&["ProjectCollaborator"]).await),
            viewer("a developer on the project", self.member(&["ProjectDeveloper"]).await),
            viewer("a collaborator everywhere", self.holder("ProjectCollaborator").await),
            viewer("support", self.holder("TechSupport").await),
            viewer("a checker", self.app.browser_of(self.checker).await),
        ]
    }
}

/// A release with a file that has not arrived, and a published snapshot of it, on a database without others.
pub async fn one_of_each(db: &Db, study: &Study) {
    db.execute(
        "WITH release AS (
             INSERT INTO jobserver_release (id, status, requested_files, created_at, backend_id, created_by_id,
                                            workspace_id)
             VALUES ($1, 'REQUESTED', '[]', now(), $3, $4, $5)
         ), file AS (
             INSERT INTO jobserver_releasefile (id, name, path, filehash, size, mtime, created_at, created_by_id,
                                                release_id, workspace_id)
             VALUES ($2, 'output/age.csv', '', '', 1, now(), now(), $4, $1, $5)
         ), snapshot AS (
             INSERT INTO jobserver_snapshot (created_at, created_by_id, workspace_id)
             VALUES (now(), $4, $5)
             RETURNING id
         ), chosen AS (
             INSERT INTO jobserver_snapshot_files (snapshot_id, releasefile_id)
             SELECT id, $2 FROM snapshot
         )
         INSERT INTO jobserver_publishrequest (snapshot_id, workspace_id, created_at, created_by_id, updated_at,
                                               updated_by_id, decision, decision_at, decision_by_id)
         SELECT id, $5, now(), $4, now(), $4, 'approved', now(), $4 FROM snapshot",
        &[&RELEASE, &FILE, &study.backend, &study.ada, &study.workspace],
    )
    .await;
    let snapshot: i32 = db.value("SELECT id FROM jobserver_snapshot", &[]).await;
    assert_eq!(snapshot.to_string(), SNAPSHOT);
}

fn next() -> usize {
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// Later ones sort later.
fn new_id() -> String {
    format!("01TEST{:020}", next())
}
