//! The whole URL table, in reading order. The first match wins; a project's slug can be any word, so its pages come last.

use actix_web::{
    Resource,
    middleware::from_fn,
    web::{ServiceConfig, get, post, resource, route, scope, to},
};

use crate::{
    api,
    http::{assets, metrics},
    site::{
        dev_sign_in, enter_name, errors, event_log, health, home, job_requests, jobs, login, media, projects,
        published, releases, run_jobs, settings, status, ui_components, workspaces,
    },
    staff,
};

pub fn all(config: &mut ServiceConfig) {
    config
        // Signing in and out
        .service(resource("/").route(get().to(home::show)))
        .service(resource("/login/").route(get().to(login::page)))
        .service(
            resource("/login/as/").route(get().to(dev_sign_in::page)).route(post().to(dev_sign_in::sign_in)),
        )
        .service(resource("/login/{provider}/").route(post().to(login::start)))
        .service(
            resource("/complete/{provider}/")
                .route(get().to(login::complete))
                .route(post().to(login::complete)),
        )
        .service(resource("/enter-your-name/").route(get().to(enter_name::show)))
        .service(resource("/logout/").route(post().to(login::log_out)))
        .service(resource("/settings/").route(get().to(settings::show)).route(post().to(settings::submit)))
        // Machines
        .service(resource(["/health-check/", "/health-check"]).route(get().to(health::check)))
        .service(resource("/metrics").route(get().to(metrics::show)))
        .service(scope("/api").configure(api_routes))
        .service(resource("/static/{path:.*}").route(get().to(assets::serve)))
        .service(resource("/uploads/{path:.*}").route(get().to(media::serve)))
        .service(resource("/favicon.ico").route(route().to(errors::favicon)))
        .service(resource("/robots.txt").route(route().to(errors::robots)))
        // Fixed pages
        .service(resource("/{code:400|403|404|500}").route(route().to(errors::fixed)))
        .service(resource("/ui-components/").route(get().to(ui_components::show)))
        // Everything that was run
        .service(resource("/event-log/").route(get().to(event_log::show)))
        .service(resource("/event-list/").route(route().to(event_log::old_address)))
        .service(resource("/jobs/").route(route().to(event_log::jobs_address)))
        .service(resource("/job-requests/{pk:[0-9]+}/").route(route().to(job_requests::redirect)))
        .service(resource("/jobs/{identifier}/").route(route().to(jobs::redirect)))
        .service(resource("/status/").route(get().to(status::index)))
        .service(resource("/status/{backend:[-a-zA-Z0-9_]+}/").route(get().to(status::backend)))
        .service(
            resource("/status/{backend:[-a-zA-Z0-9_]+}/db-availability/")
                .route(get().to(status::db_availability)),
        )
        // For those who run the site
        .service(scope("/staff").configure(staff::routes::all))
        // A project, its workspaces, their job requests and jobs
        .service(resource("/{project}/").route(get().to(projects::detail)))
        .service(
            resource("/{project}/new-workspace/")
                .route(get().to(workspaces::create::form))
                .route(post().to(workspaces::create::submit)),
        )
        .service(resource("/{project}/releases/").route(get().to(releases::project_list::show)))
        .service(scope("/{project}/{workspace}").configure(workspace_routes))
        .default_service(to(errors::unknown_address));
}

