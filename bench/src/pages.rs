//! The pages and API calls that are measured, at addresses that are busy in the large data set, and what is expected of
//! them.

use tokio_postgres::Client;

use crate::{
    error::{Error, Result},
    staff_pages,
};

/// How much quicker than the older server we want to be.
const FACTOR: f64 = 50.0;
/// Where the older server asks the database for every row anew, there is more to win: so many times as quick, and no more
/// than so many statements, whatever the number of projects, jobs or files.
const LISTS_FACTOR: f64 = 100.0;
const LISTS_STATEMENTS_LIMIT: f64 = 4.0;
/// Milliseconds.
pub const P99_LIMIT: f64 = 50.0;
pub const STATEMENTS_LIMIT: f64 = 12.0;
pub const ROUND_TRIPS_LIMIT: u64 = 3;

/// Who has the most to see on them: a member of eight projects.
pub const PERSON: &str = "researcher1";
/// Who runs the site, with every role.
pub const STAFF: &str = "staff1";
/// Of the backend on which most jobs ran.
const BACKEND_TOKEN: &str = "tpp-token-0001";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    Anybody,
    /// `PERSON`, in a browser.
    Person,
    /// `STAFF`, in a browser.
    Staff,
    /// A program, with `BACKEND_TOKEN`.
    Backend,
}

/// What the session cookies of those who ask in a browser hold.
pub struct Sessions {
    pub person: String,
    pub staff: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub name: &'static str,
    pub path: String,
    pub asker: Asker,
    /// JSON that is posted; none: the page is only read.
    pub body: Option<String>,
    /// Requests a second, if there is something to compare with.
    pub wanted_rate: Option<f64>,
    pub statements_limit: f64,
}

impl Page {
    pub fn new(name: &'static str, path: String, asker: Asker, wanted_rate: Option<f64>) -> Page {
        Page { name, path, asker, body: None, wanted_rate, statements_limit: STATEMENTS_LIMIT }
    }

    /// The headers that a request for it carries.
    pub fn headers(&self, sessions: &Sessions) -> Vec<(&'static str, String)> {
        let mut headers = match self.asker {
            Asker::Anybody => Vec::new(),
            Asker::Person => vec![("Cookie", format!("sessionid={}", sessions.person))],
            Asker::Staff => vec![("Cookie", format!("sessionid={}", sessions.staff))],
            Asker::Backend => vec![("Authorization", BACKEND_TOKEN.to_owned())],
        };
        if self.body.is_some() {
            headers.push(("Content-Type", "application/json".to_owned()));
        }
        headers
    }
}

/// Requests a second of the Django server on two cores with the same data, asked over 8 connections, as nobody where that
/// is possible.
mod django {
    pub const HOME: f64 = 14.0;
    pub const EVENT_LOG: f64 = 6.0;
    pub const STATUS: f64 = 7.0;
    pub const PROJECT: f64 = 12.0;
    pub const WORKSPACE: f64 = 18.0;
    pub const WORKSPACE_LOG: f64 = 17.0;
    pub const JOB_REQUEST: f64 = 23.0;
    pub const JOB: f64 = 26.0;
    pub const STATUSES_API: f64 = 44.0;
    pub const AUTHORISE: f64 = 6.0;
    pub const JOB_REQUESTS_API: f64 = 4.0;
    pub const PROJECT_RELEASES: f64 = 3.0;
}

pub async fn all(client: &Client) -> Result<Vec<Page>> {
    let mut all = of_jobs(client).await?;
    all.extend(of_releases(client).await?);
    all.extend(staff_pages::all(client).await?);
    Ok(all)
}

