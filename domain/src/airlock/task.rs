//! What is to be done at GitHub about a release request, or about whatever else has an issue there, as the outbox keeps
//! it: whole, so that it can be done later without asking the database again. The texts are final; who does it only sends
//! them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Repository,
    catalogue::{PENDING_REVIEW, UNDER_REVIEW, WITH_REQUESTER},
    messages::for_slack,
};

/// An issue has at most one of these. Its other labels are left alone.
pub const STATUS_LABELS: [&str; 3] = [PENDING_REVIEW, UNDER_REVIEW, WITH_REQUESTER];

/// The payload of a GitHub message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueTask {
    pub repository: Repository,
    /// What the issue is about, by which it is found: Airlock's id of the release request, which is in the title. Of
    /// another cause its name, which is in the marker alone.
    pub request: String,
    #[serde(flatten)]
    pub operation: Operation,
}

impl IssueTask {
    /// Whether nobody can have written about this request before.
    pub fn is_first(&self) -> bool {
        matches!(self.operation, Operation::Create { .. })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "lowercase")]
pub enum Operation {
    Create {
        issue: NewIssue,
    },
    Comment {
        comment: Comment,
        /// The status label that the issue has afterwards.
        status: Option<String>,
        /// To be created first if there is none.
        issue: NewIssue,
        announcement: Announcement,
    },
    Close {
        comment: Comment,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewIssue {
    pub title: String,
    /// Holds `marker`.
    pub body: String,
    /// Those that the repository has are wanted.
    pub labels: Vec<String>,
    /// By which it is recognised.
    pub marker: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Holds `marker`.
    pub text: String,
    /// By which it is recognised.
    pub marker: String,
}

/// The post that tells the Slack channel of a comment. It is queued together with the comment, and held back for a moment
/// so that it can lead there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Of the post in the outbox.
    pub marker: String,
    pub channel: String,
    /// Plain text, as the two that follow.
    pub subject: String,
    pub lines: String,
}

impl Announcement {
    /// The post as long as nothing is known of the comment.
    pub fn pending(&self) -> Value {
        self.post(&for_slack(&self.subject), "")
    }

    /// The post that leads to the comment, or to nowhere if it has no address.
    pub fn delivered(&self, comment_url: &str) -> Value {
        match comment_url {
            "" => self.pending(),
            url => self.post(&format!("<{}|{}>", for_slack(url), for_slack(&self.subject)), ""),
        }
    }

    /// The post that says why there is no comment yet.
    pub fn failed(&self, error: &str) -> Value {
        let error =
            if error.is_empty() { String::new() } else { format!("\nA GitHub error occurred: {error}") };
        self.post(&for_slack(&self.subject), &for_slack(&error))
    }

    fn post(&self, first_line: &str, end: &str) -> Value {
        let text = format!("{first_line}\n{}{end}", for_slack(&self.lines));
        json!({"channel": self.channel, "text": text})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_leads_to_the_comment_or_says_what_went_wrong() {
        let announcement = Announcement {
            marker: "m".to_owned(),
            channel: "checkers".to_owned(),
            subject: "asthma 01J has been updated".to_owned(),
            lines: "- a <b> & c".to_owned(),
        };
        let url = "https://github.com/o/r/issues/7#issuecomment-1";
        let text = |post: Value| post["text"].as_str().unwrap().to_owned();
        assert_eq!(
            text(announcement.delivered(url)),
            format!("<{url}|asthma 01J has been updated>\n- a &lt;b&gt; &amp; c")
        );
        assert_eq!(text(announcement.pending()), "asthma 01J has been updated\n- a &lt;b&gt; &amp; c");
        assert_eq!(
            text(announcement.failed("GitHub answered 500")),
            "asthma 01J has been updated\n- a &lt;b&gt; &amp; c\nA GitHub error occurred: GitHub answered 500"
        );
        assert_eq!(announcement.failed(""), announcement.pending());
        assert_eq!(announcement.pending()["channel"], "checkers");
    }
}
