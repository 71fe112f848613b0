//! How the actors of other processes are doing: each process writes down what its own say, any process reads all. Knows
//! nothing of what an actor says; it is kept as it came.

use std::time::Duration;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use serde_json::Value;

use crate::Result;

/// What an actor of some process said last.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// Such as `rapstatus@host:17`.
    pub process: String,
    pub actor: String,
    pub snapshot: Value,
    pub seen_at: Timestamp,
    /// How long ago that was, by the clock of the database.
    pub age: Duration,
}

/// Writes down how the actors of a process are doing, each by its name, and forgets processes that have written nothing for
/// a day. One statement.
pub async fn report(db: &impl GenericClient, process: &str, snapshots: &[(&str, Value)]) -> Result<()> {
    let upsert = db
        .prepare_cached(
            "WITH forgotten AS (
                 DELETE FROM actor_health
                 WHERE seen_at < now() - interval '1 day'
                   AND process <> $1
             )
             INSERT INTO actor_health (process, actor, snapshot)
             SELECT $1, actor, snapshot
             FROM unnest($2::text[], $3::jsonb[]) AS said (actor, snapshot)
             ON CONFLICT (process, actor) DO UPDATE
             SET snapshot = excluded.snapshot, seen_at = excluded.seen_at",
        )
        .await?;
    let (actors, cells): (Vec<&str>, Vec<&Value>) =
        snapshots.iter().map(|(actor, snapshot)| (*actor, snapshot)).unzip();
    db.execute(&upsert, &[&process, &actors, &cells]).await?;
    Ok(())
}

/// Forgets a process that is stopping in order.
pub async fn forget(db: &impl GenericClient, process: &str) -> Result<()> {
    let delete = db.prepare_cached("DELETE FROM actor_health WHERE process = $1").await?;
    db.execute(&delete, &[&process]).await?;
    Ok(())
}

/// What the actors of all processes but this one said last, those of one process together.
pub async fn elsewhere(db: &impl GenericClient, process: &str) -> Result<Vec<Reported>> {
    let select = db
        .prepare_cached(
            "SELECT process, actor, snapshot, seen_at, extract(epoch FROM now() - seen_at)::float8
             FROM actor_health
             WHERE process <> $1
             ORDER BY process, actor",
        )
        .await?;
    let rows = db.query(&select, &[&process]).await?;
    let reported = rows.iter().map(|row| Reported {
        process: row.get(0),
        actor: row.get(1),
        snapshot: row.get(2),
        seen_at: row.get(3),
        age: Duration::try_from_secs_f64(row.get(4)).unwrap_or_default(),
    });
    Ok(reported.collect())
}
