//! BackendStatus: asks the RAP controller how the backends are and has the answer written down. Only one process does
//! this at a time.

use std::time::Duration;

use clients::{rap::RapClient, retry::Retry};
use domain::{
    backends::{self, ReportedBackend},
    db::Pool,
};
use serde_json::json;

use crate::supervision::{LeaseHolder, Plan, Turn, Work};

pub(crate) const LEASE: &str = "backend-status";

pub(crate) fn plan(interval: Duration, stand_by: Duration) -> Plan {
    Plan {
        what: "asking the RAP controller about backends",
        interval,
        debounce: Duration::from_secs(1),
        stand_by,
        retry: Retry::new(interval.min(Duration::from_secs(2)), interval.max(Duration::from_secs(30))),
        is_interruptible: false,
    }
}

/// The work: one question, one answer.
pub(crate) struct BackendStatus {
    pub lease: LeaseHolder,
    pub pool: Pool,
    pub rap: RapClient,
    /// The controller's address as configured.
    pub rap_url: String,
}

impl Work for BackendStatus {
    async fn turn(&mut self) -> Result<Turn, String> {
        if !self.lease.hold().await.map_err(|error| error.to_string())? {
            return Ok(Turn::StandBy);
        }
        let answer = self.rap.backend_status().await.map_err(|error| error.to_string())?;
        tracing::debug!(?answer, "the RAP controller's answer about backends");
        let reported: Vec<ReportedBackend> = answer.into_iter().map(reported).collect();
        let applied = self.apply(&reported).await.map_err(|error| error.to_string())?;
        Ok(Turn::Done { detail: json!(applied), again_in: None })
    }

    async fn close(self) {
        self.lease.release().await;
    }
}

impl BackendStatus {
    async fn apply(&self, reported: &[ReportedBackend]) -> domain::Result<backends::Applied> {
        backends::apply_status(&self.pool.get().await?, &self.rap_url, reported).await
    }
}

fn reported(backend: clients::rap::BackendStatus) -> ReportedBackend {
    ReportedBackend {
        slug: backend.slug,
        last_seen: backend.last_seen,
        db_maintenance_on: backend.db_maintenance_on,
        db_maintenance_since: backend.db_maintenance_since,
        raw: backend.raw,
    }
}
