//! Finding and writing issues. In a dry run nothing is written: what would be is printed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{GitHub, GitHubError};
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

#[derive(Deserialize)]
struct Found {
    items: Vec<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    number: u64,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

impl GitHub {
    /// The number of an issue with this text in its title. GitHub's search lags behind: an issue made seconds ago may
    /// be missed.
    pub async fn find_issue(
        &self,
        owner: &str,
        repo: &str,
        title: &str,
        state: Option<IssueState>,
        order: IssueOrder,
    ) -> Result<Option<u64>, GitHubError> {
        let purpose = format!("find the issue {title} of {owner}/{repo}");
        let state = state.map_or_else(String::new, |state| format!(" is:{}", state.as_str()));
        let words = format!("org:{owner} repo:{repo} in:title {title}{state}");
        let order = match order {
            IssueOrder::NewestFirst => "desc",
            IssueOrder::OldestFirst => "asc",
        };
        let query = [("q", words.as_str()), ("sort", "created"), ("order", order), ("per_page", "1")];
        let found: Option<Found> = self.get_json(&purpose, &["search", "issues"], &query).await?;
        Ok(found.and_then(|found| found.items.first().map(|issue| issue.number)))
    }

    /// Names of the labels of an issue.
    pub async fn issue_labels(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
    ) -> Result<Vec<String>, GitHubError> {
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
