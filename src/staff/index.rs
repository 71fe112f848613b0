//! The first page of the staff area: where everything is, and one box that finds it. All kinds of things are looked for
//! at once; what the searcher may not open is not looked for.

use actix_web::HttpRequest;
use domain::{
    db::GenericClient,
    permissions::Permission,
    search::{self, Found, MAX_CHARS, Reach, Term},
};
use serde::Serialize;

use super::{Staff, addresses, listing::Asked};
use crate::{
    app::App,
    http::{error::PageResult, shell::Page, times::Moment},
    site::search::{Group, Hit},
};

#[derive(Serialize)]
struct Index {
    q: String,
    /// Something was asked for.
    is_search: bool,
    problem: Option<String>,
    groups: Vec<Group>,
    areas: Vec<Area>,
}

/// A part of the staff area.
#[derive(Serialize)]
struct Area {
    name: &'static str,
    url: &'static str,
    /// What one does there.
    text: &'static str,
}

/// What each part is called, where it is, what one does there, and what it takes to open it beyond the staff area itself.
const AREAS: [(&str, &str, &str, Option<Permission>); 14] = [
    ("Applications", "/staff/applications/", "Review, approve, link to projects", None),
    ("Backends", "/staff/backends/", "Where jobs run, and their tokens", Some(Permission::BackendManage)),
    ("Dashboards", "/staff/dashboards/", "Co-piloting, projects, private repositories", None),
    ("Job Requests", "/staff/job-requests/", "Everything that was asked for", None),
    ("Organisations", "/staff/orgs/", "Members and GitHub organisations", None),
    ("Projects", "/staff/projects/", "Numbers, members, co-pilots", None),
    ("Redirects", "/staff/redirects/", "Old addresses that still lead somewhere", None),
    ("Repos", "/staff/repos/", "Sign-off before they become public", None),
    ("Sentry", "/staff/sentry/", "Try the error reports", None),
    ("Site alerts", "/staff/site-alerts/", "Notices to everybody who is signed in", None),
    ("Users", "/staff/users/", "Backends, organisations, roles", Some(Permission::UserManage)),
    ("Workspaces", "/staff/workspaces/", "Move and archive them", None),
    ("System", "/staff/system/", "How the server is doing", None),
    ("Audit log", "/staff/audit-log/", "Who did what", Some(Permission::UserManage)),
];

/// `GET /staff/?q=`
pub async fn show(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let typed = asked.q().unwrap_or_default();
    let may = |permission: Option<Permission>| {
        permission.is_none_or(|permission| staff.person.may(permission, None))
    };
    let term = Term::new(typed);
    let groups = match &term {
        Some(term) => groups(&app, &staff, term).await?,
        None => Vec::new(),
    };
    let is_blank = typed.trim().is_empty();
    let view = Index {
        is_search: term.is_some(),
        problem: (term.is_none() && !is_blank)
            .then(|| format!("Please search for at most {MAX_CHARS} characters.")),
        q: typed.chars().take(MAX_CHARS).collect(),
        groups,
        areas: AREAS
            .into_iter()
            .filter(|(_, _, _, permission)| may(*permission))
            .map(|(name, url, text, _)| Area { name, url, text })
            .collect(),
    };
    let page =
        if view.is_search { Page::staff(format!("Search: {}", view.q)) } else { Page::titled("Staff Area") };
    staff.visitor.render(&app, "staff/index", page, &view)
}

/// What was found, kind by kind; kinds without a hit are left out.
async fn groups(app: &App, staff: &Staff, term: &Term) -> domain::Result<Vec<Group>> {
    let db = app.db().await?;
    let reach = Reach::of(Some(&staff.person));
    let (named, people, runs) =
        tokio::try_join!(named(&db, staff, term), people(&db, staff, term), runs(&db, term, &reach),)?;
    drop(db);
    let [backends, orgs, projects, workspaces, repos] = named;
    let [applications, users] = people;
    let [job_requests, jobs, releases] = runs;
    let all =
        [applications, backends, orgs, projects, users, workspaces, job_requests, jobs, releases, repos];
    Ok(all.into_iter().filter(|group| !group.hits.is_empty()).collect())
}

