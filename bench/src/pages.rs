//! The pages that are measured, at addresses that are busy in the large data set, and what is expected of them.

use tokio_postgres::Client;

use crate::error::{Error, Result};

/// How much quicker than the older server we want to be.
const FACTOR: f64 = 50.0;
/// Milliseconds.
pub const P99_LIMIT: f64 = 50.0;
pub const STATEMENTS_LIMIT: f64 = 12.0;
pub const ROUND_TRIPS_LIMIT: u64 = 3;

/// Who has the most to see on them.
pub const PERSON: &str = "researcher1";

#[derive(Debug, Clone)]
pub struct Page {
    pub name: &'static str,
    pub path: String,
    pub is_signed_in: bool,
    /// Requests a second, if there is something to compare with.
    pub wanted_rate: Option<f64>,
}

/// Requests a second of the Django server on two cores with the same data, asked over 8 connections.
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
}

/// Workspace 1 is the busiest of the data set; of its newest job requests, which have the longest history, the one with
/// the most jobs is taken.
pub async fn all(client: &Client) -> Result<Vec<Page>> {
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
    let public = |name, path: String, django: f64| Page {
        name,
        path,
        is_signed_in: false,
        wanted_rate: Some(django * FACTOR),
    };
    let signed_in =
        |name, path: String, django: f64| Page { is_signed_in: true, ..public(name, path, django) };
    let place = format!("/{project}/{workspace}");
    Ok(vec![
        public("home", "/".to_owned(), django::HOME),
        signed_in("home, signed in", "/".to_owned(), django::HOME),
        public("event log", "/event-log/".to_owned(), django::EVENT_LOG),
        public("status", "/status/".to_owned(), django::STATUS),
        public("project", format!("/{project}/"), django::PROJECT),
        signed_in("project, signed in", format!("/{project}/"), django::PROJECT),
        public("workspace", format!("{place}/"), django::WORKSPACE),
        signed_in("workspace, signed in", format!("{place}/"), django::WORKSPACE),
        public("workspace log", format!("{place}/logs/"), django::WORKSPACE_LOG),
        public("job request", format!("{place}/{job_request}/"), django::JOB_REQUEST),
        signed_in("job request, signed in", format!("{place}/{job_request}/"), django::JOB_REQUEST),
        public("job", format!("{place}/{job_request}/{job}/"), django::JOB),
        public("statuses API", format!("/api/v2/workspaces/{workspace}/statuses/"), django::STATUSES_API),
        Page {
            name: "run jobs, signed in",
            path: format!("{place}/run-jobs/"),
            is_signed_in: true,
            wanted_rate: None,
        },
    ])
}
