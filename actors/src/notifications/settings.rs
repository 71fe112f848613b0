//! How hard messages of each kind are tried. Each kind has its own places, so that one whose service is away does not take
//! those of another.

use std::time::Duration;

use clients::retry::Retry;
use domain::outbox::Kind;

/// How messages are delivered.
#[derive(Debug, Clone)]
pub struct NotificationSettings {
    pub email: Effort,
    pub slack: Effort,
    pub github: Effort,
    /// After so many failed attempts at a comment the post that announces it goes out without a link.
    pub announce_after: i32,
    /// An attempt that takes longer has failed.
    pub time_limit: Duration,
    /// Sender of all mails.
    pub mail_from: String,
    /// Right side of the Message-ID of mails.
    pub message_id_domain: String,
}

/// What one kind of message is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Deliveries at a time; each holds a database connection.
    pub concurrency: usize,
    /// After so many failed attempts a message is given up.
    pub attempts: i32,
    /// Wait after the first failed attempt; doubled after each.
    pub first_retry: Duration,
    pub longest_retry: Duration,
}

impl Effort {
    pub(super) fn retry(&self) -> Retry {
        Retry::new(self.first_retry, self.longest_retry)
    }
}

/// About a day and a half.
const PATIENT: Effort = Effort {
    concurrency: 3,
    attempts: 40,
    first_retry: Duration::from_secs(5),
    longest_retry: Duration::from_secs(3_600),
};

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            email: PATIENT,
            // Slack takes about one message a second to a channel.
            slack: Effort { concurrency: 1, ..PATIENT },
            // About six hours; soon again once GitHub is well, because others wait for the one that is tried.
            github: Effort {
                concurrency: 2,
                attempts: 400,
                first_retry: Duration::from_secs(1),
                longest_retry: Duration::from_secs(60),
            },
            announce_after: 3,
            time_limit: Duration::from_secs(90),
            mail_from: "notifications@jobs.opensafely.org".to_owned(),
            message_id_domain: "jobs.opensafely.org".to_owned(),
        }
    }
}

impl NotificationSettings {
    pub(super) fn effort(&self, kind: Kind) -> Effort {
        match kind {
            Kind::Email => self.email,
            Kind::Slack => self.slack,
            Kind::GitHub => self.github,
        }
    }
}
