//! Mail over SMTP (RFC 5321), by lettre, over a small pool of connections.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{self, PoolConfig},
};

use super::MailError;
use crate::{Secret, SetupError};

const COMMAND_TIMEOUT: Duration = Duration::from_secs(15);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(45);
const CONNECTIONS: u32 = 4;

#[derive(Clone)]
pub struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// `smtp://` is plain unless `?tls=required` (or `opportunistic`) is added; `smtps://` is TLS from the start.
    pub(super) fn new(url: &Secret) -> Result<Self, SetupError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|_| SetupError::Mail("SMTP_URL is not a mail relay's address".to_owned()))?;
        tokio::runtime::Handle::try_current().map_err(|error| SetupError::Mail(error.to_string()))?;
        let pool = PoolConfig::new().max_size(CONNECTIONS);
        Ok(Smtp(builder.timeout(Some(COMMAND_TIMEOUT)).pool_config(pool).build()))
    }

    pub(super) async fn send(&self, message: Message) -> Result<(), MailError> {
        match tokio::time::timeout(TOTAL_TIMEOUT, self.0.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(MailError::passing("the mail relay gave no answer within the time limit")),
        }
    }
}

/// Only the relay's own "no" is permanent; a refused connection is neither that nor what lettre calls transient.
fn refusal(error: &smtp::Error) -> MailError {
    let text = if error.is_timeout() {
        "the mail relay gave no answer within the time limit".to_owned()
    } else if error.status().is_some() {
        format!("the mail relay refused the mail: {error}")
    } else {
        format!("the mail relay could not be reached: {error}")
    };
    MailError { permanent: error.is_permanent(), text }
}
