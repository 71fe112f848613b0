//! The whole URL table, in reading order. The first match wins; a project's slug can be any word, so its pages come last.

use actix_web::web::{ServiceConfig, get, post, resource, route, scope, to};

use crate::{
    api,
    http::{assets, metrics},
    site::{
        dev_sign_in, enter_name, errors, event_log, health, home, job_requests, jobs, login, media, projects,
        run_jobs, settings, status, ui_components, workspaces,
    },
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
        .service(resource("/settings/").route(get().to(settings::show)).route(post().to(settings::save)))
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
        // A project, its workspaces, their job requests and jobs
        .service(resource("/{project}/").route(get().to(projects::detail)))
        .service(
            resource("/{project}/new-workspace/")
                .route(get().to(workspaces::create::form))
                .route(post().to(workspaces::create::submit)),
        )
        .service(resource("/{project}/{workspace}/").route(get().to(workspaces::detail::show)))
        .service(
            resource("/{project}/{workspace}/edit/")
                .route(get().to(workspaces::edit::form))
                .route(post().to(workspaces::edit::submit)),
        )
        .service(
            resource(["/{project}/{workspace}/run-jobs/", "/{project}/{workspace}/run-jobs/{ref}/"])
                .route(get().to(run_jobs::form))
                .route(post().to(run_jobs::submit)),
        )
        .service(
            resource("/{project}/{workspace}/archive-toggle/").route(post().to(workspaces::toggles::archive)),
        )
        .service(
            resource("/{project}/{workspace}/notifications-toggle/")
                .route(post().to(workspaces::toggles::notifications)),
        )
        .service(resource("/{project}/{workspace}/logs/").route(get().to(workspaces::logs::show)))
        .service(resource("/{project}/{workspace}/{pk:[0-9]+}/").route(get().to(job_requests::detail::show)))
        .service(
            resource("/{project}/{workspace}/{pk:[0-9]+}/cancel/")
                .route(post().to(job_requests::cancel::submit)),
        )
        .service(resource("/{project}/{workspace}/{pk:[0-9]+}/{identifier}/").route(get().to(jobs::detail)))
        .service(
            resource("/{project}/{workspace}/{pk:[0-9]+}/{identifier}/cancel/")
                .route(post().to(jobs::cancel)),
        )
        .default_service(to(errors::unknown_address));
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
        .service(resource("/v2/workspaces/{name}/statuses/").route(get().to(api::statuses::show)))
        .default_service(to(errors::unknown_address));
}
