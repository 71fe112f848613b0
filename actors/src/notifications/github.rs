//! Doing at GitHub what a message asks for, in steps of which each may be done again: what is written once (the issue, a
//! comment) is noted before and after, what is set (labels, the state) is simply set. So an attempt that breaks off
//! anywhere, with the process or without it, is made good by the next. What the texts say was decided where the message was
//! queued.

mod labels;
mod writing;

use clients::github::{GitHub, GitHubError, IssueChange, IssueState};
use domain::{
    airlock::{Comment, IssueTask, NewIssue, Operation, STATUS_LABELS, posts},
    db::{Object, Pool},
};

use super::delivery::Failure;
use labels::LabelWatch;

/// Whoever looks after issues.
pub(crate) struct IssueDesk {
    github: GitHub,
    /// For notes that are committed while the message itself is held in another connection.
    pool: Pool,
    labels: LabelWatch,
}

impl IssueDesk {
    pub fn new(github: GitHub, pool: Pool) -> Self {
        Self { github, pool, labels: LabelWatch::default() }
    }

    async fn db(&self) -> Result<Object, Failure> {
        Ok(self.pool.get().await.map_err(domain::Error::from)?)
    }

    /// Does it all, as far as it has not been done. `attempts` have failed before. Returns the address of the comment, if
    /// the task is about one.
    pub async fn perform(&self, task: &IssueTask, attempts: i32) -> Result<Option<String>, Failure> {
        match &task.operation {
            Operation::Create { issue } => self.issue(task, issue, attempts).await.map(|_| None),
            Operation::Comment { comment, status, issue, .. } => {
                let number = self.issue(task, issue, attempts).await?;
                self.labels.check(&self.github, &task.repository).await;
                self.comment(task, number, comment, status.as_deref()).await.map(Some)
            }
            Operation::Close { comment } => self.close(task, comment).await.map(|()| None),
        }
    }

    async fn issue(&self, task: &IssueTask, issue: &NewIssue, attempts: i32) -> Result<u64, Failure> {
        match self.known_issue(task, Some(issue)).await? {
            Some(number) => Ok(number),
            None => self.create(task, issue, attempts).await,
        }
    }

    async fn comment(
        &self,
        task: &IssueTask,
        number: u64,
        comment: &Comment,
        status: Option<&str>,
    ) -> Result<String, Failure> {
        let mut labels = self.other_labels(task, number).await?;
        labels.extend(status.map(str::to_owned));
        let url = self.comment_once(task, number, comment).await?;
        self.change(task, number, IssueChange { labels: Some(labels), state: None }).await?;
        Ok(url)
    }

    async fn close(&self, task: &IssueTask, comment: &Comment) -> Result<(), Failure> {
        let number = self.known_issue(task, None).await?.ok_or_else(|| {
            let repository = &task.repository;
            Failure::refused(format!(
                "{}/{} has no issue for the release request {} that could be closed",
                repository.owner, repository.name, task.request
            ))
        })?;
        let labels = self.other_labels(task, number).await?;
        let closed = IssueChange { labels: Some(labels), state: Some(IssueState::Closed) };
        self.change(task, number, closed).await?;
        self.comment_once(task, number, comment).await?;
        Ok(())
    }

    /// The labels of an issue that say nothing of its status.
    async fn other_labels(&self, task: &IssueTask, number: u64) -> Result<Vec<String>, Failure> {
        let (owner, name) = (&task.repository.owner, &task.repository.name);
        let mut labels = match self.github.issue_labels(owner, name, number).await {
            Err(GitHubError::Response { status: 410, .. }) => {
                // Somebody has deleted it. The next attempt finds or creates another.
                posts::forget_issue(&self.db().await?, &task.repository, &task.request).await?;
                return Err(Failure::passing(format!("issue {number} of {owner}/{name} was deleted")));
            }
            labels => labels?,
        };
        labels.retain(|label| !STATUS_LABELS.iter().any(|status| status.eq_ignore_ascii_case(label)));
        Ok(labels)
    }

    async fn change(&self, task: &IssueTask, number: u64, change: IssueChange) -> Result<(), Failure> {
        let (owner, name) = (&task.repository.owner, &task.repository.name);
        self.github.update_issue(owner, name, number, &change).await?;
        Ok(())
    }
}
