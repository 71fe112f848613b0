//! One job as the controller reports it, and the codes it walks through.

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

/// The fine-grained status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    Created,
    Paused,
    WaitingDbMaintenance,
    WaitingOnDependencies,
    WaitingOnWorkers,
    WaitingOnDbWorkers,
    WaitingOnReboot,
    Initiated,
    Preparing,
    Prepared,
    Executing,
    Executed,
    Finalizing,
    Finalized,
    Succeeded,
    DependencyFailed,
    NonzeroExit,
    CancelledByUser,
    UnmatchedPatterns,
    InternalError,
    KilledByAdmin,
    JobError,
}

impl Code {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        self.described().1
    }

    /// `pending`, `running`, `succeeded` or `failed`.
    pub fn status(self) -> &'static str {
        self.described().0
    }

    /// Whether it will still change.
    pub fn is_active(self) -> bool {
        matches!(self.status(), "pending" | "running")
    }

    /// What the job page shows beside it.
    pub(crate) fn message(self) -> &'static str {
        self.described().2
    }

    fn described(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Code::Created => ("pending", "created", "Created"),
            Code::Paused => ("pending", "paused", "Backend is paused, the job will start later"),
            Code::WaitingDbMaintenance => {
                ("pending", "waiting_db_maintenance", "Waiting for database maintenance to end")
            }
            Code::WaitingOnDependencies => ("pending", "waiting_on_dependencies", "Waiting on dependencies"),
            Code::WaitingOnWorkers => ("pending", "waiting_on_workers", "Waiting for a free worker"),
            Code::WaitingOnDbWorkers => {
                ("pending", "waiting_on_db_workers", "Waiting for a free database worker")
            }
            Code::WaitingOnReboot => ("pending", "waiting_on_reboot", "Waiting for the backend to restart"),
            Code::Initiated => ("running", "initiated", "Job handed to the backend"),
            Code::Preparing => ("running", "preparing", "Preparing the workspace's files"),
            Code::Prepared => ("running", "prepared", "Ready to execute"),
            Code::Executing => ("running", "executing", "Job executing on the backend"),
            Code::Executed => ("running", "executed", "Job has run, checking its outputs"),
            Code::Finalizing => ("running", "finalizing", "Recording the outputs"),
            Code::Finalized => ("running", "finalized", "Outputs recorded"),
            Code::Succeeded => ("succeeded", "succeeded", "Completed successfully"),
            Code::DependencyFailed => ("failed", "dependency_failed", "Not starting as a dependency failed"),
            Code::NonzeroExit => ("failed", "nonzero_exit", "Job exited with an error: exit status 1"),
            Code::CancelledByUser => ("failed", "cancelled_by_user", "Cancelled by user"),
            Code::UnmatchedPatterns => {
                ("failed", "unmatched_patterns", "No outputs found matching the patterns in project.yaml")
            }
            Code::InternalError => ("failed", "internal_error", "An internal error occurred"),
            Code::KilledByAdmin => ("failed", "killed_by_admin", "An administrator stopped the job"),
            Code::JobError => ("failed", "job_error", "The job could not be run"),
        }
    }
}

/// A job with everything that is reported of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    pub identifier: String,
    pub rap_id: String,
    pub backend: String,
    pub workspace: String,
    pub repo_url: String,
    pub commit: String,
    pub action: String,
    pub run_command: String,
    pub requires_db: bool,
    /// Identifiers of the jobs whose outputs this one reads.
    pub waits_for: Vec<String>,
    pub code: Code,
    pub message: String,
    pub is_cancelled: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub metrics: Map<String, Value>,
    /// Ticks spent at this code.
    pub(super) age: u32,
    /// Whether it was sent back to the queue once already.
    pub(super) was_rebooted: bool,
}

impl Job {
    /// As in the answer to `rap/status/`.
    pub(super) fn report(&self) -> Value {
        json!({
            "identifier": self.identifier,
            "rap_id": self.rap_id,
            "backend": self.backend,
            "action": self.action,
            "run_command": self.run_command,
            "status": self.code.status(),
            "status_code": self.code.as_str(),
            "status_message": self.message,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "started_at": self.started_at,
            "completed_at": self.completed_at,
            "trace_context": {"traceparent": self.traceparent()},
            "metrics": self.metrics,
            "requires_db": self.requires_db,
        })
    }

    /// Flags 03: sampled, and the trace id is random.
    fn traceparent(&self) -> String {
        let hex = data_encoding::HEXLOWER.encode(&Sha1::digest(self.identifier.as_bytes()));
        format!("00-{}-{}-03", &hex[..32], &hex[24..40])
    }
}

/// The identifier that the controller gives to the job of an action.
pub fn job_identifier(rap_id: &str, action: &str) -> String {
    let digest = Sha1::digest(format!("{rap_id}\n{action}").as_bytes());
    BASE32_NOPAD.encode(&digest[..10]).to_ascii_lowercase()
}

/// Now, in whole seconds as the controller's clock counts for jobs.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_made_as_the_controller_makes_them() {
        assert_eq!(job_identifier("k3jq7xw2mzdn5p6a", "make_table"), "od6um3nidaonay5k");
        assert_eq!(job_identifier("k3jq7xw2mzdn5p6a", "draw_plots"), "ceex2tnbrtcuzksz");
    }
}
