//! A project's page: its workspaces, repositories, people and pulse.

use std::collections::BTreeSet;

use actix_web::web;
use domain::{
    permissions::Permission,
    views::{
        outputs_list::Output,
        project::{self, Member, ProjectPage, ProjectParts, ProjectWorkspace, Pulse},
    },
    workspaces::repo_name,
};
use futures_util::future::join_all;
use serde::Serialize;

use super::bars::{self, Bar};
use crate::{
    app::App,
    code,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
        visitor::Visitor,
        words::counted,
    },
};

/// The project on which the platform itself is developed.
const INTERNAL: &str = "opensafely-internal";

#[derive(Serialize)]
struct View {
    name: String,
    number: Option<String>,
    url: String,
    org_name: Option<String>,
    org_logo: Option<String>,
    purpose_url: String,
    is_internal: bool,
    may_create_workspace: bool,
    workspaces: Vec<WorkspaceLine>,
    public_repos: Vec<Repo>,
    private_repos: Vec<Repo>,
    outputs: Vec<OutputLine>,
    members: Vec<MemberLine>,
    created: Moment,
    first_run: Option<Moment>,
    ran_before_it_was_created: bool,
    pulse: Vec<Bar>,
    /// `12 jobs`
    pulse_total: String,
}

#[derive(Serialize)]
struct WorkspaceLine {
    name: String,
    url: String,
    repo: String,
    branch: String,
    /// Whether it is archived, for those who may know.
    badge: Option<&'static str>,
    created: Moment,
    active: Option<Moment>,
}

#[derive(Serialize)]
struct Repo {
    name: String,
    url: String,
}

/// What a workspace published last.
#[derive(Serialize)]
struct OutputLine {
    workspace: String,
    url: String,
    created: Moment,
}

#[derive(Serialize)]
struct MemberLine {
    fullname: String,
    roles: String,
}

/// `GET /{project}/`
pub async fn detail(app: App, visitor: Visitor, slug: web::Path<String>) -> PageResult {
    let db = app.db().await?;
    let found = project::find(&db, &slug).await?.ok_or(Error::NotFound)?;
    let viewer = visitor.person().map(|person| person.id);
    let id = found.project.id;
    let (parts, pulse) = tokio::try_join!(
        app.caches.public_projects.get(&visitor, id, project::parts(&db, id, viewer)),
        app.caches.pulses.get(id, project::pulse(&db, id))
    )?;
    drop(db);
    let (public_repos, private_repos) = repos(&app, &parts.workspaces).await?;
    let title = found.project.name.clone();
    let view = view(&visitor, found, &parts, &pulse, public_repos, private_repos);
    visitor.render(&app, "site/project", Page::titled(&title).described(&title), &view)
}

/// Public and private repositories; one whose visibility is unknown counts as private.
async fn repos(app: &App, workspaces: &[ProjectWorkspace]) -> Result<(Vec<Repo>, Vec<Repo>), Error> {
    let urls: BTreeSet<&str> = workspaces.iter().map(|workspace| workspace.repo_url.as_str()).collect();
    let visibilities = join_all(urls.iter().map(|url| code::is_private(app, url))).await;
    let (mut public, mut private) = (Vec::new(), Vec::new());
    for (url, visibility) in urls.into_iter().zip(visibilities) {
        let repo = Repo { name: repo_name(url).to_owned(), url: url.to_owned() };
        if visibility? == Some(false) { public.push(repo) } else { private.push(repo) }
    }
    public.sort_by(|a, b| a.name.cmp(&b.name));
    private.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((public, private))
}

fn view(
    visitor: &Visitor,
    page: ProjectPage,
    parts: &ProjectParts,
    pulse: &Pulse,
    public_repos: Vec<Repo>,
    private_repos: Vec<Repo>,
) -> View {
    let project = page.project;
    let knows_more = visitor.has_any_roles();
    let (org_name, org_logo) = match page.org {
        Some(org) => (Some(org.name), org.logo.map(|file| format!("/uploads/{file}"))),
        None => (None, None),
    };
    View {
        purpose_url: match &project.number {
            Some(number) => format!("https://www.opensafely.org/project/{number}/"),
            None => "https://www.opensafely.org/projects/not-found/".to_owned(),
        },
        is_internal: project.slug == INTERNAL,
        may_create_workspace: visitor.may(Permission::WorkspaceCreate, Some(project.id)),
        workspaces: parts
            .workspaces
            .iter()
            .map(|workspace| workspace_line(&project.slug, workspace, knows_more))
            .collect(),
        outputs: parts.outputs.iter().map(|output| output_line(&project.slug, output)).collect(),
        members: parts.members.iter().map(|member| member_line(member, parts.shares_org)).collect(),
        ran_before_it_was_created: pulse.first_run_at.is_some_and(|first| first < page.created_at),
        created: Moment::relative(page.created_at),
        first_run: pulse.first_run_at.map(Moment::relative),
        pulse: bars::weeks(&pulse.jobs_per_week),
        pulse_total: counted(pulse.jobs_per_week.iter().sum::<i64>(), "job", "jobs"),
        url: project.url(),
        name: project.name,
        number: project.number,
        org_name,
        org_logo,
        public_repos,
        private_repos,
    }
}

fn workspace_line(project: &str, workspace: &ProjectWorkspace, knows_more: bool) -> WorkspaceLine {
    let badge = if workspace.is_archived { "Archived" } else { "Active" };
    WorkspaceLine {
        url: format!("/{project}/{}/", workspace.name),
        repo: repo_name(&workspace.repo_url).to_owned(),
        badge: knows_more.then_some(badge),
        created: Moment::date(workspace.created_at),
        active: workspace.last_request_at.map(Moment::relative),
        name: workspace.name.clone(),
        branch: workspace.branch.clone(),
    }
}

fn output_line(project: &str, output: &Output) -> OutputLine {
    OutputLine {
        url: format!("/{project}/{}/outputs/{}/", output.workspace, output.snapshot),
        created: Moment::date(output.created_at),
        workspace: output.workspace.clone(),
    }
}

fn member_line(member: &Member, with_roles: bool) -> MemberLine {
    let roles: Vec<&str> = member.roles.iter().map(|role| role.display_name()).collect();
    MemberLine {
        fullname: member.fullname.clone(),
        roles: if with_roles { roles.join(", ") } else { String::new() },
    }
}
