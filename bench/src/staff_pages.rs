//! The pages of the staff area that are measured, as somebody with every role sees them.

use tokio_postgres::Client;

use crate::{
    error::{Error, Result},
    pages::{Asker, Page},
};

/// How much quicker than the older server we want to be; its dashboards read everything for every visitor.
const FACTOR: f64 = 100.0;
const DASHBOARD_FACTOR: f64 = 500.0;

/// Requests a second of the Django server on two cores with the same data, asked over 8 connections.
mod django {
    pub const USERS: f64 = 30.0;
    pub const USER: f64 = 8.0;
    pub const PROJECTS: f64 = 48.0;
    pub const PROJECT: f64 = 34.0;
    pub const AUDIT_LOG: f64 = 19.0;
    pub const WORKSPACES: f64 = 34.0;
    pub const JOB_REQUESTS: f64 = 4.0;
    pub const APPLICATIONS: f64 = 14.0;
    pub const APPLICATION: f64 = 22.0;
    pub const DASHBOARD: f64 = 0.7;
}

/// Objects in the middle: neither the busiest nor empty ones, since the older server was measured at its median page.
pub async fn all(client: &Client) -> Result<Vec<Page>> {
    let row = client
        .query_opt(
            "SELECT (SELECT username
                     FROM jobserver_user AS person
                     JOIN jobserver_projectmembership AS membership ON membership.user_id = person.id
                     JOIN social_auth_usersocialauth AS github ON github.user_id = person.id
                     GROUP BY person.id
                     ORDER BY abs(count(*) - 2), person.id
                     LIMIT 1),
                    (SELECT project.slug
                     FROM jobserver_project AS project
                     JOIN jobserver_projectmembership AS membership ON membership.project_id = project.id
                     GROUP BY project.id
                     ORDER BY abs(count(*) - 5), project.id
                     LIMIT 1),
                    (SELECT to_hex((application.id::bigint * 7901) % 65536)
                     FROM applications_application AS application
                     JOIN applications_studyinformationpage AS page ON page.application_id = application.id
                     WHERE application.deleted_at IS NULL
                     ORDER BY application.id DESC
                     LIMIT 1),
                    (SELECT name FROM jobserver_workspace WHERE id = 1)",
            &[],
        )
        .await?
        .ok_or_else(|| Error::Unmeasurable("there is nothing to show to staff".to_owned()))?;
    let (user, project, workspace): (String, String, String) = (row.get(0), row.get(1), row.get(3));
    let application: String = format!("{:0>4}", row.get::<_, String>(2));
    let staff = |name, path: &str, wanted: Option<f64>| {
        Page::new(name, format!("/staff/{path}"), Asker::Staff, wanted)
    };
    let list = |name, path: &str, django: f64| staff(name, path, Some(django * FACTOR));
    let dashboard = |name, path: &str| staff(name, path, Some(django::DASHBOARD * DASHBOARD_FACTOR));
    Ok(vec![
        list("staff: users", "users/", django::USERS),
        list("staff: user", &format!("users/{user}/"), django::USER),
        list("staff: projects", "projects/", django::PROJECTS),
        list("staff: project", &format!("projects/{project}/"), django::PROJECT),
        list("staff: audit log", &format!("projects/{project}/audit-log/"), django::AUDIT_LOG),
        list("staff: workspaces", "workspaces/", django::WORKSPACES),
        list("staff: job requests", "job-requests/", django::JOB_REQUESTS),
        list("staff: applications", "applications/", django::APPLICATIONS),
        list("staff: application", &format!("applications/{application}/"), django::APPLICATION),
        dashboard("staff: copiloting", "dashboards/copiloting/"),
        dashboard("staff: projects dashboard", "dashboards/project/"),
        dashboard("staff: private repos", "dashboards/repos/"),
        dashboard("staff: shared repos", "dashboards/repos-with-multiple-projects/"),
        staff("staff: whole audit log", "audit-log/", None),
        staff("staff: search", "?q=asthma", None),
        staff("staff: search for a job", &format!("?q={workspace}"), None),
        staff("staff: job requests, searched", "job-requests/?q=asthma", None),
        staff("staff: workspace", &format!("workspaces/{workspace}/"), None),
    ])
}
