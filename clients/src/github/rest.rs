//! Reading repositories, branches, commits and files.

use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{GitHub, GitHubError, RAW, joined, malformed};

/// Lists are read no further, 100 items a page.
pub(super) const PAGES: usize = 10;

/// A repository as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Repository {
    pub private: bool,
    pub created_at: Option<Timestamp>,
    pub html_url: String,
    #[serde(default)]
    pub topics: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// 40 lower-case hexadecimal digits.
    pub sha: String,
    pub message: Option<String>,
    pub authored_at: Option<Timestamp>,
}

/// A commit as REST gives it; of the inner object nothing is needed for a start.
#[derive(Deserialize)]
struct WireCommit {
    sha: String,
    #[serde(default)]
    commit: Value,
}

#[derive(Deserialize)]
struct WireBranch {
    commit: WireCommit,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl WireCommit {
    fn check(self, purpose: &str) -> Result<Commit, GitHubError> {
        if self.sha.len() != 40 || !self.sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(malformed(purpose, "its commit has no SHA of 40 digits"));
        }
        let text = |pointer| self.commit.pointer(pointer).and_then(Value::as_str);
        Ok(Commit {
            sha: self.sha.to_ascii_lowercase(),
            message: text("/message").map(str::to_owned),
            authored_at: text("/author/date").and_then(|date| date.parse().ok()),
        })
    }
}

impl GitHub {
    /// The repository, `None` if there is none that our token may see.
    pub async fn repo(&self, owner: &str, repo: &str) -> Result<Option<Repository>, GitHubError> {
        let purpose = format!("look up the repository {owner}/{repo}");
        self.get_json(&purpose, &["repos", owner, repo], &[]).await
    }

    /// The newest commit of a branch, `None` if there is no such branch.
    pub async fn branch_head(
        &self,
        owner: &str,
        repo: &str,
        branch: &str,
    ) -> Result<Option<Commit>, GitHubError> {
        let purpose = format!("look up the branch {branch} of {owner}/{repo}");
        let found: Option<WireBranch> =
            self.get_json(&purpose, &["repos", owner, repo, "branches", branch], &[]).await?;
        found.map(|branch| branch.commit.check(&purpose)).transpose()
    }

    /// A commit by its SHA or the beginning of it, `None` if there is none. GitHub takes branch names here as well;
    /// this does not.
    pub async fn commit(&self, owner: &str, repo: &str, sha: &str) -> Result<Option<Commit>, GitHubError> {
        let purpose = format!("look up the commit {sha} of {owner}/{repo}");
        let path = ["repos", owner, repo, "commits", sha];
        // Files come along with a commit, in pages; one is the least.
        let reply = self.get(&purpose, &path, &[("per_page", "1")], super::JSON).await?;
        // 409: an empty repository. 422: nothing has this SHA.
        if matches!(reply.status.as_u16(), 404 | 409 | 422) {
            return Ok(None);
        }
        let found: WireCommit = self.json(&purpose, &reply)?;
        let commit = found.check(&purpose)?;
        Ok(commit.sha.starts_with(&sha.to_ascii_lowercase()).then_some(commit))
    }

    /// Names of the branches, the first thousand; none for a repository that is not there.
    pub async fn branches(&self, owner: &str, repo: &str) -> Result<Vec<String>, GitHubError> {
        let purpose = format!("list the branches of {owner}/{repo}");
        self.names(&purpose, &["repos", owner, repo, "branches"]).await
    }

    /// Names of a repository's labels, the first thousand; none for a repository that is not there.
    pub async fn labels(&self, owner: &str, repo: &str) -> Result<Vec<String>, GitHubError> {
        let purpose = format!("list the labels of {owner}/{repo}");
        self.names(&purpose, &["repos", owner, repo, "labels"]).await
    }

    /// The text of a file at a branch, tag or commit, `None` if it is not there. At most 8 MiB, and UTF-8.
    pub async fn file_at_commit(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        commit: &str,
    ) -> Result<Option<String>, GitHubError> {
        let purpose = format!("read {path} of {owner}/{repo} at {commit}");
        let reply =
            self.get(&purpose, &["repos", owner, repo, "contents", path], &[("ref", commit)], RAW).await?;
        if reply.status.as_u16() == 404 {
            return Ok(None);
        }
        let text = std::str::from_utf8(self.accept(&purpose, &reply)?)
            .map_err(|_| malformed(&purpose, "the file is not UTF-8 text"))?;
        Ok(Some(text.to_owned()))
    }

    /// Whether something is at this path, for folders.
    pub async fn directory_exists(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        commit: &str,
    ) -> Result<bool, GitHubError> {
        let purpose = format!("look for {path} in {owner}/{repo} at {commit}");
        let found: Option<Value> =
            self.get_json(&purpose, &["repos", owner, repo, "contents", path], &[("ref", commit)]).await?;
        Ok(found.is_some())
    }

    /// The `name` of every item, page by page.
    async fn names(&self, purpose: &str, path: &[&str]) -> Result<Vec<String>, GitHubError> {
        let items: Vec<Named> = self.pages(purpose, path, &[], PAGES).await?;
        Ok(items.into_iter().map(|item| item.name).collect())
    }

    /// The items of a list, page by page; none where there is no such list.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        purpose: &str,
        path: &[&str],
        query: &[(&str, &str)],
        most: usize,
    ) -> Result<Vec<T>, GitHubError> {
        joined(path)?;
        let mut all = Vec::new();
        for page in 1..=most {
            let number = page.to_string();
            let mut query = query.to_vec();
            query.extend([("per_page", "100"), ("page", number.as_str())]);
            let reply = self.get(purpose, path, &query, super::JSON).await?;
            if reply.status.as_u16() == 404 {
                break;
            }
            let items: Vec<T> = self.json(purpose, &reply)?;
            all.extend(items);
            if !reply.header("link").is_some_and(|link| link.contains("rel=\"next\"")) {
                break;
            }
        }
        Ok(all)
    }
}
