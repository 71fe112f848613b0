//! Finding and writing issues. In a dry run nothing is written: what would be is printed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{GitHub, GitHubError, rest::PAGES};
use crate::dry_run;

/// A new issue. Labels that the repository lacks would be made: name existing ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewIssue {
    pub title: String,
    pub body: String,
    pub labels: Vec<String>,
}

/// An issue that was written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Issue {
    /// Absent in a dry run.
    pub number: Option<u64>,
    pub html_url: String,
}

/// What to change; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssueChange {
    pub state: Option<IssueState>,
    /// These replace all labels of the issue.
    pub labels: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueState {
    Open,
    Closed,
}

impl IssueState {
    fn as_str(self) -> &'static str {
        match self {
            IssueState::Open => "open",
            IssueState::Closed => "closed",
        }
    }
}

/// Which of several issues with the same words in their titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueOrder {
    NewestFirst,
    OldestFirst,
}

/// An issue that is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FoundIssue {
    pub number: u64,
    pub title: Option<String>,
    pub html_url: Option<String>,
    pub body: Option<String>,
    /// GitHub lists pull requests among issues.
    #[serde(default)]
    pull_request: Option<Value>,
}

/// A comment on an issue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IssueComment {
    pub html_url: String,
    #[serde(default)]
    pub body: Option<String>,
}

/// Of the newest issues of a repository at most this many are read, 100 a page.
const NEWEST_PAGES: usize = 3;

#[derive(Deserialize)]
struct Found {
    items: Vec<FoundIssue>,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

impl GitHub {
    /// An issue with these words in its title. GitHub's search lags behind: an issue made seconds ago may be missed, and
    /// words may be found in another order, so look at what comes.
    pub async fn find_issue(
        &self,
        owner: &str,
        repo: &str,
        title: &str,
        state: Option<IssueState>,
        order: IssueOrder,
    ) -> Result<Option<FoundIssue>, GitHubError> {
        let purpose = format!("find the issue {title} of {owner}/{repo}");
        let state = state.map_or_else(String::new, |state| format!(" is:{}", state.as_str()));
        let words = format!("repo:{owner}/{repo} is:issue in:title {title}{state}");
        let order = match order {
            IssueOrder::NewestFirst => "desc",
            IssueOrder::OldestFirst => "asc",
        };
        let query = [("q", words.as_str()), ("sort", "created"), ("order", order), ("per_page", "1")];
        let found: Option<Found> = self.get_json(&purpose, &["search", "issues"], &query).await?;
        Ok(found.and_then(|found| found.items.into_iter().next()))
    }

    /// The newest issues, open or closed, newest first, the first 300; none for a repository that is not there. Unlike a
    /// search, this does not lag behind.
    pub async fn newest_issues(&self, owner: &str, repo: &str) -> Result<Vec<FoundIssue>, GitHubError> {
        let purpose = format!("list the issues of {owner}/{repo}");
        let query = [("state", "all"), ("sort", "created"), ("direction", "desc")];
        let path = ["repos", owner, repo, "issues"];
        let mut issues: Vec<FoundIssue> = self.pages(&purpose, &path, &query, NEWEST_PAGES).await?;
        issues.retain(|issue| issue.pull_request.is_none());
        Ok(issues)
    }

    /// The comments on an issue, oldest first, the first thousand; none for an issue that is not there.
    pub async fn issue_comments(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
    ) -> Result<Vec<IssueComment>, GitHubError> {
        let purpose = format!("list the comments on issue {number} of {owner}/{repo}");
        let path = ["repos", owner, repo, "issues", &number.to_string(), "comments"];
        self.pages(&purpose, &path, &[], PAGES).await
    }

    /// Names of the labels of an issue. None in a dry run: what was not written has none.
    pub async fn issue_labels(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
    ) -> Result<Vec<String>, GitHubError> {
        if self.0.dry_run {
            return Ok(Vec::new());
        }
        let purpose = format!("list the labels of issue {number} of {owner}/{repo}");
        let path = ["repos", owner, repo, "issues", &number.to_string(), "labels"];
        let reply = self.get(&purpose, &path, &[("per_page", "100")], super::JSON).await?;
        let labels: Vec<Label> = self.json(&purpose, &reply)?;
        Ok(labels.into_iter().map(|label| label.name).collect())
    }

    /// Writes a new issue. Never repeated by this client: a second attempt could make a second issue.
    pub async fn create_issue(
        &self,
        owner: &str,
        repo: &str,
        issue: &NewIssue,
    ) -> Result<Issue, GitHubError> {
        if self.0.dry_run {
            return Ok(printed(
                &format!("New issue in {owner}/{repo}: {}", issue.title),
                &format!("{}\nLabels: {}", issue.body, issue.labels.join(", ")),
                "http://example.com",
            ));
        }
        let purpose = format!("create an issue in {owner}/{repo}");
        self.post_json(&purpose, &["repos", owner, repo, "issues"], &json!(issue)).await
    }

    /// Adds a comment; its `html_url` is that of the comment.
    pub async fn comment_on_issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        body: &str,
    ) -> Result<String, GitHubError> {
        if self.0.dry_run {
            let heading = format!("Comment on issue {number} of {owner}/{repo}");
            return Ok(printed(&heading, body, "http://example.com/issues/comment").html_url);
        }
        let purpose = format!("comment on issue {number} of {owner}/{repo}");
        let path = ["repos", owner, repo, "issues", &number.to_string(), "comments"];
        let comment: Comment = self.post_json(&purpose, &path, &json!({"body": body})).await?;
        Ok(comment.html_url)
    }

    /// Opens or closes an issue, or replaces its labels.
    pub async fn update_issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        change: &IssueChange,
    ) -> Result<Issue, GitHubError> {
        let mut body = Map::new();
        if let Some(state) = change.state {
            body.insert("state".to_owned(), Value::from(state.as_str()));
        }
        if let Some(labels) = &change.labels {
            body.insert("labels".to_owned(), Value::from(labels.clone()));
        }
        let body = Value::Object(body);
        if self.0.dry_run {
            let heading = format!("Change of issue {number} of {owner}/{repo}");
            return Ok(printed(&heading, &body.to_string(), "http://example.com/issues/closed"));
        }
        let purpose = format!("change issue {number} of {owner}/{repo}");
        self.post_json(&purpose, &["repos", owner, repo, "issues", &number.to_string()], &body).await
    }
}

#[derive(Deserialize)]
struct Comment {
    html_url: String,
}

/// Prints what is not sent, in one write, and gives a stand-in for the answer.
fn printed(heading: &str, text: &str, html_url: &str) -> Issue {
    dry_run::print(&format!("\n{heading}\n{text}\n"));
    tracing::info!(heading, "printed instead of sent to GitHub");
    Issue { number: None, html_url: html_url.to_owned() }
}
