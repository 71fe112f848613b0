//! Messages to the outside world that a commit has caused: written in the transaction of their cause, delivered
//! afterwards, retried until they succeed or are given up. Knows nothing of mail servers or Slack: it hands out one
//! message at a time and records what became of it. A row stays locked while it is being delivered, so a killed process
//! frees it at once and two processes never deliver the same one.

pub mod browse;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Error, Result,
    db::{GenericClient, Object, Transaction},
};

/// The way a message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Payload: `{"template", "to": […], "subject", "bcc"?: […], "reply_to"?, "facts": {…}}`.
    Email,
    /// Payload: `{"channel", "text"}`.
    Slack,
    /// A GitHub issue operation.
    GitHub,
}

impl Kind {
    /// The text of the column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Slack => "slack",
            Self::GitHub => "github",
        }
    }

    fn from_stored(stored: &str) -> Result<Self> {
        match stored {
            "email" => Ok(Self::Email),
            "slack" => Ok(Self::Slack),
            "github" => Ok(Self::GitHub),
            other => Err(Error::Corrupt(format!("an outbox message of the kind {other:?}"))),
        }
    }
}

/// A message to be delivered after the commit.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    pub kind: Kind,
    /// Messages that share a key are delivered one after another, in the order they were queued.
    pub ordering_key: Option<String>,
    pub payload: Value,
    /// Names the cause. A second message with the same marker is not queued.
    pub marker: String,
}

/// Queues messages, to be called in the transaction of their cause. Returns how many were new.
pub async fn enqueue(db: &impl GenericClient, messages: &[NewMessage]) -> Result<u64> {
    if messages.is_empty() {
        return Ok(0);
    }
    let insert = db
        .prepare_cached(
            "INSERT INTO outbox_message (kind, ordering_key, payload, marker)
             SELECT kind, ordering_key, payload, marker
             FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[])
                  WITH ORDINALITY AS message (kind, ordering_key, payload, marker, position)
             ORDER BY position
             ON CONFLICT (marker) DO NOTHING",
        )
        .await?;
    let notify = db.prepare_cached("SELECT pg_notify('outbox', '')").await?;
    let kinds: Vec<&str> = messages.iter().map(|message| message.kind.as_str()).collect();
    let keys: Vec<Option<&str>> = messages.iter().map(|message| message.ordering_key.as_deref()).collect();
    let payloads: Vec<&Value> = messages.iter().map(|message| &message.payload).collect();
    let markers: Vec<&str> = messages.iter().map(|message| message.marker.as_str()).collect();
    let added = db.execute(&insert, &[&kinds, &keys, &payloads, &markers]).await?;
    if added > 0 {
        db.query(&notify, &[]).await?;
    }
    Ok(added)
}

/// Holds back a message that this transaction has queued.
pub async fn postpone(db: &impl GenericClient, marker: &str, by: Duration) -> Result<()> {
    let update = db
        .prepare_cached(
            "UPDATE outbox_message
             SET due_at = clock_timestamp() + make_interval(secs => $2)
             WHERE marker = $1
               AND attempts = 0",
        )
        .await?;
    db.execute(&update, &[&marker, &by.as_secs_f64()]).await?;
    Ok(())
}

/// A message that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: i64,
    pub kind: Kind,
    pub payload: Value,
    pub marker: String,
    /// Failed attempts so far.
    pub attempts: i32,
}

/// A due message, held by an open transaction until one of the three ends is recorded. Dropped without one (a panic, a
/// cancelled task), the message is free again.
pub struct Delivery<'a> {
    pub message: Message,
    transaction: Transaction<'a>,
}

/// Takes the message that has been due for longest, of one of these kinds, passing over what others are delivering and
/// what has to wait for an older message of the same ordering key.
pub async fn take_next<'a>(client: &'a mut Object, kinds: &[Kind]) -> Result<Option<Delivery<'a>>> {
    let transaction = client.transaction().await?;
    let select = transaction
        .prepare_cached(
            "SELECT message.id, message.kind, message.payload, message.marker, message.attempts
             FROM outbox_message AS message
             WHERE message.delivered_at IS NULL
               AND message.dead_at IS NULL
               AND message.due_at <= clock_timestamp()
               AND message.kind = ANY($1)
               AND NOT EXISTS (SELECT
                               FROM outbox_message AS older
                               WHERE older.ordering_key = message.ordering_key
                                 AND older.id < message.id
                                 AND older.delivered_at IS NULL
                                 AND older.dead_at IS NULL)
             ORDER BY message.due_at, message.id
             LIMIT 1
             FOR UPDATE OF message SKIP LOCKED",
        )
        .await?;
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let Some(row) = transaction.query_opt(&select, &[&kinds]).await? else { return Ok(None) };
    let message = Message {
        id: row.get(0),
        kind: Kind::from_stored(row.get(1))?,
        payload: row.get(2),
        marker: row.get(3),
        attempts: row.get(4),
    };
    Ok(Some(Delivery { message, transaction }))
}

