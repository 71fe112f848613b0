//! Builders of rows. Each takes what a test is about and invents the rest: `a::user("ada").staff().insert(&app.db)`.

use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::Db;

pub struct User {
    username: String,
    fullname: Option<String>,
    email: Option<String>,
    roles: Vec<String>,
}

pub fn user(username: &str) -> User {
    User { username: username.to_owned(), fullname: None, email: None, roles: Vec::new() }
}

impl User {
    pub fn named(mut self, fullname: &str) -> User {
        self.fullname = Some(fullname.to_owned());
        self
    }

    pub fn email(mut self, email: &str) -> User {
        self.email = Some(email.to_owned());
        self
    }

    /// A global role by its name.
    pub fn role(mut self, role: &str) -> User {
        self.roles.push(stored(role));
        self
    }

    pub fn staff(self) -> User {
        self.role("StaffAreaAdministrator")
    }

    pub async fn insert(self, db: &Db) -> i32 {
        let fullname = self.fullname.unwrap_or_else(|| format!("Full {}", self.username));
        let email = self.email.unwrap_or_else(|| format!("{}@example.org", self.username));
        db.value(
            "INSERT INTO jobserver_user (username, fullname, email, roles, password, date_joined)
             VALUES ($1, $2, $3, $4, '', now())
             RETURNING id",
            &[&self.username, &fullname, &email, &self.roles],
        )
        .await
    }
}

/// What the database holds for a role of this name; other texts stand for themselves.
fn stored(role: &str) -> String {
    let is_name = role.starts_with(|c: char| c.is_ascii_uppercase());
    if is_name { format!("jobserver.authorization.roles.{role}") } else { role.to_owned() }
}

/// Links a person to a GitHub account.
pub async fn github_link(db: &Db, user: i32, github_id: u32) {
    db.execute(
        "INSERT INTO social_auth_usersocialauth (provider, uid, user_id, created, modified, extra_data)
         VALUES ('github', $1, $2, now(), now(), '{}')",
        &[&github_id.to_string(), &user],
    )
    .await;
}

pub async fn org(db: &Db, name: &str) -> i32 {
    db.value(
        "INSERT INTO jobserver_org (name, slug, description, logo, github_orgs, created_at)
         VALUES ($1, lower($1), '', '', '{opensafely}', now())
         RETURNING id",
        &[&name],
    )
    .await
}

pub async fn org_member(db: &Db, org: i32, user: i32) {
    db.execute(
        "INSERT INTO jobserver_orgmembership (org_id, user_id, created_at) VALUES ($1, $2, now())",
        &[&org, &user],
    )
    .await;
}

/// A project with this slug; `by` made it and is no member of it.
pub async fn project(db: &Db, slug: &str, name: &str, by: i32) -> i32 {
    db.value(
        "INSERT INTO jobserver_project (name, slug, status, status_description, copilot_notes, category,
                                        created_at, created_by_id, updated_at, updated_by_id)
         VALUES ($1, $2, 'ongoing', '', '', 'unknown', now(), $3, now(), $3)
         RETURNING id",
        &[&name, &slug, &by],
    )
    .await
}

/// Makes an organisation a project's lead.
pub async fn lead(db: &Db, project: i32, org: i32, by: i32) {
    db.execute(
        "INSERT INTO jobserver_projectcollaboration (org_id, project_id, is_lead, created_at, created_by_id,
                                                     updated_at, updated_by_id)
         VALUES ($1, $2, true, now(), $3, now(), $3)",
        &[&org, &project, &by],
    )
    .await;
}

pub async fn member(db: &Db, project: i32, user: i32, roles: &[&str]) {
    let roles: Vec<String> = roles.iter().map(|role| stored(role)).collect();
    db.execute(
        "INSERT INTO jobserver_projectmembership (project_id, user_id, roles, created_at)
         VALUES ($1, $2, $3, now())
         ON CONFLICT (project_id, user_id) DO UPDATE SET roles = excluded.roles",
        &[&project, &user, &roles],
    )
    .await;
}

pub async fn repo(db: &Db, name: &str) -> i32 {
    db.value(
        "INSERT INTO jobserver_repo (url, has_github_outputs)
         VALUES ('https://github.com/opensafely/' || $1::text, false)
         ON CONFLICT (url) DO UPDATE SET url = excluded.url
         RETURNING id",
        &[&name],
    )
    .await
}

/// A workspace on the branch `main`.
pub async fn workspace(db: &Db, name: &str, project: i32, repo: i32, by: i32) -> i32 {
    db.value(
        "INSERT INTO jobserver_workspace (name, branch, is_archived, should_notify, purpose, uses_new_release_flow,
                                          created_at, created_by_id, updated_at, updated_by_id, project_id, repo_id)
         VALUES ($1, 'main', false, false, '', true, now(), $2, now(), $2, $3, $4)
         RETURNING id",
        &[&name, &by, &project, &repo],
    )
    .await
}

/// An active backend that was seen just now.
pub async fn backend(db: &Db, slug: &str) -> i32 {
    db.value(
        "INSERT INTO jobserver_backend (slug, name, is_active, auth_token, alert_timeout, created_at, updated_at,
                                        last_seen_at, is_in_maintenance_mode)
         VALUES ($1::text, initcap($1), true, md5($1), '5 minutes', now(), now(), now(), false)
         RETURNING id",
        &[&slug],
    )
    .await
}

