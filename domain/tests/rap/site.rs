//! A small site for tests: one person, project, workspace and backend, and builders of job requests and jobs.

use devkit::database::TestDatabase;
use domain::{
    db::{Object, Pool},
    ids::{BackendId, JobRequestId, UserId, WorkspaceId},
    job_requests::NewJobRequest,
    rap::ReportedJob,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub struct Site {
    pub pool: Pool,
    pub user: UserId,
    pub workspace: WorkspaceId,
    pub backend: BackendId,
    /// Dropped last: fields are dropped in order.
    pub database: TestDatabase,
}

impl Site {
    pub async fn new() -> Self {
        let database = devkit::database::fresh().await.unwrap();
        let pool = database.pool().unwrap();
        let db = pool.get().await.unwrap();
        let user = one(
            &db,
            "INSERT INTO jobserver_user (password, username, email, fullname, date_joined, roles)
             VALUES ('', 'researcher7', 'seven@example.org', 'Researcher Seven', now(), '{}')
             RETURNING id",
        )
        .await;
        one(
            &db,
            "INSERT INTO jobserver_project (name, slug, number, status, status_description, copilot_notes,
                                            created_at, updated_at, created_by_id, updated_by_id, category)
             SELECT 'Asthma reviews', 'asthma-reviews', '171', 'ongoing', '', '', now(), now(), id, id, 'approved'
             FROM jobserver_user
             RETURNING id",
        )
        .await;
        let workspace = one(
            &db,
            "WITH repo AS (
                 INSERT INTO jobserver_repo (url, has_github_outputs)
                 VALUES ('https://github.com/opensafely/asthma-reviews', false)
                 RETURNING id
             )
             INSERT INTO jobserver_workspace
                 (name, branch, is_archived, should_notify, purpose, uses_new_release_flow, created_at, updated_at,
                  created_by_id, updated_by_id, project_id, repo_id)
             SELECT 'asthma-v2', 'main', false, false, '', true, now(), now(), project.created_by_id,
                    project.created_by_id, project.id, repo.id
             FROM jobserver_project AS project, repo
             RETURNING id",
        )
        .await;
        let site = Self {
            user: UserId(user),
            workspace: WorkspaceId(workspace),
            backend: add_backend(&db, "tpp").await,
            pool: pool.clone(),
            database,
        };
        drop(db);
        site
    }

    pub async fn db(&self) -> Object {
        self.pool.get().await.unwrap()
    }

    pub fn new_job_request(&self) -> NewJobRequest {
        NewJobRequest {
            workspace: self.workspace,
            backend: self.backend,
            created_by: self.user,
            sha: "3f0c2d9a7be1450c8d66f1b2a9e7754301cd8f22".to_owned(),
            project_definition: "version: '4.0'".to_owned(),
            codelists_ok: true,
            requested_actions: vec!["make_table".to_owned(), "draw_plots".to_owned()],
            force_run_dependencies: false,
            will_notify: true,
            form_token: None,
        }
    }

    /// A job request with this stored status, made `age` ago.
    pub async fn job_request(&self, identifier: &str, status: &str, age: SignedDuration) -> JobRequestId {
        let db = self.db().await;
        let row = db
            .query_one(
                "INSERT INTO jobserver_jobrequest
                     (identifier, workspace_id, backend_id, created_by_id, created_at, sha, project_definition,
                      codelists_ok, requested_actions, cancelled_actions, force_run_dependencies, will_notify,
                      _status)
                 VALUES ($1, $2, $3, $4, $5, '', '', true, '{}', '[]', false, true, $6)
                 RETURNING id",
                &[&identifier, &self.workspace, &self.backend, &self.user, &(Timestamp::now() - age), &status],
            )
            .await
            .unwrap();
        row.get(0)
    }

    pub async fn job(&self, job_request: JobRequestId, identifier: &str, action: &str, status: &str) {
        self.db()
            .await
            .execute(
                "INSERT INTO jobserver_job
                     (job_request_id, identifier, action, run_command, status, status_code, status_message, created_at)
                 VALUES ($1, $2, $3, '', $4, '', '', now())",
                &[&job_request, &identifier, &action, &status],
            )
            .await
            .unwrap();
    }

    /// Stored status and message.
    pub async fn status(&self, job_request: JobRequestId) -> (String, Option<String>) {
        let row = self
            .db()
            .await
            .query_one(
                "SELECT _status, status_message FROM jobserver_jobrequest WHERE id = $1",
                &[&job_request],
            )
            .await
            .unwrap();
        (row.get(0), row.get(1))
    }

    /// Marker and payload of every message, in the order they were queued.
    pub async fn messages(&self) -> Vec<(String, Value)> {
        let rows = self
            .db()
            .await
            .query("SELECT marker, payload FROM outbox_message ORDER BY id", &[])
            .await
            .unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

pub async fn add_backend(db: &Object, slug: &str) -> BackendId {
    let row = db
        .query_one(
            "INSERT INTO jobserver_backend
                 (slug, name, is_active, auth_token, alert_timeout, created_at, updated_at, is_in_maintenance_mode)
             VALUES ($1::text, $1, true, $1, interval '5 minutes', now(), now(), false)
             RETURNING id",
            &[&slug],
        )
        .await
        .unwrap();
    row.get(0)
}

async fn one(db: &Object, sql: &str) -> i32 {
    db.query_one(sql, &[]).await.unwrap().get(0)
}

/// A job as the controller reports it.
pub fn reported(rap_id: &str, identifier: &str, status: &str) -> ReportedJob {
    let is_over = matches!(status, "failed" | "succeeded");
    ReportedJob {
        rap_id: rap_id.to_owned(),
        identifier: identifier.to_owned(),
        action: format!("action-{identifier}"),
        run_command: "python:v2 python analysis/table.py".to_owned(),
        status: status.to_owned(),
        status_code: "executing".to_owned(),
        status_message: String::new(),
        created_at: Some(at("2025-11-03T09:00:04Z")),
        updated_at: Some(at("2025-11-03T09:06:10Z")),
        started_at: (status != "pending").then(|| at("2025-11-03T09:01:30Z")),
        completed_at: is_over.then(|| at("2025-11-03T09:06:10Z")),
        trace_context: Some(None),
        metrics: Some(Some(serde_json::json!({}))),
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// RAP ids of the right shape.
pub fn rap_id(number: usize) -> String {
    format!("rap{number:013}")
}
