//! The code that a request for jobs would run: the commit first, then everything at that commit, so that what is shown,
//! stored and run is the same even when somebody pushes meanwhile.

use std::{sync::Arc, time::Duration};

use clients::{
    github::{Commit, GitHub},
    opencodelists::OpenCodelists,
};

use super::{Code, RepoName, codelists::Codelists, definition::Definition, problem::Problem};
use crate::{app::App, http::error::Error};

/// For all calls together.
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// What was found out.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// What was asked for: a commit, the beginning of one, or a branch.
    pub reference: String,
    /// Known as soon as the commit could be resolved, also when the rest could not.
    pub commit: Option<Commit>,
    pub found: Result<Ready, Problem>,
}

/// Code from which jobs can be requested.
#[derive(Debug, Clone)]
pub struct Ready {
    pub definition: Arc<Definition>,
    pub codelists: Codelists,
}

/// Who is asked.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// What is remembered goes before.
    pub code: &'a Code,
    pub github: &'a GitHub,
    pub opencodelists: &'a OpenCodelists,
}

/// The code of a repository at `reference` (a full commit, the beginning of one, or a branch), else at the head of
/// `branch`. Runs to its end in the background, in bounded time.
pub async fn look_up(
    app: &App,
    repo_url: &str,
    branch: &str,
    reference: Option<&str>,
) -> Result<Lookup, Error> {
    let app_for_work = app.clone();
    let (repo_url, branch, reference) =
        (repo_url.to_owned(), branch.to_owned(), reference.map(str::to_owned));
    app.in_background(async move {
        let app = &app_for_work;
        let sources = Sources { code: &app.code, github: &app.github, opencodelists: &app.opencodelists };
        look_up_now(sources, &repo_url, &branch, reference.as_deref()).await
    })
    .await
}

/// The same where nobody else is waiting.
pub async fn look_up_now(
    sources: Sources<'_>,
    repo_url: &str,
    branch: &str,
    reference: Option<&str>,
) -> Lookup {
    match RepoName::of_url(repo_url) {
        Some(repo) => within_limit(sources, &repo, branch, reference).await,
        None => {
            let problem =
                Problem::missing(format!("{repo_url} is not the address of a repository at GitHub"));
            let reference = reference.unwrap_or(branch).to_owned();
            Lookup { reference, commit: None, found: Err(problem) }
        }
    }
}

async fn within_limit(
    sources: Sources<'_>,
    repo: &RepoName,
    branch: &str,
    reference: Option<&str>,
) -> Lookup {
    let Sources { code, github, opencodelists } = sources;
    let mut commit = None;
    let work = async {
        let resolved = resolve(code, github, repo, branch, reference).await?;
        let sha = commit.insert(resolved).sha.as_str();
        let codelists = code.codelists_at(github, opencodelists, repo, sha);
        let definition = code.definitions.at(github, repo, sha);
        let (definition, codelists) = tokio::join!(definition, codelists);
        Ok(Ready { definition: definition?, codelists })
    };
    let late =
        || Problem::unreachable(format!("GitHub did not answer within {} seconds", TIME_LIMIT.as_secs()));
    let found = tokio::time::timeout(TIME_LIMIT, work).await.unwrap_or_else(|_| Err(late()));
    if let Err(problem) = &found {
        tracing::info!(%repo, branch, reference, problem = problem.message, "code cannot be used");
    }
    Lookup { reference: reference.unwrap_or(branch).to_owned(), commit, found }
}

async fn resolve(
    code: &Code,
    github: &GitHub,
    repo: &RepoName,
    branch: &str,
    reference: Option<&str>,
) -> Result<Commit, Problem> {
    let Some(reference) = reference else {
        return match head(code, github, repo, branch).await? {
            Some(commit) => Ok(commit),
            None => Err(without_branch(github, repo, branch).await),
        };
    };
    let is_hex = reference.len() >= 4 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_full_commit(reference)
        && let Some(commit) = head(code, github, repo, reference).await?
    {
        return Ok(commit);
    }
    let commit = if is_hex { github.commit(&repo.owner, &repo.name, reference).await? } else { None };
    commit.ok_or_else(|| Problem::missing(format!("There is no commit or branch '{reference}' in {repo}")))
}

fn is_full_commit(reference: &str) -> bool {
    reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

async fn head(
    code: &Code,
    github: &GitHub,
    repo: &RepoName,
    branch: &str,
) -> Result<Option<Commit>, Problem> {
    let key = repo.key(branch);
    if let Some(known) = code.heads.get(&key) {
        return Ok(Some(known));
    }
    let head = github.branch_head(&repo.owner, &repo.name, branch).await?;
    if let Some(commit) = &head {
        code.heads.insert(key, commit.clone());
    }
    Ok(head)
}

/// Is it the branch that is gone, or the whole repository?
async fn without_branch(github: &GitHub, repo: &RepoName, branch: &str) -> Problem {
    match github.repo(&repo.owner, &repo.name).await {
        Ok(None) => Problem::missing(format!("There is no repository {repo} that this site can see")),
        _ => Problem::missing(format!("Missing branch: '{branch}'")),
    }
}