pub async fn backend_member(db: &Db, backend: i32, user: i32) {
    db.execute(
        "INSERT INTO jobserver_backendmembership (backend_id, user_id, created_at) VALUES ($1, $2, now())",
        &[&backend, &user],
    )
    .await;
}

pub struct JobRequest {
    workspace: i32,
    backend: i32,
    by: i32,
    status: String,
    actions: Vec<String>,
    definition: String,
    notify: bool,
    hours_ago: i64,
    message: Option<String>,
}

/// A job request that asked for `run_all` just now.
pub fn job_request(workspace: i32, backend: i32, by: i32) -> JobRequest {
    JobRequest {
        workspace,
        backend,
        by,
        status: "pending".to_owned(),
        actions: vec!["run_all".to_owned()],
        definition: String::new(),
        notify: false,
        hours_ago: 0,
        message: None,
    }
}

impl JobRequest {
    pub fn status(mut self, status: &str) -> JobRequest {
        self.status = status.to_owned();
        self
    }

    pub fn message(mut self, message: &str) -> JobRequest {
        self.message = Some(message.to_owned());
        self
    }

    pub fn actions(mut self, actions: &[&str]) -> JobRequest {
        self.actions = actions.iter().map(|action| (*action).to_owned()).collect();
        self
    }

    pub fn definition(mut self, text: &str) -> JobRequest {
        self.definition = text.to_owned();
        self
    }

    pub fn notify(mut self) -> JobRequest {
        self.notify = true;
        self
    }

    pub fn hours_ago(mut self, hours: i64) -> JobRequest {
        self.hours_ago = hours;
        self
    }

    pub async fn insert(self, db: &Db) -> i32 {
        let identifier = domain::job_requests::new_identifier();
        let at = Timestamp::now() - self.hours_ago.hours();
        db.value(
            "INSERT INTO jobserver_jobrequest (identifier, workspace_id, backend_id, created_by_id, created_at, sha,
                                               requested_actions, cancelled_actions, project_definition,
                                               force_run_dependencies, will_notify, codelists_ok, _status,
                                               status_message)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, false, $10, true, $11, $12)
             RETURNING id",
            &[
                &identifier,
                &self.workspace,
                &self.backend,
                &self.by,
                &at,
                &"a".repeat(40),
                &self.actions,
                &json!([]),
                &self.definition,
                &self.notify,
                &self.status,
                &self.message,
            ],
        )
        .await
    }
}

pub struct Job {
    job_request: i32,
    action: String,
    status: String,
    code: String,
    message: String,
    identifier: Option<String>,
    minutes_ago: i64,
}

/// A job of an action in this state, which changed a minute ago.
pub fn job(job_request: i32, action: &str, status: &str) -> Job {
    Job {
        job_request,
        action: action.to_owned(),
        status: status.to_owned(),
        code: String::new(),
        message: String::new(),
        identifier: None,
        minutes_ago: 1,
    }
}

impl Job {
    pub fn code(mut self, code: &str, message: &str) -> Job {
        (self.code, self.message) = (code.to_owned(), message.to_owned());
        self
    }

    pub fn identifier(mut self, identifier: &str) -> Job {
        self.identifier = Some(identifier.to_owned());
        self
    }

    pub fn minutes_ago(mut self, minutes: i64) -> Job {
        self.minutes_ago = minutes;
        self
    }

    /// Inserts it and returns its identifier.
    pub async fn insert(self, db: &Db) -> String {
        let identifier = self.identifier.unwrap_or_else(domain::job_requests::new_identifier);
        let at = Timestamp::now() - self.minutes_ago.minutes();
        let has_started = self.status != "pending";
        let started_at = has_started.then(|| at - 10.minutes());
        let completed_at = (has_started && self.status != "running").then_some(at);
        db.execute(
            "INSERT INTO jobserver_job (identifier, job_request_id, action, status, status_code, status_message,
                                        created_at, updated_at, started_at, completed_at, run_command)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'python:latest python analysis/run.py')",
            &[
                &identifier,
                &self.job_request,
                &self.action,
                &self.status,
                &self.code,
                &self.message,
                &(at - 15.minutes()),
                &at,
                &started_at,
                &completed_at,
            ],
        )
        .await;
        identifier
    }
}

/// A notice from staff; both texts are HTML.
pub async fn site_alert(db: &Db, level: &str, title: &str, message: &str) {
    db.execute(
        "INSERT INTO jobserver_sitealert (title, message, level, created_at, updated_at)
         VALUES ($1, $2, $3, now(), now())",
        &[&title, &message, &level],
    )
    .await;
}

/// A redirect to the row `target` of what `column` refers to, for so long, such as `1 day`; its key.
pub async fn redirect(db: &Db, old_url: &str, column: &str, target: i32, by: i32, lasts: &str) -> i32 {
    let sql = format!(
        "INSERT INTO redirects_redirect (old_url, {column}, created_by_id, created_at, updated_at, expires_at)
         VALUES ($1, $2, $3, now(), now(), now() + $4::text::interval)
         RETURNING id"
    );
    db.value(&sql, &[&old_url, &target, &by, &lasts]).await
}
