//! The outbox as people see it: what waits, is retried or was given up, and trying such a message again. What a message says
//! is not read here, only what kind of thing it is: payloads may hold what nobody but the recipient should know.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;

use super::Kind;
use crate::Result;

/// What has become of a message that is not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Never tried yet.
    Waiting,
    /// Tried, failed, to be tried again.
    Retrying,
    /// Given up.
    Dead,
}

impl Standing {
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Retrying, Self::Dead];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::Dead => "dead",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == name)
    }

    fn of(is_dead: bool, is_tried: bool) -> Self {
        match (is_dead, is_tried) {
            (true, _) => Self::Dead,
            (false, true) => Self::Retrying,
            (false, false) => Self::Waiting,
        }
    }
}

/// Messages of one kind with the same standing, together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heap {
    pub kind: Kind,
    pub standing: Standing,
    pub count: i64,
    /// When the oldest and the newest were queued.
    pub oldest: Timestamp,
    pub newest: Timestamp,
}

/// How much is not delivered, by kind and standing. Heaps of nothing are left out.
pub async fn heaps(db: &impl GenericClient) -> Result<Vec<Heap>> {
    let select = db
        .prepare_cached(
            "SELECT kind, is_dead, is_tried, count(*), min(created_at), max(created_at)
             FROM (SELECT kind, false AS is_dead, attempts > 0 AS is_tried, created_at
                   FROM outbox_message
                   WHERE delivered_at IS NULL
                     AND dead_at IS NULL
                   UNION ALL
                   SELECT kind, true, true, created_at
                   FROM outbox_message
                   WHERE dead_at IS NOT NULL) AS message
             GROUP BY kind, is_dead, is_tried
             ORDER BY kind, is_dead, is_tried",
        )
        .await?;
    db.query(&select, &[])
        .await?
        .iter()
        .map(|row| {
            Ok(Heap {
                kind: Kind::from_stored(row.get(0))?,
                standing: Standing::of(row.get(1), row.get(2)),
                count: row.get(3),
                oldest: row.get(4),
                newest: row.get(5),
            })
        })
        .collect()
}

/// A message as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub id: i64,
    pub kind: Kind,
    pub standing: Standing,
    /// The template of a mail, the channel of a post, the operation on an issue; none if the payload does not say.
    pub what: Option<String>,
    /// Recipients of a mail, hidden ones among them.
    pub recipients: Option<i32>,
    /// Names the cause.
    pub marker: String,
    /// Failed attempts so far.
    pub attempts: i32,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
    pub dead_at: Option<Timestamp>,
    /// An older message of the same ordering key has to go first.
    pub is_held_back: bool,
}

