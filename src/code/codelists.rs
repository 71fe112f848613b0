//! Whether the codelists in a repository are those that OpenCodelists publishes. Without a good verdict the actions that
//! read the database cannot be requested, all others can.

use std::time::Duration;

use clients::{github::GitHub, opencodelists::OpenCodelists};

use super::{Code, RepoName};

/// Time for the whole check, less than what the page allows itself, so that the pipeline is shown in any case.
const TIME_LIMIT: Duration = Duration::from_secs(9);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codelists {
    Ok,
    /// Published codelists have changed, or the manifest does not fit.
    OutOfDate,
    /// The folder is there but not what belongs in it.
    Incomplete(String),
    /// No verdict, for this reason.
    Unknown(String),
}

impl Codelists {
    pub fn is_ok(&self) -> bool {
        *self == Codelists::Ok
    }
}

impl Code {
    /// The verdict on the codelists of a repository at a full commit. Verdicts are kept for a minute, failures not.
    pub(super) async fn codelists_at(
        &self,
        github: &GitHub,
        opencodelists: &OpenCodelists,
        repo: &RepoName,
        sha: &str,
    ) -> Codelists {
        let key = repo.key(sha);
        if let Some(known) = self.codelists.get(&key) {
            return known;
        }
        let verdict = match tokio::time::timeout(TIME_LIMIT, check(github, opencodelists, repo, sha)).await {
            Ok(verdict) => verdict,
            Err(_) => {
                Codelists::Unknown(format!("There was no answer within {} seconds.", TIME_LIMIT.as_secs()))
            }
        };
        match &verdict {
            Codelists::Unknown(reason) => tracing::warn!(%repo, reason, "codelists cannot be checked"),
            _ => self.codelists.insert(key, verdict.clone()),
        }
        verdict
    }
}

async fn check(github: &GitHub, opencodelists: &OpenCodelists, repo: &RepoName, sha: &str) -> Codelists {
    let file = |path| github.file_at_commit(&repo.owner, &repo.name, path, sha);
    let files = tokio::try_join!(file("codelists/codelists.txt"), file("codelists/codelists.json"));
    let (text, manifest) = match files {
        Ok((Some(text), Some(manifest))) => (text, manifest),
        Ok(_) => return without_files(github, repo, sha).await,
        Err(error) => return Codelists::Unknown(error.to_string()),
    };
    match opencodelists.check(&text, &manifest).await {
        Ok(status) if status == "ok" => Codelists::Ok,
        Ok(_) => Codelists::OutOfDate,
        Err(error) => Codelists::Unknown(error.to_string()),
    }
}

/// A repository without a folder of codelists needs none; one with a folder must have both files in it.
async fn without_files(github: &GitHub, repo: &RepoName, sha: &str) -> Codelists {
    match github.directory_exists(&repo.owner, &repo.name, "codelists", sha).await {
        Ok(false) => Codelists::Ok,
        Ok(true) => Codelists::Incomplete("Could not find codelists.txt or codelists.json".to_owned()),
        Err(error) => Codelists::Unknown(error.to_string()),
    }
}
