//! What may be remembered between requests: never permissions, only facts that may be a few seconds old, or that can
//! never change.

use std::{
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use domain::{
    Result, db,
    ids::{JobId, JobRequestId, ProjectId, UserId, WorkspaceId},
    site_alerts::SiteAlert,
    views::{
        home::OwnCounts,
        job_request_history::EarlierCommits,
        project::{ProjectParts, Pulse},
        rows::JobRequestRow,
        status::BackendState,
        workspace_log,
    },
};
use quick_cache::sync::Cache;

use super::visitor::Visitor;

/// One value that is loaded again when it is older than `max_age`, or after it was forgotten.
pub struct Timed<T> {
    max_age: Duration,
    slot: Mutex<Slot<T>>,
}

struct Slot<T> {
    value: Option<(Instant, Arc<T>)>,
    /// How often the value was forgotten: what was read before must not be remembered after.
    generation: u64,
}

impl<T> Timed<T> {
    pub const fn new(max_age: Duration) -> Self {
        Timed { max_age, slot: Mutex::new(Slot { value: None, generation: 0 }) }
    }

    pub async fn get<E>(
        &self,
        load: impl Future<Output = std::result::Result<T, E>>,
    ) -> std::result::Result<Arc<T>, E> {
        let generation = {
            let slot = self.slot();
            let fresh = slot.value.as_ref().filter(|(at, _)| at.elapsed() < self.max_age);
            if let Some((_, value)) = fresh {
                return Ok(value.clone());
            }
            slot.generation
        };
        let value = Arc::new(load.await?);
        let mut slot = self.slot();
        if slot.generation == generation {
            slot.value = Some((Instant::now(), value.clone()));
        }
        Ok(value)
    }

    /// Call it after a change: whoever asks from now on sees it.
    pub fn forget(&self) {
        let mut slot = self.slot();
        slot.value = None;
        slot.generation += 1;
    }

    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Many values, each loaded again when it is older than `max_age`. The least used make room.
pub struct Aged<K, V> {
    max_age: Duration,
    values: Cache<K, (Instant, Arc<V>)>,
}

impl<K: Eq + Hash, V> Aged<K, V> {
    pub fn new(capacity: usize, max_age: Duration) -> Self {
        Aged { max_age, values: Cache::new(capacity) }
    }

    pub async fn get<E>(
        &self,
        key: K,
        load: impl Future<Output = std::result::Result<V, E>>,
    ) -> std::result::Result<Arc<V>, E> {
        match self.recall(&key) {
            Some(value) => Ok(value),
            None => Ok(self.remember(key, load.await?)),
        }
    }

    /// The value, unless it is too old or was never there.
    pub fn recall(&self, key: &K) -> Option<Arc<V>> {
        self.values.get(key).filter(|(at, _)| at.elapsed() < self.max_age).map(|(_, value)| value)
    }

    pub fn remember(&self, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        self.values.insert(key, (Instant::now(), value.clone()));
        value
    }
}

/// What visitors who are not signed in may see a second late, so that any number of them costs the database the same.
/// Those who are signed in always see what is.
pub struct Public<K, V>(Aged<K, V>);

impl<K: Eq + Hash, V> Public<K, V> {
    fn new() -> Self {
        Public(Aged::new(1_000, Duration::from_secs(1)))
    }

    pub async fn get<E>(
        &self,
        visitor: &Visitor,
        key: K,
        load: impl Future<Output = std::result::Result<V, E>>,
    ) -> std::result::Result<Arc<V>, E> {
        if visitor.person().is_some() { load.await.map(Arc::new) } else { self.0.get(key, load).await }
    }
}

/// What is shown above every page to people who are signed in.
pub struct Notices {
    pub alerts: Vec<SiteAlert>,
    /// The TPP database is closed for maintenance.
    pub tpp_maintenance: bool,
}

pub struct Caches {
    pub notices: Timed<Notices>,
    /// Number of job requests in all, for page links of the event log.
    pub job_request_count: Timed<i64>,
    /// Whose session a key was last; only a hint, verified on every use.
    pub session_hints: Cache<String, UserId>,
    /// What a project's history amounts to.
    pub pulses: Aged<ProjectId, Pulse>,
    /// What ran before a job request, and before a job: the past changes little.
    pub before_job_request: Aged<JobRequestId, EarlierCommits>,
    pub before_job: Aged<JobId, EarlierCommits>,
    /// The jobs of job requests that are over.
    pub settled_jobs: Aged<JobRequestId, workspace_log::Jobs>,
    /// How much the log of a workspace holds, by the workspace's name.
    pub log_extents: Aged<String, workspace_log::Extent>,
    /// Number of events in the audit log of everything, for its page links.
    pub audit_log_count: Timed<i64>,
    /// The newest job requests, for the home page.
    pub newest_job_requests: Timed<Vec<JobRequestRow>>,
    /// How much a person has, for their home page.
    pub own_counts: Aged<UserId, OwnCounts>,
    /// Pages of the event log, by offset.
    pub public_event_log: Public<i64, Vec<JobRequestRow>>,
    /// Pages of the logs of workspaces, without a filter, by offset.
    pub public_workspace_logs: Public<(WorkspaceId, i64), Vec<workspace_log::Entry>>,
    pub public_projects: Public<ProjectId, ProjectParts>,
    pub public_status: Public<(), Vec<BackendState>>,
}

impl Default for Caches {
    fn default() -> Self {
        Caches {
            notices: Timed::new(Duration::from_secs(3)),
            job_request_count: Timed::new(Duration::from_secs(10)),
            session_hints: Cache::new(10_000),
            pulses: Aged::new(1_000, Duration::from_secs(300)),
            before_job_request: Aged::new(5_000, Duration::from_secs(60)),
            before_job: Aged::new(5_000, Duration::from_secs(60)),
            settled_jobs: Aged::new(10_000, Duration::from_secs(60)),
            log_extents: Aged::new(1_000, Duration::from_secs(3)),
            audit_log_count: Timed::new(Duration::from_secs(1)),
            newest_job_requests: Timed::new(Duration::from_secs(1)),
            own_counts: Aged::new(1_000, Duration::from_secs(10)),
            public_event_log: Public::new(),
            public_workspace_logs: Public::new(),
            public_projects: Public::new(),
            public_status: Public::new(),
        }
    }
}

impl Caches {
    pub async fn notices(&self, db: &impl db::GenericClient) -> Result<Arc<Notices>> {
        self.notices
            .get(async {
                let (alerts, maintenance) = tokio::try_join!(
                    domain::site_alerts::all(db),
                    domain::backends::in_maintenance(db, "tpp")
                )?;
                Ok(Notices { alerts, tpp_maintenance: maintenance })
            })
            .await
    }
}