/// What the fate of one message means for another that is still to be delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Amendment {
    /// Of the other message.
    pub marker: String,
    /// What it says now.
    pub payload: Value,
    /// Whether it need not be held back any longer.
    pub is_due: bool,
}

impl Delivery<'_> {
    /// Changes another message, together with whatever is recorded of this one. One that has been delivered or given up, or
    /// is being delivered at this moment, stays as it is.
    pub async fn amend(&self, amendment: &Amendment) -> Result<()> {
        let update = self
            .transaction
            .prepare_cached(
                "UPDATE outbox_message
                 SET payload = $2,
                     due_at = CASE WHEN $3 AND attempts = 0 THEN least(due_at, clock_timestamp()) ELSE due_at END
                 WHERE id = (SELECT id
                             FROM outbox_message
                             WHERE marker = $1
                               AND delivered_at IS NULL
                               AND dead_at IS NULL
                             FOR UPDATE SKIP LOCKED)",
            )
            .await?;
        let notify = self.transaction.prepare_cached("SELECT pg_notify('outbox', '')").await?;
        let Amendment { marker, payload, is_due } = amendment;
        let changed = self.transaction.execute(&update, &[marker, payload, is_due]).await?;
        if changed > 0 && *is_due {
            self.transaction.query(&notify, &[]).await?;
        }
        Ok(())
    }

    /// It has been delivered.
    pub async fn delivered(self) -> Result<()> {
        let update = self
            .transaction
            .prepare_cached(
                "UPDATE outbox_message
                 SET delivered_at = clock_timestamp(), attempts = attempts + 1, last_error = NULL
                 WHERE id = $1",
            )
            .await?;
        self.transaction.execute(&update, &[&self.message.id]).await?;
        Ok(self.transaction.commit().await?)
    }

    /// It failed, and is due again at `due_at`.
    pub async fn retry(self, error: &str, due_at: Timestamp) -> Result<()> {
        let update = self
            .transaction
            .prepare_cached(
                "UPDATE outbox_message
                 SET attempts = attempts + 1, last_error = $2, due_at = $3
                 WHERE id = $1",
            )
            .await?;
        self.transaction.execute(&update, &[&self.message.id, &printable(error), &due_at]).await?;
        Ok(self.transaction.commit().await?)
    }

    /// It failed for good. It is kept, with the reason, for people to see.
    pub async fn dead(self, error: &str) -> Result<()> {
        let update = self
            .transaction
            .prepare_cached(
                "UPDATE outbox_message
                 SET attempts = attempts + 1, last_error = $2, dead_at = clock_timestamp()
                 WHERE id = $1",
            )
            .await?;
        self.transaction.execute(&update, &[&self.message.id, &printable(error)]).await?;
        Ok(self.transaction.commit().await?)
    }
}

/// The database takes no NUL in text, and a whole error page is no use to anybody.
fn printable(error: &str) -> String {
    const LONGEST: usize = 2_000;
    error.chars().take(LONGEST).map(|c| if c == '\0' { '\u{FFFD}' } else { c }).collect()
}

/// How full the outbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Depth {
    /// Never tried yet.
    pub waiting: i64,
    /// Tried, failed, to be tried again.
    pub retrying: i64,
    /// Given up.
    pub dead: i64,
}

pub async fn depth(db: &impl GenericClient) -> Result<Depth> {
    depth_of(db, None).await
}

/// How full it is with messages of one kind, or of all.
pub async fn depth_of(db: &impl GenericClient, kind: Option<Kind>) -> Result<Depth> {
    let select = db
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE attempts = 0),
                    count(*) FILTER (WHERE attempts > 0),
                    (SELECT count(*)
                     FROM outbox_message
                     WHERE dead_at IS NOT NULL
                       AND ($1::text IS NULL OR kind = $1))
             FROM outbox_message
             WHERE delivered_at IS NULL
               AND dead_at IS NULL
               AND ($1::text IS NULL OR kind = $1)",
        )
        .await?;
    let row = db.query_one(&select, &[&kind.map(Kind::as_str)]).await?;
    Ok(Depth { waiting: row.get(0), retrying: row.get(1), dead: row.get(2) })
}

/// When the next message of these kinds is due, in the past or to come; none when nothing waits. Messages that have to
/// wait for an older one of their ordering key are not counted. One in the past is being delivered by somebody else.
pub async fn next_due(db: &impl GenericClient, kinds: &[Kind]) -> Result<Option<Timestamp>> {
    let select = db
        .prepare_cached(
            "SELECT message.due_at
             FROM outbox_message AS message
             WHERE message.delivered_at IS NULL
               AND message.dead_at IS NULL
               AND message.kind = ANY($1)
               AND NOT EXISTS (SELECT
                               FROM outbox_message AS older
                               WHERE older.ordering_key = message.ordering_key
                                 AND older.id < message.id
                                 AND older.delivered_at IS NULL
                                 AND older.dead_at IS NULL)
             ORDER BY message.due_at
             LIMIT 1",
        )
        .await?;
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    Ok(db.query_opt(&select, &[&kinds]).await?.map(|row| row.get(0)))
}
