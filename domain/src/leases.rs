//! A lease: the right to do something that only one process may do at a time. It is an advisory lock on a connection of
//! its own, so it ends with the connection: when the holder dies, the next one has it at its next try. It needs a
//! direct connection or a pooler in session mode.

use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_postgres::Client;

use crate::{Error, Result, db::Target, error::chain};

/// First half of the lock's key: keeps our locks apart from other users of advisory locks in the same database.
const LOCK_SPACE: i32 = 0x4A_53_52_56;

/// How long a statement on the lease's connection may take before the lease counts as lost.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// With these the server notices within about ten seconds that the holder's machine has vanished.
const SERVER_KEEPALIVES: &str =
    "-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3";

/// A held lease. Dropping it gives it up.
pub struct Lease {
    name: String,
    client: Client,
    connection: AbortHandle,
}

impl Lease {
    /// Tries to get the lease called `name`; none when another holds it. Opens a connection either way.
    pub async fn try_acquire(target: &Target, name: &str) -> Result<Option<Self>> {
        let (client, connection) = target.with_options(SERVER_KEEPALIVES).connect().await?;
        let connection = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = chain(&error), "the connection of a lease ended");
            }
        })
        .abort_handle();
        let lease = Self { name: name.to_owned(), client, connection };
        let row = bounded(
            lease.client.query_one("SELECT pg_try_advisory_lock($1, hashtext($2))", &[&LOCK_SPACE, &name]),
        )
        .await?;
        Ok(row.get::<_, bool>(0).then_some(lease))
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks the server whether this connection still holds the lock. An error means that it cannot be known, so the
    /// lease must be taken as lost.
    pub async fn is_held(&self) -> Result<bool> {
        let row = bounded(self.client.query_one(
            "SELECT EXISTS (SELECT
                            FROM pg_locks
                            WHERE locktype = 'advisory'
                              AND pid = pg_backend_pid()
                              AND classid::bigint = $1
                              AND objid = hashtext($2)::bit(32)::bigint::oid
                              AND granted)",
            &[&i64::from(LOCK_SPACE), &self.name],
        ))
        .await?;
        Ok(row.get(0))
    }

    /// Gives the lease up now, rather than when the server notices that the connection is gone.
    pub async fn release(self) -> Result<()> {
        bounded(
            self.client.query_one("SELECT pg_advisory_unlock($1, hashtext($2))", &[&LOCK_SPACE, &self.name]),
        )
        .await?;
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

async fn bounded<T>(query: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>) -> Result<T> {
    match tokio::time::timeout(ANSWER_WITHIN, query).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Error::Unavailable("the database did not answer in time".into())),
    }
}
