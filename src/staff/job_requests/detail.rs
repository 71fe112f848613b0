//! One job request: what was asked for, by whom, where it belongs, and cancelling it.

use actix_web::web;
use domain::{
    ids::JobRequestId,
    views::staff_job_request::{self, StaffJobRequest},
};
use serde::Serialize;

use super::address;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
    },
    staff::{self, Staff, addresses, link::Link},
};

/// So many characters of a commit tell it from others.
const SHORT_COMMIT: usize = 7;

#[derive(Serialize)]
struct DetailPage {
    heading: String,
    id: i32,
    identifier: String,
    state: String,
    state_label: String,
    status_message: Option<String>,
    created: Moment,
    creator: String,
    creator_url: String,
    commit: String,
    commit_url: String,
    requested: Vec<String>,
    cancelled: Vec<String>,
    org: Option<Link>,
    project: Link,
    workspace: Link,
    backend: Link,
    site_url: String,
    cancel_url: String,
    cancel_title: String,
    /// None: it can be cancelled.
    cancel_off_reason: Option<&'static str>,
}

/// `GET /staff/job-requests/{pk}/`
pub async fn show(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let id = JobRequestId(staff::pk(&path)?);
    let request = staff_job_request::find(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    let view = view(request);
    staff.visitor.render(&app, "staff/job_requests/detail", Page::staff(&view.heading), &view)
}

fn view(request: StaffJobRequest) -> DetailPage {
    let (commit, commit_url) = commit(&request);
    DetailPage {
        heading: format!("Job request: {}", request.id),
        id: request.id.0,
        state: request.status.as_str().to_owned(),
        state_label: request.status.human(),
        site_url: request.url(),
        cancel_url: format!("{}cancel/", address(request.id)),
        cancel_title: format!("Cancel job request {}?", request.id),
        cancel_off_reason: why_not_cancel(&request),
        status_message: request.status_message.filter(|message| !message.is_empty()),
        created: Moment::event(request.created_at),
        creator: request.creator.display_name(),
        creator_url: addresses::user(&request.creator.username),
        commit,
        commit_url,
        org: request.org.map(|org| Link { url: addresses::org(&org.slug), text: org.name }),
        project: Link::project(&request.project),
        workspace: Link { url: addresses::workspace(&request.workspace), text: request.workspace },
        backend: Link { text: request.backend_name, url: addresses::backend(request.backend) },
        identifier: request.identifier,
        requested: request.requested_actions,
        cancelled: request.cancelled_actions,
    }
}

/// The commit in short with its address; old job requests name none, then the repository's.
fn commit(request: &StaffJobRequest) -> (String, String) {
    let repo = request.repo_url.trim_end_matches('/');
    if request.sha.is_empty() {
        return ("-".to_owned(), repo.to_owned());
    }
    (request.sha.chars().take(SHORT_COMMIT).collect(), format!("{repo}/tree/{}", request.sha))
}

fn why_not_cancel(request: &StaffJobRequest) -> Option<&'static str> {
    if !request.status.is_active() {
        Some("It is over already")
    } else if !request.cancelled_actions.is_empty() {
        Some("Its cancellation has been asked for")
    } else {
        None
    }
}
