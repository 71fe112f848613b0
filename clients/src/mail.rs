//! Sending e-mail: to a relay over SMTP, to Mailgun over HTTP, to standard output, or nowhere. Which one is a setting;
//! what a mail says is the caller's.

mod mailgun;
mod message;
mod settings;
mod smtp;

pub use message::OutgoingMail;
pub use settings::{MailSettings, MailgunSettings};

use std::time::Duration;

use mailgun::Mailgun;
use smtp::Smtp;

use crate::{SetupError, dry_run};

/// How long handing over one mail may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Why a mail was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{text}")]
pub struct MailError {
    /// Whether sending the same mail again is pointless.
    pub permanent: bool,
    pub text: String,
}

impl MailError {
    fn permanent(text: impl Into<String>) -> Self {
        MailError { permanent: true, text: text.into() }
    }

    fn passing(text: impl Into<String>) -> Self {
        MailError { permanent: false, text: text.into() }
    }
}

/// Cheap to clone; clones share their connections.
#[derive(Clone)]
pub enum Mailer {
    /// Prints.
    Console,
    Smtp(Smtp),
    Mailgun(Mailgun),
    /// Drops.
    None,
}

impl Mailer {
    /// For SMTP, to be called where a tokio runtime runs: the pool tends its connections there.
    pub fn new(settings: MailSettings) -> Result<Self, SetupError> {
        Self::with_time_limit(settings, TIME_LIMIT)
    }

    /// The same with another time limit for each mail than 30 seconds.
    pub fn with_time_limit(settings: MailSettings, limit: Duration) -> Result<Self, SetupError> {
        Ok(match settings {
            MailSettings::Console => Mailer::Console,
            MailSettings::Smtp(url) => Mailer::Smtp(Smtp::new(&url, limit)?),
            MailSettings::Mailgun(settings) => Mailer::Mailgun(Mailgun::new(settings, limit)?),
            MailSettings::None => Mailer::None,
        })
    }

    /// Hands the mail over. A mail without recipients is done already. Recipients whose address makes no sense are
    /// left out with a warning, unless there is no other. Never repeated by this client.
    pub async fn send(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        if mail.to.is_empty() && mail.bcc.is_empty() {
            return Ok(());
        }
        let envelope = message::check(mail)?;
        match self {
            Mailer::Console => {
                let message = message::build(mail, envelope)?;
                let text = String::from_utf8_lossy(&message.formatted()).replace("\r\n", "\n");
                dry_run::print(&format!("{text}\n{}", "-".repeat(79)));
                Ok(())
            }
            Mailer::Smtp(smtp) => smtp.send(message::build(mail, envelope)?).await,
            Mailer::Mailgun(mailgun) => mailgun.send(mail, envelope).await,
            Mailer::None => Ok(()),
        }
    }
}
