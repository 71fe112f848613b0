//! The page of a job request: is it moving, what failed, why, what now. What moves is the fragment; here is the frame
//! around it, which depends on who is looking.

use std::sync::Arc;

use actix_web::web;
use domain::views::{
    job_request::{self, JobRequestPage},
    job_request_history::{self, EarlierCommits},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    attention::listed,
    cancel::may_cancel,
    code_links::{self, Comparison},
    facts::MovingFacts,
    fixed::{self, Definition, Fixed},
    fragment::{self, Fragment},
    id_of,
    states::{Filter, Pill},
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
        visitor::Visitor,
        words::counted,
    },
    site::monitoring::{self, MonitoringLink, Window},
};

/// `GET /{project}/{workspace}/{pk}/`
pub async fn show(app: App, visitor: Visitor, path: web::Path<(String, String, String)>) -> PageResult {
    let (project, workspace, pk) = path.into_inner();
    let id = id_of(&pk)?;
    let db = app.db().await?;
    let (request, earlier) = tokio::try_join!(
        job_request::find(&db, &project, &workspace, id),
        app.caches.before_job_request.get(id, job_request_history::before_job_request(&db, id))
    )?;
    let request = request.ok_or(Error::NotFound)?;
    let filter = Filter::from_query(&visitor.facts().query);
    let (fragment, fixed) = tokio::try_join!(
        fragment::of(&app, &db, &request, filter),
        fixed::parts(&app, &db, id, &request.repo_url, &request.sha)
    )?;
    drop(db);
    let view = View::new(&app, &visitor, &request, filter, &earlier, (fragment, fixed));
    visitor.render(&app, "site/job_requests/detail", page(&request), &view)
}

fn page(request: &JobRequestPage) -> Page {
    let title = format!("Job request: {} - {}", request.id, request.workspace);
    let description = format!("Job request {} in the workspace {}", request.id, request.workspace);
    Page::titled(title.clone()).shared_as(title, description).with_maintenance_banner()
}

#[derive(Serialize)]
struct View {
    id: i32,
    identifier: String,
    pill: Pill,
    project_title: String,
    project_url: String,
    workspace: String,
    workspace_url: String,
    org: Option<String>,
    creator: String,
    /// For the head line; the facts have the exact time.
    created_ago: Moment,
    created: Moment,
    backend: String,
    is_test_backend: bool,
    branch: String,
    requested_actions: Vec<String>,
    has_many_actions: bool,
    actions_summary: String,
    force_run_dependencies: bool,
    will_notify: bool,
    codelists_ok: bool,
    facts: MovingFacts,
    code: Code,
    cancel: Option<Cancel>,
    /// Where changes are heard of, while there can be any.
    live_src: Option<String>,
    live_html: String,
    definition_html: Option<String>,
    definition_is_too_long: bool,
    monitoring: Vec<MonitoringLink>,
}

#[derive(Serialize)]
struct Code {
    repo_url: String,
    sha: String,
    short_sha: String,
    definition_url: String,
    comparisons: Vec<Comparison>,
}

/// The form that cancels, and what it asks first.
#[derive(Serialize)]
struct Cancel {
    action: String,
    title: String,
    text: String,
}

/// Longer lists of requested actions are folded.
const MOST_ACTIONS_SHOWN: usize = 8;

impl View {
    fn new(
        app: &App,
        visitor: &Visitor,
        request: &JobRequestPage,
        filter: Filter,
        earlier: &EarlierCommits,
        (fragment, fixed): (Arc<Fragment>, Arc<Fixed>),
    ) -> View {
        let (repo_url, sha) = (&request.repo_url, &request.sha);
        let definition_html = match &fixed.definition {
            Definition::Html(html) => Some(html.clone()),
            Definition::Absent | Definition::TooLong => None,
        };
        View {
            id: request.id.0,
            identifier: request.identifier.clone(),
            pill: Pill::of_request(&request.status),
            project_title: request.project.title(),
            project_url: request.project.url(),
            workspace: request.workspace.clone(),
            workspace_url: request.workspace_url(),
            org: request.org.clone(),
            creator: request.creator.clone(),
            created_ago: Moment::relative(request.created_at),
            created: Moment::date_and_time(request.created_at),
            backend: request.backend_name.clone(),
            is_test_backend: request.backend_name == "Test",
            branch: request.branch.clone(),
            has_many_actions: request.requested_actions.len() > MOST_ACTIONS_SHOWN,
            actions_summary: counted(request.requested_actions.len(), "action", "actions"),
            requested_actions: request.requested_actions.clone(),
            force_run_dependencies: request.force_run_dependencies,
            will_notify: request.will_notify,
            codelists_ok: request.codelists_ok,
            facts: MovingFacts::new(request),
            code: Code {
                repo_url: code_links::tree(repo_url, sha),
                sha: sha.clone(),
                short_sha: code_links::short(sha),
                definition_url: code_links::file(repo_url, sha, "project.yaml"),
                comparisons: code_links::comparisons(repo_url, sha, earlier),
            },
            cancel: Cancel::new(visitor, request),
            live_src: request
                .is_active()
                .then(|| format!("/api/live/job-requests/{}/{}", request.id, filter.query())),
            live_html: fragment.live.clone(),
            definition_html,
            definition_is_too_long: matches!(fixed.definition, Definition::TooLong),
            monitoring: monitoring_links(app, visitor, request),
        }
    }
}

impl Cancel {
    fn new(visitor: &Visitor, request: &JobRequestPage) -> Option<Cancel> {
        let is_offered = request.is_active() && may_cancel(visitor, request.created_by, request.project.id);
        is_offered.then(|| Cancel {
            action: format!("{}cancel/", request.url()),
            title: format!("Cancel job request {}?", request.id),
            text: match request.jobs.cancellable.as_slice() {
                [] => "Jobs that wait or run end without outputs, and what they have done so far is lost.".to_owned(),
                actions => format!(
                    "These end without outputs, and what they have done so far is lost: {}. Finished jobs keep theirs.",
                    listed(actions)
                ),
            },
        })
    }
}

fn monitoring_links(app: &App, visitor: &Visitor, request: &JobRequestPage) -> Vec<MonitoringLink> {
    if !visitor.is_staff() {
        return Vec::new();
    }
    let has_ended = matches!(request.status.as_str(), "failed" | "succeeded");
    let window = Window::new(request.created_at, request.completed_at(), has_ended, Timestamp::now());
    vec![monitoring::job_request(&app.config.honeycomb_ui_url, &request.identifier, window)]
}
