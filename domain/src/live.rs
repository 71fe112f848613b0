//! Hearing what other processes commit: a connection of its own that listens to notification channels.
//! What was sent while it was not connected is lost, so whoever listens must read the state again after connecting.

use std::{future::poll_fn, time::Duration};

use tokio::{sync::mpsc, task::AbortHandle};
use tokio_postgres::{AsyncMessage, Client};

use crate::{Error, Result, db::Target};

/// Primary key of a job request that changed, as text.
pub const JOB_REQUEST: &str = "job_request";
/// The outbox has new messages.
pub const OUTBOX: &str = "outbox";
/// There is a reason to ask the controller before the next interval.
pub const RAP_STATUS: &str = "rap_status";

/// How many notifications may wait here before the connection stops reading more.
const WAITING: usize = 1_024;

/// How long a living connection takes to answer at most.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    pub channel: String,
    pub payload: String,
}

/// A connection that listens. Ends with an error as soon as the connection does; connect anew then.
pub struct Listener {
    client: Client,
    heard: mpsc::Receiver<Result<Notification>>,
    connection: AbortHandle,
}

impl Listener {
    /// Connects and listens to `channels`. Everything committed after this returns is heard.
    pub async fn connect(target: &Target, channels: &[&str]) -> Result<Self> {
        let (client, mut connection) = target.connect().await?;
        let (tell, heard) = mpsc::channel(WAITING);
        let connection = tokio::spawn(async move {
            loop {
                let message = match poll_fn(|context| connection.poll_message(context)).await {
                    Some(Ok(AsyncMessage::Notification(message))) => Ok(Notification {
                        channel: message.channel().to_owned(),
                        payload: message.payload().to_owned(),
                    }),
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => Err(Error::from(error)),
                    None => return,
                };
                let is_last = message.is_err();
                if tell.send(message).await.is_err() || is_last {
                    return;
                }
            }
        })
        .abort_handle();
        let listener = Self { client, heard, connection };
        let listen: String = channels.iter().map(|channel| format!("LISTEN \"{channel}\"; ")).collect();
        listener.client.batch_execute(&listen).await?;
        Ok(listener)
    }

    /// The next notification, however long it takes. Safe to drop and call again.
    ///
    /// # Errors
    /// When the connection has ended. One that died without a word never says so: call [`Listener::check`] now and
    /// then.
    pub async fn next(&mut self) -> Result<Notification> {
        match self.heard.recv().await {
            Some(message) => message,
            None => Err(gone("the listening connection has ended")),
        }
    }

    /// Asks the server for a sign of life.
    pub async fn check(&self) -> Result<()> {
        match tokio::time::timeout(ANSWER_WITHIN, self.client.batch_execute("")).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(gone("the listening connection does not answer")),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

fn gone(reason: &str) -> Error {
    Error::Unavailable(reason.into())
}

/// Asks the status loop, wherever it runs, to ask the controller soon.
pub async fn wake_rap_status(db: &impl crate::db::GenericClient) -> Result<()> {
    let notify = db.prepare_cached("SELECT pg_notify('rap_status', '')").await?;
    db.query(&notify, &[]).await?;
    Ok(())
}
