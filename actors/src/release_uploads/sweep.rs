//! What a crash left: temporary objects of processes that are gone, and bytes of files whose rows say that they are
//! deleted. Looked for at start-up and now and then.

use std::time::Duration;

use clients::{retry::Retry, storage::Storage};
use domain::{db::Pool, uploads};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::supervision::{Plan, Turn, Work};

const EVERY: Duration = Duration::from_secs(3_600);

pub(crate) const FRESHNESS_LIMIT: Duration = Duration::from_secs(3 * 3_600);

/// How far back deletions are looked at again.
const DELETED_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Files looked for at a time.
const PARALLEL: usize = 8;

pub(crate) fn plan() -> Plan {
    Plan {
        what: "sweeping up after uploads",
        interval: EVERY,
        debounce: Duration::from_secs(1),
        stand_by: EVERY,
        retry: Retry::new(Duration::from_secs(1), Duration::from_secs(300)),
        is_interruptible: true,
    }
}

pub(crate) struct Sweep {
    pub pool: Pool,
    pub storage: Storage,
}

impl Work for Sweep {
    async fn turn(&mut self) -> Result<Turn, String> {
        let unfinished = self.storage.sweep().await.map_err(|error| error.to_string())?;
        let since = Timestamp::now() - DELETED_WITHIN;
        let paths = {
            let db = self.pool.get().await.map_err(|error| domain::Error::from(error).to_string())?;
            uploads::left_behind(&db, since).await.map_err(|error| error.to_string())?
        };
        let deleted = paths.len();
        let removals = stream::iter(paths).map(|path| {
            let storage = &self.storage;
            async move { storage.delete(&path).await }
        });
        let failure = removals
            .buffer_unordered(PARALLEL)
            .filter_map(async |outcome| outcome.err())
            .fold(None, async |first, error| first.or(Some(error)))
            .await;
        if let Some(error) = failure {
            return Err(error.to_string());
        }
        if unfinished > 0 {
            tracing::info!(unfinished, "unfinished uploads were swept away");
        }
        let detail = json!({"unfinished_removed": unfinished, "deleted_looked_at": deleted});
        Ok(Turn::Done { detail, again_in: None })
    }
}
