//! Writing an issue or a comment once. Before GitHub is asked that is noted and committed; if afterwards nobody knows what
//! came of it (the answer was lost, the process was killed), the next attempt looks for the result at GitHub, and asks again
//! only when the earlier call can no longer take effect.

use std::time::Duration;

use clients::github::{self, FoundIssue, GitHubError, IssueOrder};
use domain::airlock::{
    Comment, IssueTask, NewIssue,
    posts::{self, Answer, Part, Post, Standing},
};
use jiff::Timestamp;

use super::{Failure, IssueDesk};

/// From asking GitHub to the last moment at which that can take effect: our time limit, and the ten seconds after which
/// GitHub gives up on a request.
const EFFECT_WITHIN: Duration = Duration::from_secs(20);

impl IssueDesk {
    /// The number of the request's issue: the one noted, or one found. `new` is what would be created. None when there is
    /// none and it may be created.
    pub(super) async fn known_issue(
        &self,
        task: &IssueTask,
        new: Option<&NewIssue>,
    ) -> Result<Option<u64>, Failure> {
        let post = post(task, Part::Issue);
        let standing = posts::standing(&self.db().await?, post).await?;
        match standing {
            Standing::Written { number, .. } => return Ok(number.and_then(|number| number.try_into().ok())),
            // The first that is heard of a request: there is nothing to find.
            Standing::Unwritten if task.is_first() => return Ok(None),
            Standing::Unwritten | Standing::Unknown { .. } => {}
        }
        if let Some(found) = self.find(task, new.map(|new| new.marker.as_str())).await? {
            self.note_issue(post, found.number, found.html_url.as_deref()).await?;
            return Ok(Some(found.number));
        }
        wait_for(&standing)?;
        Ok(None)
    }

    pub(super) async fn create(
        &self,
        task: &IssueTask,
        issue: &NewIssue,
        attempts: i32,
    ) -> Result<u64, Failure> {
        let repository = &task.repository;
        let labels = match issue.labels.as_slice() {
            [] => Vec::new(),
            wanted => self.labels.existing(&self.github, repository, wanted, attempts).await?,
        };
        let new = github::NewIssue { title: issue.title.clone(), body: issue.body.clone(), labels };
        let post = post(task, Part::Issue);
        self.ask(post).await?;
        match self.github.create_issue(&repository.owner, &repository.name, &new).await {
            Ok(github::Issue { number: Some(number), html_url }) => {
                self.note_issue(post, number, Some(&html_url)).await?;
                Ok(number)
            }
            // A dry run: nothing was written, and there is no number.
            Ok(_) => {
                posts::not_written(&self.db().await?, post, Answer::Refused).await?;
                Ok(0)
            }
            Err(error) => Err(self.not_written(post, error).await?),
        }
    }

    /// Comments, unless that has been done. Returns the comment's address, if GitHub told it.
    pub(super) async fn comment_once(
        &self,
        task: &IssueTask,
        number: u64,
        comment: &Comment,
    ) -> Result<String, Failure> {
        let (owner, name) = (&task.repository.owner, &task.repository.name);
        let post = post(task, Part::Comment(&comment.marker));
        let standing = posts::standing(&self.db().await?, post).await?;
        match standing {
            Standing::Written { url, .. } => return Ok(url.unwrap_or_default()),
            Standing::Unwritten => {}
            Standing::Unknown { .. } => {
                let comments = self.github.issue_comments(owner, name, number).await?;
                let is_it = |body: &String| body.contains(&comment.marker);
                if let Some(found) = comments.into_iter().find(|found| found.body.as_ref().is_some_and(is_it))
                {
                    posts::written(&self.db().await?, post, None, Some(&found.html_url)).await?;
                    return Ok(found.html_url);
                }
                wait_for(&standing)?;
            }
        }
        self.ask(post).await?;
        match self.github.comment_on_issue(owner, name, number, &comment.text).await {
            Ok(url) => {
                posts::written(&self.db().await?, post, None, Some(&url)).await?;
                Ok(url)
            }
            Err(error) => Err(self.not_written(post, error).await?),
        }
    }

    /// The newest issue with the request in its title, or with the marker. Search knows old ones but lags behind, the list
    /// knows new ones at once: only both together can say that there is none.
    async fn find(&self, task: &IssueTask, marker: Option<&str>) -> Result<Option<FoundIssue>, Failure> {
        let (owner, name) = (&task.repository.owner, &task.repository.name);
        let searched =
            self.github.find_issue(owner, name, &task.request, None, IssueOrder::NewestFirst).await;
        match searched {
            Ok(Some(found)) if found.title.is_none() || is_of(&found, &task.request, marker) => {
                return Ok(Some(found));
            }
            Err(error @ GitHubError::RateLimited { .. }) => return Err(error.into()),
            _ => {}
        }
        let newest = self.github.newest_issues(owner, name).await?;
        match newest.into_iter().find(|issue| is_of(issue, &task.request, marker)) {
            Some(found) => Ok(Some(found)),
            None => Ok(searched.map(|_| None)?),
        }
    }

