//! The URL table of the staff area, part by part in reading order; each part is a scope, so that an address is compared
//! with the few of its part. Words come before parameters: the first match wins.

use actix_web::{
    Resource,
    web::{ServiceConfig, get, post, resource, route, scope, to},
};

use super::{
    access::{
        ApplicationLinks, Asks, Backends, Members, OrgCreation, ProjectCreation, StaffArea, Users,
        wrong_method,
    },
    applications, audit_log, backends, dashboards, index, job_requests, options, orgs, projects, redirects,
    repos, sentry, site_alerts, system, users, workspaces,
};

/// An address whose every method needs `N`, also those it does not take.
fn page<N: Asks + 'static>(path: &str) -> Resource {
    resource(path).default_service(to(wrong_method::<N>))
}

pub fn all(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(index::show)))
        .service(page::<Users>("/audit-log/").route(get().to(audit_log::everything)))
        .service(scope("/applications").configure(application_pages))
        .service(scope("/backends").configure(backend_pages))
        .service(scope("/dashboards").configure(dashboard_pages))
        .service(scope("/job-requests").configure(job_request_pages))
        .service(scope("/options").configure(option_lists))
        .service(scope("/orgs").configure(org_pages))
        .service(scope("/projects").configure(project_pages))
        .service(scope("/redirects").configure(redirect_pages))
        .service(scope("/repos").configure(repo_pages))
        .service(scope("/sentry").configure(sentry_pages))
        .service(scope("/site-alerts").configure(site_alert_pages))
        .service(scope("/system").configure(system_pages))
        .service(scope("/users").configure(user_pages))
        .service(scope("/workspaces").configure(workspace_pages));
}

/// Applications and their researchers.
fn application_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(applications::list)))
        .service(
            page::<StaffArea>("/{hash}/")
                .route(get().to(applications::show))
                .route(post().to(applications::review)),
        )
        .service(
            page::<StaffArea>("/{hash}/approve/")
                .route(get().to(applications::approve_form))
                .route(post().to(applications::approve)),
        )
        .service(page::<StaffArea>("/{hash}/delete/").route(post().to(applications::delete)))
        .service(
            page::<StaffArea>("/{hash}/edit/")
                .route(get().to(applications::edit_form))
                .route(post().to(applications::edit)),
        )
        .service(
            page::<StaffArea>("/{hash}/researchers/{pk:[0-9]+}/edit/")
                .route(get().to(applications::researcher_form))
                .route(post().to(applications::researcher)),
        )
        .service(page::<StaffArea>("/{hash}/restore/").route(post().to(applications::restore)));
}

/// Where jobs run.
fn backend_pages(config: &mut ServiceConfig) {
    config
        .service(page::<Backends>("/").route(get().to(backends::list)))
        .service(
            page::<Backends>("/add/")
                .route(get().to(backends::create_form))
                .route(post().to(backends::create)),
        )
        .service(page::<Backends>("/{pk:[0-9]+}/").route(get().to(backends::detail)))
        .service(
            page::<Backends>("/{pk:[0-9]+}/edit/")
                .route(get().to(backends::edit_form))
                .route(post().to(backends::edit)),
        )
        .service(page::<Backends>("/{pk:[0-9]+}/rotate-token/").route(post().to(backends::rotate_token)));
}

fn dashboard_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(dashboards::index)))
        .service(page::<StaffArea>("/copiloting/").route(get().to(dashboards::copiloting)))
        .service(page::<StaffArea>("/project/").route(get().to(dashboards::projects)))
        .service(page::<StaffArea>("/repos/").route(get().to(dashboards::private_repos)))
        .service(
            page::<StaffArea>("/repos-with-multiple-projects/").route(get().to(dashboards::shared_repos)),
        );
}

fn job_request_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(job_requests::list)))
        .service(page::<StaffArea>("/{pk:[0-9]+}/").route(get().to(job_requests::detail)))
        .service(page::<StaffArea>("/{pk:[0-9]+}/cancel/").route(post().to(job_requests::cancel)));
}

/// Choices that forms fetch while somebody types.
fn option_lists(config: &mut ServiceConfig) {
    config.service(
        resource("/{kind}/").route(get().to(options::find)).default_service(to(options::wrong_method)),
    );
}

fn org_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(orgs::list)))
        .service(
            page::<OrgCreation>("/add/")
                .route(get().to(orgs::create::form))
                .route(post().to(orgs::create::submit)),
        )
        .service(
            page::<StaffArea>("/{slug}/")
                .route(get().to(orgs::detail::show))
                .route(post().to(orgs::add_members::submit)),
        )
        .service(
            page::<StaffArea>("/{slug}/add-github-org/")
                .route(get().to(orgs::github::form))
                .route(post().to(orgs::github::add)),
        )
        .service(
            page::<StaffArea>("/{slug}/edit/")
                .route(get().to(orgs::edit::form))
                .route(post().to(orgs::edit::submit)),
        )
        .service(page::<StaffArea>("/{slug}/remove-github-org/").route(post().to(orgs::github::remove)))
        .service(page::<StaffArea>("/{slug}/remove-member/").route(post().to(orgs::remove_member)));
}

