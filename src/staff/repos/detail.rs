//! One repository: what GitHub says of it, who works with it, since when, and whether it may become public.

use std::collections::BTreeSet;

use actix_web::web;
use domain::{
    permissions::Permission,
    repos::sign_off::{self, Notice},
    views::staff_repos::{self, RepoDetail, RepoWorkspace, Runs},
    workspaces::repo_name,
};
use jiff::ToSpan;
use serde::Serialize;

use super::{address, facts::Facts, workspace_line::WorkspaceLine};
use crate::{
    app::App,
    code,
    http::{
        error::{Error, PageResult},
        shell::Page,
    },
    staff::{Staff, addresses, link::Link},
};

#[derive(Serialize)]
struct DetailPage {
    heading: String,
    name: String,
    url: String,
    /// Where it is at GitHub, if a link may lead there.
    on_github: Option<String>,
    facts: Facts,
    projects: Vec<Link>,
    workspaces: Vec<WorkspaceLine>,
    sign_off: SignOffForm,
    notice: Option<NoticeView>,
}

#[derive(Serialize)]
struct SignOffForm {
    url: String,
    /// Why it is not to be had.
    refusal: Option<&'static str>,
}

/// What tech support were told.
#[derive(Serialize)]
struct NoticeView {
    /// The issue, once it is there.
    issue: Option<String>,
    is_given_up: bool,
}

/// What the database knows beyond the repository itself.
struct Loaded {
    workspaces: Vec<RepoWorkspace>,
    runs: Runs,
    notice: Notice,
}

/// `GET /staff/repos/{repo_url}/`
pub async fn show(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let url = address::named(&path)?;
    let repo = staff_repos::find(&app.db().await?, &url).await?.ok_or(Error::NotFound)?;
    // GitHub may be slow: nothing is held while it is asked.
    let (on_github, loaded) = tokio::join!(code::facts(&app, &repo.url), load(&app, &repo));
    let (on_github, loaded) = (on_github?, loaded?);
    let may_with_outputs = staff.visitor.may(Permission::RepoSignOffWithOutputs, None);
    let name = repo_name(&repo.url).to_owned();
    let heading = format!("Repo: {name}");
    let page = Page::staff(&heading);
    let view = DetailPage {
        heading,
        name,
        on_github: address::on_the_web(&repo.url).map(str::to_owned),
        facts: Facts::new(&repo, on_github, &loaded.workspaces, loaded.runs),
        projects: projects(&loaded.workspaces),
        workspaces: loaded.workspaces.iter().map(WorkspaceLine::from).collect(),
        sign_off: SignOffForm {
            url: format!("{}sign-off/", addresses::repo(&repo.url)),
            refusal: refusal(&repo, may_with_outputs),
        },
        notice: notice(loaded.notice),
        url: repo.url,
    };
    staff.visitor.render(&app, "staff/repos/detail", page, &view)
}

async fn load(app: &App, repo: &RepoDetail) -> Result<Loaded, Error> {
    let db = app.db().await?;
    let runs = app.staff.runs.get(repo.id, async { staff_repos::runs(&db, repo.id).await.map(Some) });
    let notice = async {
        match &repo.internal {
            Some(signed_off) => sign_off::notice(&db, repo.id, signed_off.at).await,
            None => Ok(Notice::Unknown),
        }
    };
    let (workspaces, runs, notice) = tokio::try_join!(staff_repos::workspaces(&db, repo.id), runs, notice)?;
    Ok(Loaded { workspaces, runs: runs.as_deref().copied().unwrap_or_default(), notice })
}

/// Each once, by name.
fn projects(workspaces: &[RepoWorkspace]) -> Vec<Link> {
    let found: BTreeSet<(&str, &str, String)> = workspaces
        .iter()
        .map(|workspace| &workspace.project)
        .map(|project| (project.name.as_str(), project.slug.as_str(), project.title()))
        .collect();
    found.into_iter().map(|(_, slug, title)| Link { url: addresses::project(slug), text: title }).collect()
}

/// The first reason that stands against signing off. The same are checked again when somebody does.
fn refusal(repo: &RepoDetail, may_with_outputs: bool) -> Option<&'static str> {
    if repo.internal.is_some() {
        Some("It has been signed off")
    } else if repo.researcher.is_none() {
        Some("A researcher has to sign it off first")
    } else if repo.has_github_outputs && !may_with_outputs {
        Some("It has outputs on GitHub: that needs the role Sign Off Repos with Outputs")
    } else {
        None
    }
}

fn notice(notice: Notice) -> Option<NoticeView> {
    match notice {
        Notice::Written(url) => {
            Some(NoticeView { issue: address::on_the_web(&url).map(str::to_owned), is_given_up: false })
        }
        Notice::Waiting => Some(NoticeView { issue: None, is_given_up: false }),
        Notice::GivenUp => Some(NoticeView { issue: None, is_given_up: true }),
        Notice::Unknown => None,
    }
}

/// A year after the first job the code should be public.
pub(super) fn limit(first_run: jiff::Timestamp) -> Option<jiff::Timestamp> {
    first_run.checked_add((365 * 24).hours()).ok()
}
