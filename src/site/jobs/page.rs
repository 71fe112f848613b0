//! The page of a job: what it is doing or how it ended, what that means, and where to look further.

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web};
use domain::{
    status::JobState,
    status_codes::{self, Explanation},
    views::{
        job::{self, JobPage},
        job_request_history::{self, EarlierCommits},
    },
};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    metrics::Metrics,
    timeline::{self, Step},
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        redirect,
        shell::Page,
        times,
        visitor::Visitor,
    },
    site::{
        job_requests::{
            cancel::may_cancel,
            code_links::{self, Comparison},
            id_of,
            states::Pill,
        },
        monitoring::{self, MonitoringLink, Window},
    },
};

/// `GET /{project}/{workspace}/{pk}/{identifier}/`. The beginning of an identifier leads to the whole one. A page that
/// is open asks for its moving part alone, by htmx.
pub async fn detail(
    app: App,
    visitor: Visitor,
    http: HttpRequest,
    path: web::Path<(String, String, String, String)>,
) -> PageResult {
    let (project, workspace, pk, identifier) = path.into_inner();
    let db = app.db().await?;
    let job = job::find(&db, &project, &workspace, id_of(&pk)?, &identifier).await?.ok_or(Error::NotFound)?;
    if job.identifier != identifier {
        return Ok(redirect::plain(&job.url()));
    }
    let earlier = job_request_history::before_job(&db, job.request.id, job.id);
    let earlier = app.caches.before_job.get(job.id, earlier).await?;
    drop(db);
    let view = View::new(&app, &visitor, &job, &earlier);
    if http.headers().contains_key("hx-request") {
        let html = app.templates.render("site/jobs/live", &view)?
            + &app.templates.render("site/jobs/elsewhere", &view)?;
        let mut response = HttpResponse::Ok();
        return Ok(response
            .insert_header((CACHE_CONTROL, "no-store"))
            .content_type("text/html; charset=utf-8")
            .body(html));
    }
    visitor.render(&app, "site/jobs/detail", page(&job), &view)
}

fn page(job: &JobPage) -> Page {
    let title = format!("Job: {} - {} - {}", job.action, job.request.id, job.workspace);
    Page::titled(title.clone()).shared_as(title, job.workspace.clone()).with_maintenance_banner()
}

#[derive(Serialize)]
struct View {
    heading: String,
    action: String,
    identifier: String,
    url: String,
    pill: Pill,
    is_stale: bool,
    is_cancelling: bool,
    is_cancellable: bool,
    project_title: String,
    project_url: String,
    workspace: String,
    workspace_url: String,
    request_id: i32,
    request_url: String,
    creator: String,
    backend: String,
    branch: String,
    status_code: Option<String>,
    status_message: Option<String>,
    explanation: Option<Explanation>,
    log_path: Option<String>,
    steps: Vec<Step>,
    time_spent: Option<String>,
    running: Option<Running>,
    run_command: Option<String>,
    sha: String,
    short_sha: String,
    code_url: String,
    comparisons: Vec<Comparison>,
    metrics: Option<Metrics>,
    monitoring: Vec<MonitoringLink>,
    cancel: Option<Cancel>,
    /// Where changes are heard of, while there can be any.
    live_src: Option<String>,
}

#[derive(Serialize)]
struct Running {
    since: String,
    text: String,
}

/// The form that cancels, and what it asks first.
#[derive(Serialize)]
struct Cancel {
    action: String,
    title: String,
    text: String,
}

impl View {
    fn new(app: &App, visitor: &Visitor, job: &JobPage, earlier: &EarlierCommits) -> View {
        let now = Timestamp::now();
        let is_over = job.is_completed();
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        View {
            heading: if job.is_error() { "Error creating job".to_owned() } else { job.action.clone() },
            action: job.action.clone(),
            identifier: job.identifier.clone(),
            url: job.url(),
            pill: Pill::of_job(job.state(), &job.status_code),
            is_stale: job.is_stale(now),
            is_cancelling: job.is_cancelled() && !is_over,
            is_cancellable: !job.is_cancelled() && !is_over,
            project_title: job.project.title(),
            project_url: job.project.url(),
            workspace: job.workspace.clone(),
            workspace_url: format!("/{}/{}/", job.project.slug, job.workspace),
            request_id: job.request.id.0,
            request_url: job.request_url(),
            creator: job.request.creator.clone(),
            backend: job.backend_name.clone(),
            branch: job.branch.clone(),
            status_code: text(&job.status_code),
            status_message: text(&job.status_message),
            explanation: status_codes::explain(&job.status_code),
            log_path: (job.status_code == "nonzero_exit").then(|| format!("metadata/{}.log", job.action)),
            steps: timeline::steps(job),
            time_spent: timeline::time_spent(job),
            running: job.started_at.filter(|_| job.state() == JobState::Running).map(|since| Running {
                since: since.to_string(),
                text: times::duration(times::between(since, now)),
            }),
            run_command: text(&job.run_command),
            sha: job.request.sha.clone(),
            short_sha: code_links::short(&job.request.sha),
            code_url: code_links::tree(&job.repo_url, &job.request.sha),
            comparisons: code_links::comparisons(&job.repo_url, &job.request.sha, earlier),
            metrics: visitor.has_any_roles().then(|| Metrics::new(job.metrics.as_ref())),
            monitoring: monitoring_links(app, visitor, job, now),
            cancel: Cancel::new(visitor, job),
            live_src: (!is_over).then(|| format!("/api/live/job-requests/{}/", job.request.id)),
        }
    }
}

impl Cancel {
    fn new(visitor: &Visitor, job: &JobPage) -> Option<Cancel> {
        let is_offered = !job.is_completed() && may_cancel(visitor, job.request.created_by, job.project.id);
        is_offered.then(|| Cancel {
            action: format!("{}cancel/", job.url()),
            title: format!("Cancel {}?", job.action),
            text: "It ends without outputs, what it has done so far is lost, and actions that need it cannot run."
                .to_owned(),
        })
    }
}

fn monitoring_links(app: &App, visitor: &Visitor, job: &JobPage, now: Timestamp) -> Vec<MonitoringLink> {
    if !visitor.is_staff() {
        return Vec::new();
    }
    let base = &app.config.honeycomb_ui_url;
    let has_ended = matches!(job.state(), JobState::Failed | JobState::Succeeded);
    let window = Window::new(job.created_at, job.completed_at, has_ended, now);
    let request = &job.request;
    let request_has_ended = matches!(request.status.as_str(), "failed" | "succeeded");
    let request_window = Window::new(request.created_at, request.completed_at, request_has_ended, now);
    monitoring::job_trace(base, job.trace_context.as_ref(), window)
        .into_iter()
        .chain([
            monitoring::job_metrics(base, &job.identifier, window),
            monitoring::job_request(base, &request.identifier, request_window),
            monitoring::previous_runs(base, &job.workspace, &job.action),
        ])
        .collect()
}
