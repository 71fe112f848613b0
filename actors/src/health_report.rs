//! HealthReport: writes down every few seconds how the actors of this process are doing, so that the pages of another
//! process can show it. That a process is gone is seen by its silence.

use std::{sync::Arc, time::Duration};

use clients::retry::Retry;
use domain::{actor_health, db::Pool};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::supervision::{HealthBoard, Plan, Turn, Work};

pub(crate) const NAME: &str = "HealthReport";

/// From one report to the next.
const EVERY: Duration = Duration::from_secs(5);

/// An interval and a report, with room.
pub(crate) const FRESHNESS_LIMIT: Duration = Duration::from_secs(60);

/// A report that takes longer has failed, and is stale anyway. Neither does stopping wait longer for a database that is
/// away: silence then says the same as a goodbye.
const WITHIN: Duration = Duration::from_secs(3);

pub(crate) fn plan() -> Plan {
    Plan {
        what: "writing down how the actors are doing",
        interval: EVERY,
        debounce: Duration::ZERO,
        stand_by: EVERY,
        retry: Retry::new(Duration::from_secs(1), Duration::from_secs(15)),
        is_interruptible: false,
    }
}

/// The work: one report.
pub(crate) struct HealthReport {
    pub pool: Pool,
    pub board: HealthBoard,
    pub process: Arc<str>,
}

impl Work for HealthReport {
    async fn turn(&mut self) -> Result<Turn, String> {
        let cells = self.board.snapshot();
        let said: Vec<(&str, Value)> = cells
            .iter()
            .filter(|cell| cell.name != NAME)
            .map(|cell| Ok((cell.name, serde_json::to_value(cell)?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|error| error.to_string())?;
        let reported = timeout(WITHIN, self.report(&said)).await;
        reported.map_err(|_| "the database did not answer".to_owned())?.map_err(|error| error.to_string())?;
        Ok(Turn::Done { detail: json!({"actors": said.len()}), again_in: None })
    }

    async fn close(self) {
        match timeout(WITHIN, self.forget()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the reports of this process stay behind"),
            Err(_) => {
                tracing::debug!("the reports of this process stay behind: the database does not answer")
            }
        }
    }
}

impl HealthReport {
    async fn report(&self, said: &[(&str, Value)]) -> domain::Result<()> {
        actor_health::report(&self.pool.get().await?, &self.process, said).await
    }

    async fn forget(&self) -> domain::Result<()> {
        actor_health::forget(&self.pool.get().await?, &self.process).await
    }
}
