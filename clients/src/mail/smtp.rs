//! Mail over SMTP (RFC 5321), by lettre, over a small pool of connections.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{self, PoolConfig},
};

use super::MailError;
use crate::{Secret, SetupError};

/// For each command; the limit of the whole mail may be shorter.
const COMMAND_WITHIN: Duration = Duration::from_secs(15);
const CONNECTIONS: u32 = 4;

/// The relay does not know us (RFC 4954): that is about the settings, not about the mail, and an operator puts it right.
const NOT_AUTHENTICATED: [u16; 4] = [530, 534, 535, 538];

#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    limit: Duration,
}

impl Smtp {
    /// `smtp://` is plain unless `?tls=required` (or `opportunistic`) is added; `smtps://` is TLS from the start.
    pub(super) fn new(url: &Secret, limit: Duration) -> Result<Self, SetupError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|_| SetupError::Mail("SMTP_URL is not a mail relay's address".to_owned()))?;
        tokio::runtime::Handle::try_current().map_err(|error| SetupError::Mail(error.to_string()))?;
        let pool = PoolConfig::new().max_size(CONNECTIONS);
        let transport = builder.timeout(Some(COMMAND_WITHIN.min(limit))).pool_config(pool).build();
        Ok(Smtp { transport, limit })
    }

    pub(super) async fn send(&self, message: Message) -> Result<(), MailError> {
        match tokio::time::timeout(self.limit, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(MailError::passing("the mail relay gave no answer within the time limit")),
        }
    }
}

/// Only the relay's own "no" to the mail is permanent; a refused connection is neither that nor what lettre calls
/// transient.
fn refusal(error: &smtp::Error) -> MailError {
    let text = if error.is_timeout() {
        "the mail relay gave no answer within the time limit".to_owned()
    } else if error.status().is_some() {
        format!("the mail relay refused the mail: {error}")
    } else {
        format!("the mail relay could not be reached: {error}")
    };
    let is_about_us = error.status().is_some_and(|code| NOT_AUTHENTICATED.contains(&u16::from(code)));
    MailError { permanent: error.is_permanent() && !is_about_us, text }
}
