//! Projects as reports list them: when something last ran in them, and whose they are.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use crate::{Result, project_number};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedProject {
    pub number: Option<String>,
    pub name: String,
    pub slug: String,
    /// When its newest job started.
    pub latest_job_started_at: Option<Timestamp>,
    /// The leading organisation, else the first.
    pub org: Option<String>,
}

/// All projects, or those in which a job started on or after the day that many days ago, in the order of their numbers.
pub async fn projects(db: &impl GenericClient, active_days: Option<i32>) -> Result<Vec<ReportedProject>> {
    let statement = db
        .prepare_cached(&format!(
            "SELECT project.number, project.name, project.slug, latest.started_at, org.name AS org
             FROM jobserver_project AS project
             LEFT JOIN (
                 SELECT workspace.project_id, max(job.started_at) AS started_at
                 FROM jobserver_workspace AS workspace
                 JOIN jobserver_jobrequest AS request ON request.workspace_id = workspace.id
                 JOIN jobserver_job AS job ON job.job_request_id = request.id
                 GROUP BY workspace.project_id
             ) AS latest ON latest.project_id = project.id
             {}
             WHERE $1::integer IS NULL
                OR (latest.started_at AT TIME ZONE 'UTC')::date >= (now() AT TIME ZONE 'UTC')::date - $1
             ORDER BY {}",
            lead_org!(),
            project_number::ORDER_BY
        ))
        .await?;
    let rows = db.query(&statement, &[&active_days]).await?;
    rows.iter()
        .map(|row| {
            Ok(ReportedProject {
                number: row.try_get("number")?,
                name: row.try_get("name")?,
                slug: row.try_get("slug")?,
                latest_job_started_at: row.try_get("started_at")?,
                org: row.try_get("org")?,
            })
        })
        .collect()
}
