//! One workspace: where it belongs, what it is for, what was run last, and where it was before.

use actix_web::web;
use domain::views::staff_workspaces::{self, Request, StaffWorkspace};
use serde::Serialize;

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
    },
    site::{job_requests::code_links, workspaces::purpose},
    staff::{Staff, addresses, link::Link},
};

#[derive(Serialize)]
struct DetailPage {
    name: String,
    created: Moment,
    creator: String,
    creator_url: String,
    org: Option<Link>,
    project: Link,
    repo: Link,
    branch: Link,
    is_archived: bool,
    should_notify: bool,
    purpose: Vec<purpose::Line>,
    requests: Vec<RequestLine>,
    requests_url: String,
    old_addresses: Vec<Link>,
    site_url: String,
    edit_url: String,
}

#[derive(Serialize)]
struct RequestLine {
    url: String,
    /// `12 by Ada Lovelace (ada)`
    title: String,
    state: String,
    state_label: String,
    created: Moment,
}

/// `GET /staff/workspaces/{name}/`
pub async fn show(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let db = app.db().await?;
    let found = staff_workspaces::find(&db, &path).await?.ok_or(Error::NotFound)?;
    let (requests, old_addresses) = tokio::try_join!(
        staff_workspaces::newest_requests(&db, found.workspace.id),
        staff_workspaces::old_addresses(&db, found.workspace.id)
    )?;
    drop(db);
    let view = view(found, requests, old_addresses);
    staff.visitor.render(&app, "staff/workspaces/detail", Page::staff(&view.name), &view)
}

fn view(found: StaffWorkspace, requests: Vec<Request>, old_addresses: Vec<(i32, String)>) -> DetailPage {
    let StaffWorkspace { workspace, creator, org } = found;
    let repo_url = workspace.repo_url.trim_end_matches('/');
    let own = addresses::workspace(&workspace.name);
    DetailPage {
        created: Moment::event(workspace.created_at),
        creator: creator.display_name(),
        creator_url: addresses::user(&creator.username),
        org: org.map(|org| Link { url: addresses::org(&org.slug), text: org.name }),
        project: Link::project(&workspace.project),
        repo: Link { text: workspace.repo_name().to_owned(), url: addresses::repo(&workspace.repo_url) },
        branch: Link { text: workspace.branch.clone(), url: code_links::tree(repo_url, &workspace.branch) },
        is_archived: workspace.is_archived,
        should_notify: workspace.should_notify,
        purpose: purpose::lines(&workspace.purpose),
        requests: requests.iter().map(request_line).collect(),
        requests_url: format!("/staff/job-requests/?workspace={}", workspace.name),
        old_addresses: old_addresses
            .into_iter()
            .map(|(id, text)| Link { text, url: addresses::redirect(id) })
            .collect(),
        site_url: workspace.url(),
        edit_url: format!("{own}edit/"),
        name: workspace.name,
    }
}

fn request_line(request: &Request) -> RequestLine {
    RequestLine {
        url: addresses::job_request(request.id),
        title: format!("{} by {}", request.id, request.creator.display_name()),
        state: request.status.as_str().to_owned(),
        state_label: request.status.human(),
        created: Moment::event(request.created_at),
    }
}