/// One page of the messages with this standing, all kinds or one: what was given up last, or what is due first.
pub async fn page(
    db: &impl GenericClient,
    standing: Standing,
    kind: Option<Kind>,
    offset: i64,
) -> Result<Vec<Listed>> {
    // Each half has an index of its own; the one that is not asked for is not run. Payloads are written by us, but one that
    // makes no sense is what people look for here.
    let select = db
        .prepare_cached(
            "WITH chosen AS (
                 (SELECT id
                  FROM outbox_message
                  WHERE $1 = 'dead'
                    AND dead_at IS NOT NULL
                    AND ($2::text IS NULL OR kind = $2)
                  ORDER BY dead_at DESC, due_at, id
                  LIMIT 25 OFFSET $3)
                 UNION ALL
                 (SELECT id
                  FROM outbox_message
                  WHERE $1 <> 'dead'
                    AND delivered_at IS NULL
                    AND dead_at IS NULL
                    AND ($2::text IS NULL OR kind = $2)
                    AND (attempts > 0) = ($1 = 'retrying')
                  ORDER BY due_at, id
                  LIMIT 25 OFFSET $3)
             )
             SELECT message.id, message.kind,
                    left(coalesce(payload ->> 'template', payload ->> 'channel', payload ->> 'operation'), 200),
                    CASE WHEN jsonb_typeof(payload -> 'to') = 'array' THEN jsonb_array_length(payload -> 'to') END,
                    CASE WHEN jsonb_typeof(payload -> 'bcc') = 'array' THEN jsonb_array_length(payload -> 'bcc') END,
                    message.marker, message.attempts, message.last_error, message.created_at, message.due_at,
                    message.dead_at,
                    message.dead_at IS NULL
                        AND EXISTS (SELECT
                                    FROM outbox_message AS older
                                    WHERE older.ordering_key = message.ordering_key
                                      AND older.id < message.id
                                      AND older.delivered_at IS NULL
                                      AND older.dead_at IS NULL)
             FROM chosen
             JOIN outbox_message AS message ON message.id = chosen.id
             ORDER BY message.dead_at DESC, message.due_at, message.id",
        )
        .await?;
    let rows = db.query(&select, &[&standing.as_str(), &kind.map(Kind::as_str), &offset]).await?;
    rows.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<Listed> {
    let attempts: i32 = row.get(6);
    let dead_at: Option<Timestamp> = row.get(10);
    let (to, bcc): (Option<i32>, Option<i32>) = (row.get(3), row.get(4));
    Ok(Listed {
        id: row.get(0),
        kind: Kind::from_stored(row.get(1))?,
        standing: Standing::of(dead_at.is_some(), attempts > 0),
        what: row.get(2),
        recipients: to.map(|to| to + bcc.unwrap_or(0)),
        marker: row.get(5),
        attempts,
        last_error: row.get(7),
        created_at: row.get(8),
        due_at: row.get(9),
        dead_at,
        is_held_back: row.get(11),
    })
}

/// Makes a message due now. One that was given up begins anew, with as many attempts as a new one. None if there is no such
/// message, it has been delivered, or is being delivered at this moment. Returns its marker.
pub async fn retry(db: &impl GenericClient, id: i64) -> Result<Option<String>> {
    let update = db
        .prepare_cached(
            "WITH chosen AS (
                 SELECT id
                 FROM outbox_message
                 WHERE id = $1
                   AND delivered_at IS NULL
                 FOR UPDATE SKIP LOCKED
             ), retried AS (
                 UPDATE outbox_message AS message
                 SET attempts = CASE WHEN message.dead_at IS NULL THEN message.attempts ELSE 0 END,
                     dead_at = NULL,
                     due_at = clock_timestamp()
                 FROM chosen
                 WHERE message.id = chosen.id
                 RETURNING message.marker
             )
             SELECT marker, pg_notify('outbox', '')::text
             FROM retried",
        )
        .await?;
    Ok(db.query_opt(&update, &[&id]).await?.map(|row| row.get(0)))
}

/// Begins anew with all messages of a kind that were given up. Returns how many they are.
pub async fn retry_dead(db: &impl GenericClient, kind: Kind) -> Result<i64> {
    let update = db
        .prepare_cached(
            "WITH retried AS (
                 UPDATE outbox_message
                 SET attempts = 0, dead_at = NULL, due_at = clock_timestamp()
                 WHERE dead_at IS NOT NULL
                   AND kind = $1
                 RETURNING id
             )
             SELECT count(*), pg_notify('outbox', '')::text
             FROM retried",
        )
        .await?;
    Ok(db.query_one(&update, &[&kind.as_str()]).await?.get(0))
}

/// Deletes a message that was given up. None if there is no such message. Returns its marker.
pub async fn discard(db: &impl GenericClient, id: i64) -> Result<Option<String>> {
    let delete = db
        .prepare_cached(
            "DELETE FROM outbox_message
             WHERE id = $1
               AND dead_at IS NOT NULL
             RETURNING marker",
        )
        .await?;
    Ok(db.query_opt(&delete, &[&id]).await?.map(|row| row.get(0)))
}
