//! RapStatus: asks the RAP controller how all active job requests are and has the answer written down. One call a cycle,
//! also when there is nothing to ask: the controller compares the list with its own, and its operators watch that the
//! calls keep coming. Only one process does this at a time.

use std::time::Duration;

use clients::{rap::RapClient, retry::Retry};
use domain::{
    db::{Object, Pool, Timeouts},
    rap::{self, ReportedJob, StatusAnswer},
};
use serde_json::json;

use crate::supervision::{HealthCell, LeaseHolder, Plan, Turn, Work};

pub(crate) const LEASE: &str = "rap-status";

pub(crate) fn plan(interval: Duration, debounce: Duration, stand_by: Duration) -> Plan {
    Plan {
        what: "asking the RAP controller about jobs",
        interval,
        debounce,
        stand_by,
        retry: Retry::new(interval.min(Duration::from_secs(2)), interval.max(Duration::from_secs(30))),
        is_interruptible: false,
    }
}

/// The work: one cycle.
pub(crate) struct RapStatus {
    pub lease: LeaseHolder,
    pub pool: Pool,
    pub rap: RapClient,
    pub health: HealthCell,
}

impl Work for RapStatus {
    async fn turn(&mut self) -> Result<Turn, String> {
        if !self.lease.hold().await.map_err(|error| error.to_string())? {
            return Ok(Turn::StandBy);
        }
        let active = self.active().await.map_err(|error| error.to_string())?;
        tracing::info!(count = active.ids.len(), "asking the RAP controller about active job requests");
        let answer = self.rap.status(&active.ids).await.map_err(|error| error.to_string())?;
        let malformed = answer.malformed.len();
        if let Some(first) = answer.malformed.first() {
            tracing::error!(count = malformed, first, "parts of the RAP controller's answer make no sense");
            self.health.note_failure(&format!("{malformed} parts of the answer make no sense: {first}"));
        }
        let applied = self.apply(&active.ids, answer).await.map_err(|error| error.to_string())?;
        if let Some((rap_id, reason)) = applied.failed.first() {
            let count = applied.failed.len();
            self.health
                .note_failure(&format!("{count} job requests could not be written: {rap_id}: {reason}"));
        }
        let detail = json!({
            "active": active.ids.len(),
            "malformed_ids": active.malformed.len(),
            "created": applied.created.len(),
            "updated": applied.updated.len(),
            "completed": applied.completed.len(),
            "status_changes": applied.status_changes,
            "messages": applied.messages,
            "unrecognised": applied.unrecognised.len(),
            "malformed_jobs": malformed,
            "not_written": applied.failed.len(),
        });
        Ok(Turn::Done { detail, again_in: None })
    }

    async fn close(self) {
        self.lease.release().await;
    }
}

impl RapStatus {
    async fn active(&self) -> domain::Result<rap::ActiveIds> {
        rap::active_rap_ids(&self.pool.get().await?).await
    }

    async fn apply(
        &self,
        requested: &[String],
        answer: clients::rap::StatusAnswer,
    ) -> domain::Result<rap::Applied> {
        let mut connections = vec![self.pool.get().await?];
        // A second one halves the time of a long answer, and is not worth waiting for.
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..self.pool.timeouts() };
        connections.extend(self.pool.timeout_get(&at_once).await.ok());
        apply_status(&mut connections, requested, answer).await
    }
}

/// Writes down what the controller said about the job requests it was asked about.
pub async fn apply_status(
    connections: &mut [Object],
    requested: &[String],
    answer: clients::rap::StatusAnswer,
) -> domain::Result<rap::Applied> {
    let answer = StatusAnswer {
        jobs: answer.jobs.into_iter().map(reported).collect(),
        unrecognised: answer.unrecognised,
    };
    rap::apply_status(connections, requested, &answer).await
}

fn reported(job: clients::rap::ReportedJob) -> ReportedJob {
    ReportedJob {
        rap_id: job.rap_id,
        identifier: job.identifier,
        action: job.action,
        run_command: job.run_command,
        status: job.status,
        status_code: job.status_code,
        status_message: job.status_message,
        created_at: job.created_at,
        updated_at: job.updated_at,
        started_at: job.started_at,
        completed_at: job.completed_at,
        trace_context: job.trace_context,
        metrics: job.metrics,
    }
}
