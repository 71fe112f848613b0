//! A job request as a line of a list, as templates show it.

use domain::views::rows::JobRequestRow;
use serde::Serialize;

use crate::http::times::Moment;

#[derive(Debug, Serialize)]
pub struct RequestLine {
    pub url: String,
    pub id: i32,
    pub state: String,
    pub state_label: String,
    pub jobs: String,
    pub backend: String,
    pub workspace: String,
    pub workspace_url: String,
    pub project: String,
    pub project_url: String,
    pub person: String,
    pub org: Option<String>,
    pub started: Option<Moment>,
}

impl From<&JobRequestRow> for RequestLine {
    fn from(row: &JobRequestRow) -> Self {
        RequestLine {
            url: row.url(),
            id: row.id.0,
            state: row.status.as_str().to_owned(),
            state_label: row.status.human(),
            jobs: if row.jobs_total == 0 {
                "–".to_owned()
            } else {
                format!("{}/{}", row.jobs_succeeded, row.jobs_total)
            },
            backend: row.backend_slug.to_uppercase(),
            workspace_url: format!("{}{}/", row.project.url(), row.workspace),
            workspace: row.workspace.clone(),
            project_url: row.project.url(),
            project: row.project.name.clone(),
            person: row.fullname.clone(),
            org: row.org_name.clone(),
            started: row.started_at.map(Moment::event),
        }
    }
}
