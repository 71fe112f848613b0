//! One attempt to deliver one message: reading its payload, rendering a mail, handing it to the relay, to Slack or to
//! whoever looks after GitHub. Decides how final a failure is, not when the next attempt is.

use std::{sync::Arc, time::Duration};

use clients::{
    github::GitHubError,
    mail::{MailError, Mailer, OutgoingMail},
    slack::{Slack, SlackError},
};
use domain::{
    airlock::{IssueTask, Operation},
    outbox::{Amendment, Kind, Message},
};
use serde::Deserialize;
use serde_json::Value;

use super::github::IssueDesk;

/// A mail as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedEmail {
    pub text: String,
    pub html: String,
}

/// Turns the name of a template and the facts of a message into a mail. An error is a sentence.
pub type RenderEmail = Arc<dyn Fn(&str, &Value) -> Result<RenderedEmail, String> + Send + Sync>;

/// A relay that refuses for good may be misconfigured for a while, so it is asked a few times.
const ATTEMPTS_WHEN_REFUSED: i32 = 3;

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub what: String,
    /// There must be no other attempt before this.
    pub not_before: Duration,
    /// The other side wants nothing at all from us until then.
    pub is_for_all: bool,
    finality: Finality,
}

#[derive(Debug)]
enum Finality {
    Passing,
    Refused,
    /// No attempt can ever succeed.
    Hopeless,
}

impl Failure {
    pub fn passing(what: impl Into<String>) -> Self {
        Self { what: what.into(), not_before: Duration::ZERO, is_for_all: false, finality: Finality::Passing }
    }

    /// It would be too early to try again now.
    pub fn early(what: impl Into<String>, not_before: Duration) -> Self {
        Self { not_before, ..Self::passing(what) }
    }

    fn limited(what: impl Into<String>, retry_after: Duration) -> Self {
        Self { not_before: retry_after, is_for_all: true, ..Self::passing(what) }
    }

    pub fn refused(what: impl Into<String>) -> Self {
        Self { finality: Finality::Refused, ..Self::passing(what) }
    }

    fn hopeless(what: impl Into<String>) -> Self {
        Self { finality: Finality::Hopeless, ..Self::passing(what) }
    }

    /// How many attempts a message that fails like this is worth, where an ordinary failure is worth `usual`.
    pub fn attempts(&self, usual: i32) -> i32 {
        match self.finality {
            Finality::Passing => usual,
            Finality::Refused => usual.min(ATTEMPTS_WHEN_REFUSED),
            Finality::Hopeless => 1,
        }
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        if error.permanent { Self::refused(error.text) } else { Self::passing(error.text) }
    }
}

impl From<SlackError> for Failure {
    fn from(error: SlackError) -> Self {
        match &error {
            SlackError::NotConfigured => Self::hopeless(error.to_string()),
            SlackError::RateLimited { retry_after } => Self::limited(error.to_string(), *retry_after),
            _ if error.is_permanent() => Self::refused(error.to_string()),
            _ => Self::passing(error.to_string()),
        }
    }
}

impl From<GitHubError> for Failure {
    fn from(error: GitHubError) -> Self {
        match &error {
            GitHubError::RateLimited { retry_after, .. } => Self::limited(error.to_string(), *retry_after),
            GitHubError::BadName(_) => Self::hopeless(error.to_string()),
            // A token or a right that is missing today may be there in an hour.
            GitHubError::Response { status: 401 | 403 | 404 | 408 | 409, .. } => {
                Self::passing(error.to_string())
            }
            GitHubError::Response { status: 400..=499, .. } => Self::refused(error.to_string()),
            _ => Self::passing(error.to_string()),
        }
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        Self::passing(error.to_string())
    }
}

#[derive(Deserialize)]
struct EmailPayload {
    template: String,
    to: Vec<String>,
    #[serde(default)]
    bcc: Vec<String>,
    reply_to: Option<String>,
    subject: String,
    facts: Value,
}

#[derive(Deserialize)]
struct SlackPayload {
    channel: String,
    text: String,
}

