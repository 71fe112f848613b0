//! Repositories of the platform's organisation that are private although jobs have been run in them for long.

use std::collections::HashMap;

use clients::github::ListedRepository;
use domain::{
    repos,
    views::staff_dashboards::{self, OldRepo},
};
use serde::Serialize;

use super::{
    Dashboard,
    cells::{self, Link, Links, yes_or_no},
    page,
    visibility::Trouble,
};
use crate::{
    app::App,
    code,
    http::{
        error::{Error, PageResult},
        times::Moment,
        words::counted,
    },
    staff::{Staff, addresses},
};

/// The organisation whose repositories they are.
const ORG: &str = "opensafely";
/// Marks repositories that no study lives in.
const NON_RESEARCH: &str = "non-research";
/// Marks repositories whose releases carry outputs.
const WITH_RELEASES: &str = "github-releases";

#[derive(Serialize)]
struct View {
    total: String,
    troubles: Vec<Trouble>,
    rows: Vec<Row>,
    /// GitHub told which repositories there are.
    is_known: bool,
}

#[derive(Serialize)]
struct Row {
    repo: Link,
    projects: Links,
    workspaces: Links,
    contact: Link,
    contact_email: String,
    created: Option<Moment>,
    first_run: Moment,
    has_outputs: &'static str,
    sign_offs: String,
}

/// `GET /staff/dashboards/repos/`
pub async fn show(app: App, staff: Staff) -> PageResult {
    page(&app, &staff, Dashboard::PrivateRepos, view(&app)).await
}

async fn view(app: &App) -> Result<View, Error> {
    let known = code::listing(app, ORG.to_owned()).await;
    let listed = known.listing.as_ref().map_or(&[][..], |listing| &listing.repositories);
    let has_topic = |listed: &ListedRepository, topic: &str| listed.topics.iter().any(|one| one == topic);
    let private: Vec<&ListedRepository> =
        listed.iter().filter(|listed| listed.is_private && !has_topic(listed, NON_RESEARCH)).collect();
    let keys: Vec<String> = private.iter().map(|listed| repos::key(&listed.url)).collect();
    let old = staff_dashboards::in_use_for_long(&app.db().await?, &keys).await?;
    let mut old: HashMap<String, OldRepo> = old.into_iter().map(|repo| (repo.key.clone(), repo)).collect();
    let rows: Vec<Row> = private
        .into_iter()
        .zip(keys)
        .filter_map(|(listed, key)| Some(row(listed, &old.remove(&key)?, has_topic(listed, WITH_RELEASES))))
        .collect();
    Ok(View {
        total: counted(rows.len(), "repository", "repositories"),
        troubles: Trouble::of(&known).into_iter().collect(),
        rows,
        is_known: known.listing.is_some(),
    })
}

fn row(listed: &ListedRepository, repo: &OldRepo, has_outputs: bool) -> Row {
    Row {
        repo: Link { text: listed.name.clone(), url: addresses::repo(&repo.url) },
        projects: cells::projects(&repo.projects),
        workspaces: cells::workspaces(&repo.workspaces),
        contact: Link::person(&repo.contact),
        contact_email: repo.contact_email.clone(),
        created: listed.created_at.map(Moment::date),
        first_run: Moment::date(repo.first_job_at),
        has_outputs: yes_or_no(has_outputs),
        sign_offs: format!("{}/{}", repo.signed_off, repo.workspaces.len()),
    }
}