    async fn ask(&self, post: Post<'_>) -> Result<(), Failure> {
        if posts::ask(&self.db().await?, post, EFFECT_WITHIN).await? {
            Ok(())
        } else {
            Err(Failure::passing("another delivery is writing the same to GitHub"))
        }
    }

    async fn note_issue(&self, post: Post<'_>, number: u64, url: Option<&str>) -> Result<(), Failure> {
        let number = i64::try_from(number).map_err(|error| Failure::passing(error.to_string()))?;
        Ok(posts::written(&self.db().await?, post, Some(number), url).await?)
    }

    /// Notes what a failed call says about its effect; the failure.
    async fn not_written(&self, post: Post<'_>, error: GitHubError) -> Result<Failure, Failure> {
        if let Some(answer) = effect(&error) {
            posts::not_written(&self.db().await?, post, answer).await?;
        }
        Ok(error.into())
    }
}

fn post<'a>(task: &'a IssueTask, part: Part<'a>) -> Post<'a> {
    Post { repository: &task.repository, request: &task.request, part }
}

/// Whether an issue is that of a request. Titles may be edited; the request stays in most of them.
fn is_of(issue: &FoundIssue, request: &str, marker: Option<&str>) -> bool {
    let is_request = |word: &str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()) == request;
    let has_marker = |body: &String| marker.is_some_and(|marker| body.contains(marker));
    let title = issue.title.as_deref().unwrap_or_default();
    title.split_whitespace().any(|word| word == request || is_request(word))
        || issue.body.as_ref().is_some_and(has_marker)
}

/// An error while an earlier call can still take effect.
fn wait_for(standing: &Standing) -> Result<(), Failure> {
    let Standing::Unknown { until } = standing else { return Ok(()) };
    let rest = Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default();
    if rest.is_zero() {
        return Ok(());
    }
    let seconds = rest.as_secs() + 1;
    let what = format!(
        "nobody knows yet what came of an earlier call to GitHub; that is clear in {seconds} seconds"
    );
    Err(Failure::early(what, rest))
}

/// What a failed call says about its effect; none if it can still take one.
fn effect(error: &GitHubError) -> Option<Answer> {
    match error {
        GitHubError::Request { .. } => None,
        GitHubError::Response { status: 408 | 502..=504, .. } => None,
        GitHubError::Response { status: 500.., .. } | GitHubError::Malformed { .. } => Some(Answer::Ended),
        GitHubError::Response { .. } | GitHubError::RateLimited { .. } | GitHubError::BadName(_) => {
            Some(Answer::Refused)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(title: &str, body: &str) -> FoundIssue {
        serde_json::from_value(serde_json::json!({"number": 7, "title": title, "body": body})).unwrap()
    }

    #[test]
    fn an_issue_is_known_by_the_request_in_its_title_or_its_marker() {
        let marker = Some("<!-- job-server:release-request:01J -->");
        assert!(is_of(&issue("asthma 01J", ""), "01J", None));
        assert!(is_of(&issue("asthma (01J), urgent", ""), "01J", None));
        assert!(is_of(&issue("renamed", "text\n\n<!-- job-server:release-request:01J -->"), "01J", marker));
        assert!(!is_of(&issue("asthma 01JX", "<!-- job-server:release-request:01JX -->"), "01J", marker));
        assert!(!is_of(&issue("renamed", ""), "01J", None));
    }

    #[test]
    fn only_a_clear_answer_says_that_a_call_has_no_effect() {
        let answered =
            |status| GitHubError::Response { purpose: String::new(), status, message: String::new() };
        assert_eq!(effect(&answered(422)), Some(Answer::Refused));
        assert_eq!(effect(&answered(404)), Some(Answer::Refused));
        assert_eq!(effect(&answered(500)), Some(Answer::Ended));
        assert_eq!(effect(&answered(502)), None);
        let lost = GitHubError::Request { purpose: String::new(), cause: String::new() };
        assert_eq!(effect(&lost), None);
    }

    #[test]
    fn nothing_is_asked_again_while_an_earlier_call_can_take_effect() {
        let soon = Timestamp::now() + Duration::from_secs(9);
        let failure = wait_for(&Standing::Unknown { until: soon }).unwrap_err();
        assert!(failure.not_before > Duration::from_secs(8), "{failure:?}");
        assert!(wait_for(&Standing::Unknown { until: Timestamp::now() - Duration::from_secs(1) }).is_ok());
        assert!(wait_for(&Standing::Unwritten).is_ok());
    }
}