/// Projects and their members.
fn project_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(projects::list::show)))
        .service(
            page::<ProjectCreation>("/create/")
                .route(get().to(projects::create::form))
                .route(post().to(projects::create::submit)),
        )
        .service(
            page::<ProjectCreation>("/{slug:[-a-zA-Z0-9_]+}/created/")
                .route(get().to(projects::created::show)),
        )
        .service(page::<StaffArea>("/{slug}/").route(get().to(projects::detail::show)))
        .service(page::<StaffArea>("/{slug}/audit-log/").route(get().to(audit_log::of_project)))
        .service(
            page::<Members>("/{slug}/add-member/")
                .route(get().to(projects::members::form))
                .route(post().to(projects::members::submit)),
        )
        .service(
            page::<StaffArea>("/{slug}/edit/")
                .route(get().to(projects::edit::form))
                .route(post().to(projects::edit::submit)),
        )
        .service(
            page::<ApplicationLinks>("/{slug}/link-application/")
                .route(get().to(projects::link::form))
                .route(post().to(projects::link::submit)),
        )
        .service(
            page::<Members>("/{slug}/members/{pk}/edit/")
                .route(get().to(projects::membership::form))
                .route(post().to(projects::membership::submit)),
        )
        .service(
            page::<Members>("/{slug}/members/{pk}/remove/").route(post().to(projects::membership::remove)),
        );
}

fn redirect_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(redirects::list)))
        .service(page::<StaffArea>("/{pk:[0-9]+}/").route(get().to(redirects::detail)))
        .service(page::<StaffArea>("/{pk:[0-9]+}/delete/").route(post().to(redirects::delete)));
}

fn repo_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(repos::list)))
        .service(page::<StaffArea>("/{repo_url}/").route(get().to(repos::detail)))
        .service(page::<StaffArea>("/{repo_url}/sign-off/").route(post().to(repos::sign_off)));
}

/// Tests of the error reports.
fn sentry_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(route().to(sentry::index)))
        .service(page::<StaffArea>("/error").route(route().to(sentry::error)))
        .service(page::<StaffArea>("/message").route(route().to(sentry::message)));
}

/// Notices to everybody who is signed in.
fn site_alert_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(site_alerts::list)))
        .service(
            page::<StaffArea>("/add/")
                .route(get().to(site_alerts::create::form))
                .route(post().to(site_alerts::create::submit)),
        )
        .service(
            page::<StaffArea>("/edit/{pk:[0-9]+}/")
                .route(get().to(site_alerts::edit::form))
                .route(post().to(site_alerts::edit::submit)),
        )
        .service(
            page::<StaffArea>("/delete/{pk:[0-9]+}/")
                .route(get().to(site_alerts::delete::ask))
                .route(post().to(site_alerts::delete::submit)),
        );
}

/// How the server is doing.
fn system_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(system::show)))
        .service(page::<StaffArea>("/actors/").route(get().to(system::actors)))
        .service(page::<StaffArea>("/outbox/").route(get().to(system::outbox)))
        .service(page::<StaffArea>("/outbox/retry-dead/").route(post().to(system::retry_dead)))
        .service(page::<StaffArea>("/outbox/{pk:[0-9]+}/retry/").route(post().to(system::retry)))
        .service(page::<StaffArea>("/outbox/{pk:[0-9]+}/discard/").route(post().to(system::discard)));
}

fn user_pages(config: &mut ServiceConfig) {
    config
        .service(page::<Users>("/").route(get().to(users::list::show)))
        .service(
            page::<Users>("/{username}/")
                .route(get().to(users::detail::show))
                .route(post().to(users::detail::save)),
        )
        .service(page::<Users>("/{username}/audit-log/").route(get().to(audit_log::of_user)))
        .service(
            page::<Users>("/{username}/roles/")
                .route(get().to(users::roles::show))
                .route(post().to(users::roles::save)),
        )
        .service(page::<Users>("/{username}/roles/clear/").route(post().to(users::roles::clear)))
        .service(
            page::<Users>("/{username}/set-orgs/")
                .route(get().to(users::orgs::form))
                .route(post().to(users::orgs::save)),
        );
}

fn workspace_pages(config: &mut ServiceConfig) {
    config
        .service(page::<StaffArea>("/").route(get().to(workspaces::list)))
        .service(page::<StaffArea>("/{workspace}/").route(get().to(workspaces::detail)))
        .service(
            page::<StaffArea>("/{workspace}/edit/")
                .route(get().to(workspaces::edit_form))
                .route(post().to(workspaces::edit)),
        );
}
