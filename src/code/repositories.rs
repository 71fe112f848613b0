//! Which repositories and branches a workspace can be made of, and which repositories the public can see.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use clients::github::GitHubError;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::RepoName;
use crate::{app::App, http::error::Error};

/// Pages show a repository's visibility in passing and do not wait long for it.
const VISIBILITY_LIMIT: Duration = Duration::from_secs(3);
/// How long an unknown visibility is believed, of the five minutes for a known one.
const UNKNOWN_FOR: Duration = Duration::from_secs(30);
const KNOWN_FOR: Duration = Duration::from_secs(300);
const LIST_LIMIT: Duration = Duration::from_secs(15);
/// A list of this many branches may be cut.
const BRANCHES_IN_LIST: usize = 100;

/// Repositories of some organisations, sorted by name.
pub type Repositories = Arc<Vec<RepoBranches>>;

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RepoBranches {
    pub name: String,
    pub url: String,
    pub branches: Vec<String>,
    /// There may be more branches than these.
    #[serde(skip)]
    pub is_cut: bool,
}

/// All repositories of the GitHub organisations `orgs`, with their branches.
pub async fn repositories(app: &App, orgs: &[String]) -> Result<Result<Repositories, GitHubError>, Error> {
    let key = orgs.join("\n");
    if let Some(known) = app.code.repositories.get(&key) {
        return Ok(Ok(known));
    }
    let (app_for_work, orgs) = (app.clone(), orgs.to_vec());
    app.in_background(async move {
        let listing =
            try_join_all(orgs.iter().map(|org| app_for_work.github.repositories_with_branches(org)));
        let listed = tokio::time::timeout(LIST_LIMIT, listing)
            .await
            .unwrap_or_else(|_| Err(late("list repositories")))?;
        let mut by_name = BTreeMap::new();
        for repo in listed.into_iter().flatten() {
            let is_cut = repo.branches.len() >= BRANCHES_IN_LIST;
            let entry = RepoBranches { name: repo.name, url: repo.url, branches: repo.branches, is_cut };
            by_name.insert((entry.name.to_lowercase(), entry.url.clone()), entry);
        }
        let repositories: Repositories = Arc::new(by_name.into_values().collect());
        app_for_work.code.repositories.insert(key, repositories.clone());
        Ok(repositories)
    })
    .await
}

/// All branches of a repository, for one that has more than come with the list.
pub async fn branches(app: &App, url: &str) -> Result<Result<Arc<Vec<String>>, GitHubError>, Error> {
    let Some(repo) = RepoName::of_url(url) else { return Ok(Err(GitHubError::BadName(url.to_owned()))) };
    let key = repo.key("");
    if let Some(known) = app.code.branches.get(&key) {
        return Ok(Ok(known));
    }
    let app_for_work = app.clone();
    app.in_background(async move {
        let listing = app_for_work.github.branches(&repo.owner, &repo.name);
        let listed =
            tokio::time::timeout(LIST_LIMIT, listing).await.unwrap_or_else(|_| Err(late("list branches")))?;
        let branches = Arc::new(listed);
        app_for_work.code.branches.insert(key, branches.clone());
        Ok(branches)
    })
    .await
}

/// What GitHub says of one repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepoFacts {
    Known {
        is_private: bool,
        created_at: Option<Timestamp>,
    },
    /// GitHub has none of that name that our token may see.
    Missing,
    /// GitHub cannot be reached, makes no sense or takes too long.
    Unknown,
}

/// Whether a repository is private; none if GitHub does not know it, cannot be reached or takes too long.
pub async fn is_private(app: &App, url: &str) -> Result<Option<bool>, Error> {
    Ok(match facts(app, url).await? {
        RepoFacts::Known { is_private, .. } => Some(is_private),
        RepoFacts::Missing | RepoFacts::Unknown => None,
    })
}

/// What GitHub says of the repository at this address.
pub async fn facts(app: &App, url: &str) -> Result<RepoFacts, Error> {
    let Some(repo) = RepoName::of_url(url) else { return Ok(RepoFacts::Missing) };
    let key = repo.key("");
    if let Some(known) = app.code.facts.get(&key) {
        return Ok(known);
    }
    let app_for_work = app.clone();
    app.in_background(async move {
        let asking = app_for_work.github.repo(&repo.owner, &repo.name);
        let facts = match tokio::time::timeout(VISIBILITY_LIMIT, asking).await {
            Ok(Ok(Some(found))) => {
                RepoFacts::Known { is_private: found.private, created_at: found.created_at }
            }
            Ok(Ok(None)) => RepoFacts::Missing,
            Ok(Err(error)) => {
                tracing::info!(%repo, %error, "GitHub says nothing of a repository");
                RepoFacts::Unknown
            }
            Err(_) => RepoFacts::Unknown,
        };
        match facts {
            RepoFacts::Known { .. } => app_for_work.code.facts.insert(key, facts),
            _ => app_for_work.code.facts.insert_aged(key, facts, KNOWN_FOR - UNKNOWN_FOR),
        }
        facts
    })
    .await
}

fn late(purpose: &str) -> GitHubError {
    GitHubError::Request {
        purpose: purpose.to_owned(),
        cause: format!("no answer within {} seconds", LIST_LIMIT.as_secs()),
    }
}