async fn named(db: &impl GenericClient, staff: &Staff, term: &Term) -> domain::Result<[Group; 5]> {
    let backends = async {
        if staff.person.may(Permission::BackendManage, None) {
            search::backends(db, term).await
        } else {
            Ok(Found::default())
        }
    };
    let (backends, orgs, projects, workspaces, repos) = tokio::try_join!(
        backends,
        search::orgs(db, term),
        search::projects(db, term),
        search::workspaces(db, term),
        search::repos(db, term),
    )?;
    Ok([
        Group::of("backends", "Backends", backends, |backend| {
            Hit::new(&backend.slug, addresses::backend(backend.id)).note(&backend.name).badge_if(
                !backend.is_active,
                "Not in use",
                "warning",
            )
        }),
        Group::of("orgs", "Organisations", orgs, |org| Hit::new(&org.name, addresses::org(&org.slug)))
            .all_at("/staff/orgs/", term),
        Group::of("projects", "Projects", projects, |project| {
            Hit::new(project.title(), addresses::project(&project.slug))
        })
        .all_at("/staff/projects/", term),
        Group::of("workspaces", "Workspaces", workspaces, |workspace| {
            Hit::new(&workspace.name, addresses::workspace(&workspace.name))
                .note(workspace.project.title())
                .badge_if(workspace.is_archived, "Archived", "warning")
        })
        .all_at("/staff/workspaces/", term),
        Group::of("repos", "Repos", repos, |repo| {
            Hit::new(repo.name(), addresses::repo(&repo.url)).note(repo.url.trim_start_matches("https://"))
        })
        .all_at("/staff/repos/", term),
    ])
}

async fn people(db: &impl GenericClient, staff: &Staff, term: &Term) -> domain::Result<[Group; 2]> {
    let users = async {
        if staff.person.may(Permission::UserManage, None) {
            search::users(db, term).await
        } else {
            Ok(Found::default())
        }
    };
    let (applications, users) = tokio::try_join!(search::applications(db, term), users)?;
    Ok([
        Group::of("applications", "Applications", applications, |application| {
            let title = format!("Application {} by {}", application.hash, application.created_by);
            let hit = if application.is_deleted {
                Hit::unlinked(title)
            } else {
                Hit::new(title, addresses::application(&application.hash))
            };
            hit.note(&application.study_name).badge_if(application.is_deleted, "Deleted", "danger")
        })
        .all_at("/staff/applications/", term),
        Group::of("users", "Users", users, |user| {
            let note = if user.is_by_membership {
                format!("{}, {} (by an organisation or a project)", user.username, user.email)
            } else {
                format!("{}, {}", user.username, user.email)
            };
            Hit::new(&user.fullname, addresses::user(&user.username)).note(note)
        })
        .all_at("/staff/users/", term),
    ])
}

async fn runs(db: &impl GenericClient, term: &Term, reach: &Reach) -> domain::Result<[Group; 3]> {
    let (job_requests, jobs, releases) = tokio::try_join!(
        search::job_requests(db, term),
        search::jobs(db, term),
        search::releases(db, term, reach),
    )?;
    Ok([
        Group::of("job-requests", "Job Requests", job_requests, |request| {
            Hit::new(format!("{} ({})", request.workspace, request.id), addresses::job_request(request.id))
                .note(format!("{} by {}", request.identifier, request.created_by))
                .at(Moment::date(request.created_at))
        })
        .all_at("/staff/job-requests/", term),
        Group::of("jobs", "Jobs", jobs, |job| {
            Hit::new(&job.identifier, job.url())
                .note(format!("{} in {}", job.action, job.workspace))
                .at(Moment::date(job.created_at))
        }),
        Group::of("releases", "Releases", releases, |release| {
            Hit::new(&release.id, release.url())
                .note(format!("{} by {}", release.workspace, release.created_by))
                .at(Moment::date(release.created_at))
        }),
    ])
}