/// The ways out of the house.
pub(crate) struct Deliverer {
    pub mailer: Mailer,
    pub slack: Slack,
    pub issues: IssueDesk,
    pub render_email: RenderEmail,
    pub mail_from: String,
    pub message_id_domain: String,
}

impl Deliverer {
    /// Returns what that means for another message, if anything.
    pub async fn deliver(&self, message: &Message) -> Result<Option<Amendment>, Failure> {
        match message.kind {
            Kind::Email => {
                let mail = self.mail(read(&message.payload)?, &message.marker)?;
                self.mailer.send(&mail).await?;
                Ok(None)
            }
            Kind::Slack => {
                let SlackPayload { channel, text } = read(&message.payload)?;
                self.slack.post(&channel, &text).await?;
                Ok(None)
            }
            Kind::GitHub => {
                let task: IssueTask = read(&message.payload)?;
                let url = self.issues.perform(&task, message.attempts).await?;
                Ok(match task.operation {
                    Operation::Comment { announcement, .. } => Some(Amendment {
                        payload: announcement.delivered(url.as_deref().unwrap_or_default()),
                        marker: announcement.marker,
                        is_due: true,
                    }),
                    Operation::Create { .. } | Operation::Close { .. } => None,
                })
            }
        }
    }

    fn mail(&self, payload: EmailPayload, marker: &str) -> Result<OutgoingMail, Failure> {
        let rendered = (self.render_email)(&payload.template, &payload.facts)
            .map_err(|error| Failure::passing(format!("the mail could not be rendered: {error}")))?;
        Ok(OutgoingMail {
            from: self.mail_from.clone(),
            to: payload.to,
            bcc: payload.bcc,
            reply_to: payload.reply_to,
            subject: payload.subject,
            text: rendered.text,
            html: Some(rendered.html),
            message_id: Some(message_id(marker, &self.message_id_domain)),
        })
    }
}

/// What a failure of `message` means for another one: a post that announces a comment says why it leads nowhere, and
/// waits no longer if `is_due`.
pub(super) fn after_failure(message: &Message, failure: &Failure, is_due: bool) -> Option<Amendment> {
    if message.kind != Kind::GitHub {
        return None;
    }
    let task: IssueTask = read(&message.payload).ok()?;
    let Operation::Comment { announcement, .. } = task.operation else { return None };
    Some(Amendment { payload: announcement.failed(&failure.what), marker: announcement.marker, is_due })
}

fn read<'a, P: Deserialize<'a>>(payload: &'a Value) -> Result<P, Failure> {
    P::deserialize(payload).map_err(|error| Failure::hopeless(format!("the payload makes no sense: {error}")))
}

/// The same for every attempt, so that a mail that was accepted just before a crash, and is sent again after it, can be
/// recognised. What RFC 5322 does not allow in the left side becomes a dot.
fn message_id(marker: &str, domain: &str) -> String {
    let left: String =
        marker.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '.' }).collect();
    format!("<{left}@{domain}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_follows_from_the_marker() {
        assert_eq!(
            message_id("job-finished:abc:2025-11-03T09:06:10Z", "example.org"),
            "<job-finished.abc.2025-11-03T09.06.10Z@example.org>"
        );
    }

    #[test]
    fn the_more_final_a_failure_the_fewer_attempts_it_is_worth() {
        assert_eq!(Failure::passing("").attempts(40), 40);
        assert_eq!(Failure::from(MailError { permanent: true, text: String::new() }).attempts(40), 3);
        assert_eq!(Failure::from(SlackError::NotConfigured).attempts(40), 1);
        let limited = SlackError::RateLimited { retry_after: Duration::from_secs(7) };
        assert_eq!(Failure::from(limited).not_before, Duration::from_secs(7));
        let answered =
            |status| GitHubError::Response { purpose: String::new(), status, message: String::new() };
        for (status, attempts) in [(500, 40), (404, 40), (401, 40), (422, 3)] {
            assert_eq!(Failure::from(answered(status)).attempts(40), attempts, "{status}");
        }
        let limited =
            GitHubError::RateLimited { retry_after: Duration::from_secs(7), message: String::new() };
        let limited = Failure::from(limited);
        assert_eq!((limited.not_before, limited.is_for_all), (Duration::from_secs(7), true));
    }
}
