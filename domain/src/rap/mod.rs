//! Following the jobs at the RAP controller: which job requests to ask about, and writing the answer down. What older
//! job-runners report of their own accord is written down by the same hand.
//! Knows nothing of HTTP: the caller asks the controller and brings the answer as the types below. The rules are those
//! of the RAP API and of the tables that the older server shares with us.

mod active;
mod apply;
mod finished;
mod jobs;
mod slice;

use jiff::Timestamp;
use serde_json::Value;

pub use active::{ActiveIds, active_rap_ids};
pub use apply::{apply_report, apply_status};

/// What the controller said about the RAP ids it was asked about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StatusAnswer {
    /// In any order.
    pub jobs: Vec<ReportedJob>,
    /// RAP ids for which the controller shows us no jobs.
    pub unrecognised: Vec<String>,
}

/// A job as the controller reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedJob {
    pub rap_id: String,
    pub identifier: String,
    pub action: String,
    pub run_command: String,
    pub status: String,
    pub status_code: String,
    pub status_message: String,
    /// None: not said, so what is stored stays, and for a new job it is now.
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    /// Outer none: not said, so what is stored stays. Inner none: there is none.
    pub trace_context: Option<Option<Value>>,
    /// As `trace_context`.
    pub metrics: Option<Option<Value>>,
}

/// What applying an answer did. Jobs are named by their identifiers.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Applied {
    pub created: Vec<String>,
    /// Only jobs of which something changed.
    pub updated: Vec<String>,
    /// Jobs that were not finished before and are now.
    pub completed: Vec<String>,
    /// Job requests whose own status changed.
    pub status_changes: usize,
    /// E-mails queued.
    pub messages: u64,
    /// RAP ids that the controller does not know.
    pub unrecognised: Vec<String>,
    /// Those of them that are failed now for that reason.
    pub failed_unrecognised: Vec<String>,
    /// RAP ids asked about that are not job requests of ours.
    pub unknown_here: Vec<String>,
    /// Our jobs that the controller no longer reports. They are kept.
    pub missing: Vec<String>,
    /// Our jobs that a job-runner no longer reports. They are gone.
    pub deleted: Vec<String>,
    /// Reported jobs that belong to another job request here. They are passed over.
    pub clashes: Vec<String>,
    /// RAP ids whose part of the answer could not be written, with the reason.
    pub failed: Vec<(String, String)>,
}

impl Applied {
    fn absorb(&mut self, other: Applied) {
        self.created.extend(other.created);
        self.updated.extend(other.updated);
        self.completed.extend(other.completed);
        self.status_changes += other.status_changes;
        self.messages += other.messages;
        self.unrecognised.extend(other.unrecognised);
        self.failed_unrecognised.extend(other.failed_unrecognised);
        self.unknown_here.extend(other.unknown_here);
        self.missing.extend(other.missing);
        self.deleted.extend(other.deleted);
        self.clashes.extend(other.clashes);
        self.failed.extend(other.failed);
    }
}
