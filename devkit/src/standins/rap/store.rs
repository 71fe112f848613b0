//! What the controller remembers: jobs, backend flags; kept in a file from one start to the next if it is given one.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::PathBuf,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::jobs::{Code, Job};
use crate::{Error, Result};

#[derive(Debug, Default)]
pub(super) struct Store {
    /// In order of creation.
    pub jobs: Vec<Job>,
    pub backends: BTreeMap<String, Backend>,
    pub outcomes: HashMap<String, Code>,
    pub workers: usize,
    file: Option<PathBuf>,
}

/// Why the database may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Maintenance {
    Scheduled,
    Manual,
}

/// What is known of a backend: last contact and flags.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Backend {
    pub last_seen: Option<Timestamp>,
    pub is_paused: bool,
    pub paused_since: Option<Timestamp>,
    pub maintenance: Option<Maintenance>,
    pub maintenance_since: Option<Timestamp>,
}

impl Backend {
    /// Notes the change with its time.
    pub fn set_paused(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
        self.paused_since = Some(Timestamp::now());
    }

    /// Notes the change with its time.
    pub fn set_maintenance(&mut self, maintenance: Option<Maintenance>) {
        self.maintenance = maintenance;
        self.maintenance_since = Some(Timestamp::now());
    }

    pub(super) fn report(&self, slug: &str) -> Value {
        let on_off = |is_on| if is_on { "on" } else { "off" };
        json!({
            "slug": slug,
            "last_seen": self.last_seen,
            "paused": {"status": on_off(self.is_paused), "since": self.paused_since},
            "db_maintenance": {
                "status": on_off(self.maintenance.is_some()),
                "since": self.maintenance_since,
                "type": self.maintenance,
            },
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    jobs: std::borrow::Cow<'a, [Job]>,
    backends: std::borrow::Cow<'a, BTreeMap<String, Backend>>,
}

impl Store {
    /// What `file` holds, if it is there, and every backend of `slugs`.
    pub fn load(file: Option<PathBuf>, slugs: impl Iterator<Item = String>, workers: usize) -> Result<Store> {
        let mut store = Store { workers, file, ..Store::default() };
        if let Some(file) = store.file.as_ref().filter(|file| file.exists()) {
            let text = fs::read_to_string(file).map_err(Error::file("read", file))?;
            let kept: Kept = serde_json::from_str(&text).map_err(|error| {
                Error::StandIn(format!(
                    "{} is not what this stand-in wrote ({error}): remove it",
                    file.display()
                ))
            })?;
            (store.jobs, store.backends) = (kept.jobs.into_owned(), kept.backends.into_owned());
        }
        for slug in slugs {
            store.backends.entry(slug).or_default();
        }
        Ok(store)
    }

    /// Writes the file, beside itself first, so that a cut leaves the old one.
    pub fn save(&self) {
        let Some(file) = &self.file else { return };
        let kept = Kept {
            jobs: std::borrow::Cow::Borrowed(&self.jobs),
            backends: std::borrow::Cow::Borrowed(&self.backends),
        };
        let beside = file.with_extension("new");
        let written = serde_json::to_vec(&kept)
            .map_err(std::io::Error::other)
            .and_then(|text| fs::write(&beside, text))
            .and_then(|()| fs::rename(&beside, file));
        if let Err(error) = written {
            tracing::warn!(%error, file = %file.display(), "the RAP stand-in cannot keep its jobs");
        }
    }

    pub fn has_active(&self) -> bool {
        self.jobs.iter().any(|job| job.code.is_active())
    }

    /// The newest job of an action that was not cancelled.
    pub fn latest(&self, backend: &str, workspace: &str, action: &str) -> Option<&Job> {
        self.jobs.iter().rev().find(|job| {
            job.backend == backend && job.workspace == workspace && job.action == action && !job.is_cancelled
        })
    }

    /// Those of a request on backends that the caller may see.
    pub fn of_request<'a>(
        &'a self,
        rap_id: &'a str,
        backends: &'a [String],
    ) -> impl Iterator<Item = &'a Job> {
        self.jobs.iter().filter(move |job| job.rap_id == rap_id && backends.contains(&job.backend))
    }
}