/// Workspace 1 is the busiest of the data set; of its newest job requests, which have the longest history, the one with
/// the most jobs is taken.
async fn of_jobs(client: &Client) -> Result<Vec<Page>> {
    let row = client
        .query_opt(
            "SELECT project.slug, workspace.name, job_request.id, job.identifier
             FROM jobserver_workspace AS workspace
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN LATERAL (SELECT id
                           FROM jobserver_jobrequest
                           WHERE workspace_id = workspace.id
                             AND _status IN ('succeeded', 'failed')
                           ORDER BY id DESC
                           LIMIT 100) AS job_request ON true
             JOIN LATERAL (SELECT count(*) AS jobs, max(identifier) AS identifier
                           FROM jobserver_job
                           WHERE job_request_id = job_request.id) AS job ON true
             WHERE workspace.id = 1
             ORDER BY job.jobs DESC, job_request.id DESC
             LIMIT 1",
            &[],
        )
        .await?
        .ok_or_else(|| Error::Unmeasurable("workspace 1 has no job requests".to_owned()))?;
    let (project, workspace): (String, String) = (row.get(0), row.get(1));
    let (job_request, job): (i32, String) = (row.get(2), row.get(3));
    let public =
        |name, path: String, django: f64| Page::new(name, path, Asker::Anybody, Some(django * FACTOR));
    let signed_in = |name, path: String| Page::new(name, path, Asker::Person, None);
    let place = format!("/{project}/{workspace}");
    Ok(vec![
        public("home", "/".to_owned(), django::HOME),
        signed_in("home, signed in", "/".to_owned()),
        public("event log", "/event-log/".to_owned(), django::EVENT_LOG),
        public("status", "/status/".to_owned(), django::STATUS),
        public("project", format!("/{project}/"), django::PROJECT),
        signed_in("project, signed in", format!("/{project}/")),
        public("workspace", format!("{place}/"), django::WORKSPACE),
        signed_in("workspace, signed in", format!("{place}/")),
        public("workspace log", format!("{place}/logs/"), django::WORKSPACE_LOG),
        public("job request", format!("{place}/{job_request}/"), django::JOB_REQUEST),
        signed_in("job request, signed in", format!("{place}/{job_request}/")),
        public("job", format!("{place}/{job_request}/{job}/"), django::JOB),
        public("statuses API", format!("/api/v2/workspaces/{workspace}/statuses/"), django::STATUSES_API),
        signed_in("run jobs, signed in", format!("{place}/run-jobs/")),
    ])
}

/// Of the projects that `PERSON` sees the files of, the one with the most releases; of those, the one with the most
/// files.
async fn of_releases(client: &Client) -> Result<Vec<Page>> {
    let row = client
        .query_opt(
            "SELECT project.slug, workspace.name, release.id
             FROM jobserver_user AS person
             JOIN jobserver_projectmembership AS membership ON membership.user_id = person.id
             JOIN jobserver_project AS project ON project.id = membership.project_id
             JOIN jobserver_workspace AS workspace ON workspace.project_id = project.id
             JOIN jobserver_release AS release ON release.workspace_id = workspace.id
             WHERE person.username = $1
             ORDER BY count(*) OVER (PARTITION BY project.id) DESC,
                      (SELECT count(*) FROM jobserver_releasefile WHERE release_id = release.id) DESC,
                      release.id
             LIMIT 1",
            &[&PERSON],
        )
        .await?
        .ok_or_else(|| Error::Unmeasurable(format!("{PERSON} sees no releases")))?;
    let (project, workspace, release): (String, String, String) = (row.get(0), row.get(1), row.get(2));
    let list = |name, path: String, asker, django: f64| Page {
        statements_limit: LISTS_STATEMENTS_LIMIT,
        ..Page::new(name, path, asker, Some(django * LISTS_FACTOR))
    };
    let place = format!("/{project}/{workspace}/releases/");
    let of_project = format!("/{project}/releases/");
    let job_requests = "/api/v2/job-requests/".to_owned();
    let authorise = "/api/v2/releases/authorise".to_owned();
    Ok(vec![
        Page {
            body: Some(format!(r#"{{"user":"{PERSON}"}}"#)),
            ..list("authorise API", authorise, Asker::Backend, django::AUTHORISE)
        },
        list("job requests API", job_requests, Asker::Backend, django::JOB_REQUESTS_API),
        list("project releases", of_project.clone(), Asker::Anybody, django::PROJECT_RELEASES),
        list("project releases, signed in", of_project, Asker::Person, django::PROJECT_RELEASES),
        Page::new("workspace releases, signed in", place.clone(), Asker::Person, None),
        Page::new("release, signed in", format!("{place}{release}/"), Asker::Person, None),
    ])
}
