//! What the status of a job and of a job request mean, and how the second follows from the first.
//! Pure: no SQL here; `rap` and `job_requests` write what is derived. A terminal status of a job request never changes
//! again, because people have been told of it, even when a late answer of the controller says otherwise.

use std::fmt;

/// Stored statuses of a job request that can still change.
pub const ACTIVE: [&str; 4] = ["pending", "running", "unknown", "unknown_error_creating_jobs"];

/// Message that goes with a job request that failed because one of its jobs did.
pub const FAILED_BY_A_JOB: &str = "Failed due to job failure";

/// Message of a job request for which it is not known why no jobs were made.
pub const UNKNOWN_ERROR: &str = "Unknown error creating jobs";

/// The stored status of a job request (column `_status`). The column is plain text: what no version knows is `Other`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum JobRequestStatus {
    /// Jobs exist at the controller, none has started.
    Pending,
    /// A job is running, or some have finished and others wait.
    Running,
    /// Just inserted, or its jobs have statuses that cannot be classed.
    Unknown,
    /// The call that creates jobs ended so that nobody knows whether they exist.
    UnknownErrorCreatingJobs,
    Failed,
    Succeeded,
    /// The controller found nothing that had to run.
    NothingToDo,
    Other(String),
}

impl JobRequestStatus {
    /// Reads the column; never fails.
    pub fn from_stored(stored: &str) -> Self {
        match stored {
            "pending" => Self::Pending,
            "running" => Self::Running,
            "unknown" => Self::Unknown,
            "unknown_error_creating_jobs" => Self::UnknownErrorCreatingJobs,
            "failed" => Self::Failed,
            "succeeded" => Self::Succeeded,
            "nothing_to_do" => Self::NothingToDo,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The text of the column.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Unknown => "unknown",
            Self::UnknownErrorCreatingJobs => "unknown_error_creating_jobs",
            Self::Failed => "failed",
            Self::Succeeded => "succeeded",
            Self::NothingToDo => "nothing_to_do",
            Self::Other(text) => text,
        }
    }

    /// Whether it can still change, so whether the controller is asked about it.
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::Unknown | Self::UnknownErrorCreatingJobs)
    }

    /// For people: `Nothing to do`.
    pub fn human(&self) -> String {
        let mut text = self.as_str().replace('_', " ").to_lowercase();
        if let Some(first) = text.chars().next() {
            let upper: String = first.to_uppercase().collect();
            text.replace_range(..first.len_utf8(), &upper);
        }
        text
    }
}

impl fmt::Display for JobRequestStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for JobRequestStatus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The class of a job's status, for counts and pills. Exact spellings: old rows hold capitalised ones as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    Pending,
    Running,
    Failed,
    Succeeded,
    Unknown,
}

impl JobState {
    pub fn of(status: &str) -> Self {
        match status {
            "pending" => Self::Pending,
            "running" => Self::Running,
            "failed" | "Failed" => Self::Failed,
            "succeeded" | "Succeeded" => Self::Succeeded,
            _ => Self::Unknown,
        }
    }

    /// Whether a cancellation can still reach a job in this state.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::Running)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Succeeded => "succeeded",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a job with this status is over. `0` is what some of the oldest rows hold.
pub fn job_is_completed(status: &str) -> bool {
    matches!(status, "failed" | "succeeded" | "Failed" | "Succeeded" | "0")
}

/// What a job request's status is, given its jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    pub status: JobRequestStatus,
    /// The message to store with it; only meant when the status is new, else the stored message stays.
    pub message: Option<&'static str>,
}

impl Derived {
    /// Whether the stored status has to be replaced.
    pub fn differs_from(&self, stored: &str) -> bool {
        self.status.as_str() != stored
    }
}

/// The status of a job request that holds `stored` and whose jobs have the statuses `jobs` (any order; repeats do not
/// matter, so distinct ones will do).
pub fn derive<'a>(stored: &str, jobs: impl IntoIterator<Item = &'a str>) -> Derived {
    let stored = JobRequestStatus::from_stored(stored);
    if !stored.is_active() {
        return Derived { status: stored, message: None };
    }
    let mut seen: Vec<String> = Vec::new();
    for status in jobs {
        let status = status.to_lowercase();
        if !seen.contains(&status) {
            seen.push(status);
        }
    }
    let status = match seen.as_slice() {
        [] => return Derived { status: stored, message: None },
        [only] => of_uniform_jobs(only),
        mixed => of_mixed_jobs(mixed),
    };
    let message = (status == JobRequestStatus::Failed).then_some(FAILED_BY_A_JOB);
    Derived { status, message }
}

fn of_uniform_jobs(status: &str) -> JobRequestStatus {
    match status {
        "" => JobRequestStatus::Pending,
        known => match JobRequestStatus::from_stored(known) {
            JobRequestStatus::Other(_) => JobRequestStatus::Unknown,
            status => status,
        },
    }
}

fn of_mixed_jobs(statuses: &[String]) -> JobRequestStatus {
    let has = |status: &str| statuses.iter().any(|seen| seen == status);
    if has("running") || has("pending") {
        JobRequestStatus::Running
    } else if has("failed") {
        JobRequestStatus::Failed
    } else {
        JobRequestStatus::Unknown
    }
}