/// A workspace, what runs in it, and what was released from it.
fn workspace_routes(config: &mut ServiceConfig) {
    config
        .service(resource("/").route(get().to(workspaces::detail::show)))
        .service(
            resource("/edit/")
                .route(get().to(workspaces::edit::form))
                .route(post().to(workspaces::edit::submit)),
        )
        .service(
            resource(["/run-jobs/", "/run-jobs/{ref}/"])
                .route(get().to(run_jobs::form))
                .route(post().to(run_jobs::submit)),
        )
        .service(resource("/archive-toggle/").route(post().to(workspaces::toggles::archive)))
        .service(resource("/notifications-toggle/").route(post().to(workspaces::toggles::notifications)))
        .service(resource("/logs/").route(get().to(workspaces::logs::show)))
        .service(resource("/{pk:[0-9]+}/").route(get().to(job_requests::detail::show)))
        .service(resource("/{pk:[0-9]+}/cancel/").route(post().to(job_requests::cancel::submit)))
        .service(resource("/{pk:[0-9]+}/{identifier}/").route(get().to(jobs::detail)))
        .service(resource("/{pk:[0-9]+}/{identifier}/cancel/").route(post().to(jobs::cancel)))
        // What was released from a workspace, and what is public of it. The name of a file may be any path.
        .service(resource("/releases/").route(get().to(releases::workspace_list::show)))
        .service(resource("/releases/{release}/").route(get().to(releases::release::show)))
        .service(resource("/releases/{release}/download/").route(get().to(releases::download::of_release)))
        .service(resource("/releases/{release}/files/").route(get().to(releases::file_list::of_release)))
        .service(resource("/releases/{release}/{file}/delete/").route(post().to(releases::delete::submit)))
        .service(resource("/releases/{release}/{path:.*}").route(get().to(releases::release::show)))
        .service(resource("/published/{file}/").route(get().to(published::show)))
        .service(resource("/outputs/").route(get().to(releases::outputs::show)))
        .service(resource("/outputs/latest/").route(get().to(releases::latest::show)))
        .service(resource("/outputs/latest/download/").route(get().to(releases::download::of_latest)))
        .service(resource("/outputs/latest/files/").route(get().to(releases::file_list::of_latest)))
        .service(resource("/outputs/latest/prepare/").route(post().to(releases::decide::prepare)))
        .service(resource("/outputs/latest/{path:.*}").route(get().to(releases::latest::show)))
        .service(resource("/outputs/{snapshot:[0-9]+}/").route(get().to(releases::snapshot::show)))
        .service(
            resource("/outputs/{snapshot:[0-9]+}/download/").route(get().to(releases::download::of_snapshot)),
        )
        .service(resource("/outputs/{snapshot:[0-9]+}/publish/").route(post().to(releases::decide::publish)))
        .service(resource("/outputs/{snapshot:[0-9]+}/reject/").route(post().to(releases::decide::reject)))
        .service(resource("/outputs/{snapshot:[0-9]+}/{path:.*}").route(get().to(releases::snapshot::show)));
}

/// What a process without pages shows: its health and its numbers.
pub fn for_machines(config: &mut ServiceConfig) {
    config
        .service(resource(["/health-check/", "/health-check"]).route(get().to(health::check)))
        .service(resource("/metrics").route(get().to(metrics::show)))
        .default_service(to(errors::unknown_address));
}

fn api_routes(config: &mut ServiceConfig) {
    config
        .service(resource("/live/job-requests/{pk:[0-9]+}/").route(get().to(api::live::job_request)))
        .service(scope("/v2").wrap(from_fn(api::conventions::keep)).configure(api_v2))
        .default_service(to(errors::unknown_address));
}

/// The JSON API. What stands here is described in `src/api/openapi.rs`, or a test fails.
fn api_v2(config: &mut ServiceConfig) {
    config
        // About itself
        .service(endpoint("/openapi.json").route(get().to(api::openapi::serve)))
        .service(endpoint("/docs").route(get().to(api::docs::show)))
        // Releases
        .service(
            endpoint("/releases/workspace/{name}")
                .route(get().to(api::releases::latest::latest))
                .route(post().to(api::releases::create::create)),
        )
        .service(
            endpoint("/releases/release/{id}")
                .route(get().to(api::releases::list::list))
                .route(post().to(api::releases::upload::upload)),
        )
        .service(endpoint("/releases/file/{id}").route(get().to(api::releases::file::file)))
        .service(endpoint("/releases/release/{id}/reviews").route(post().to(api::releases::review::review)))
        // Signing people in on Level 4. The token is looked at before the method.
        .service(
            endpoint("/releases/authenticate")
                .route(post().to(api::level4::authenticate))
                .route(route().to(api::pull::wrong_method)),
        )
        .service(
            endpoint("/releases/authorise")
                .route(post().to(api::level4::authorise))
                .route(route().to(api::pull::wrong_method)),
        )
        // What happens to release requests
        .service(endpoint("/airlock/events").route(post().to(api::airlock::receive)))
        // Job-runners that come and fetch
        .service(endpoint("/job-requests").route(get().to(api::pull::job_requests::list)))
        .service(
            endpoint("/jobs")
                .route(post().to(api::pull::jobs::receive))
                .route(route().to(api::pull::wrong_method)),
        )
        .service(
            endpoint("/users/{username}")
                .route(get().to(api::pull::users::show))
                .route(route().to(api::pull::wrong_method)),
        )
        // Workspaces and their snapshots
        .service(endpoint("/workspaces/{name}/status").route(get().to(api::workspace_status::show)))
        .service(endpoint("/workspaces/{name}/statuses").route(get().to(api::statuses::show)))
        .service(endpoint("/workspaces/{name}/snapshots").route(post().to(api::snapshots::create)))
        .service(endpoint("/workspaces/{name}/snapshots/{id}").route(get().to(api::snapshots::list)))
        .service(
            endpoint("/workspaces/{name}/snapshots/{id}/publish").route(post().to(api::snapshots::publish)),
        )
        .default_service(to(api::conventions::unknown_address));
}

/// An address that clients spell with and without a slash at its end; neither is redirected to the other, because a
/// client follows a redirect with GET.
fn endpoint(path: &str) -> Resource {
    resource([path.to_owned(), format!("{path}/")])
}
