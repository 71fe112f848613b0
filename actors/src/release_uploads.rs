//! ReleaseUploads: takes in released files. Bytes are received side by side, as many at a time
//! as memory allows, each into a temporary object; committing them to storage and database is ordered, one file after
//! another for each release, and finished even when the client has gone. What makes a file right is `domain::uploads`'.

mod commit;
mod receiving;
mod sweep;

use std::{sync::Arc, time::Duration};

use actix::Recipient;
use clients::storage::{Storage, StorageError};
use domain::{db::Pool, uploads::Arrived};
use tokio::sync::Semaphore;

pub use receiving::Receiving;
pub(crate) use sweep::{FRESHNESS_LIMIT as SWEEP_FRESHNESS_LIMIT, Sweep, plan as sweep_plan};

use crate::supervision::{Bounds, HealthCell, NoPlace, Queue, Stop};

/// How much is taken on.
#[derive(Debug, Clone)]
pub struct ReleaseUploadsSettings {
    /// Files committed at a time; each holds a database connection.
    pub parallel: usize,
    /// Files being received, waiting to be received, or waiting to be committed, together. One more is refused.
    pub capacity: usize,
    /// How long a file may wait until it can be received, and then until it is committed.
    pub wait: Duration,
}

impl Default for ReleaseUploadsSettings {
    fn default() -> Self {
        Self { parallel: 3, capacity: 256, wait: Duration::from_secs(45) }
    }
}

/// The whole wait of a caller, with the database or the storage away meanwhile, takes less.
pub(crate) const FRESHNESS_LIMIT: Duration = Duration::from_secs(180);

/// Why a file was not taken in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UploadError {
    #[error("too many files are being uploaded")]
    Busy,
    #[error("the server is stopping")]
    Stopping,
    /// It goes on; sending the file again will tell.
    #[error("storing the file takes longer than expected")]
    StillWorking,
    #[error("this file has already been uploaded")]
    AlreadyUploaded,
    #[error("these are not the bytes that were promised")]
    Mismatch,
    #[error("the release did not ask for this file")]
    NotRequested,
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] Arc<domain::Error>),
    #[error("the upload broke off unexpectedly")]
    BrokenOff,
}

impl UploadError {
    /// What is out of order, as opposed to a file that was refused.
    fn trouble(&self) -> Option<String> {
        match self {
            Self::Storage(StorageError::BadPath(_)) => None,
            Self::Storage(_) | Self::Database(_) | Self::BrokenOff => Some(self.to_string()),
            _ => None,
        }
    }
}

impl From<domain::Error> for UploadError {
    fn from(error: domain::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl From<NoPlace> for UploadError {
    fn from(reason: NoPlace) -> Self {
        match reason {
            NoPlace::Full => Self::Busy,
            NoPlace::Stopping => Self::Stopping,
        }
    }
}

/// Where handlers bring files. Cheap to clone.
#[derive(Clone)]
pub struct ReleaseUploads {
    queue: Queue<String>,
    /// One for each file that may be received at a time.
    receivers: Arc<Semaphore>,
    storage: Storage,
    pool: Pool,
    wait: Duration,
}

impl ReleaseUploads {
    pub(crate) fn start(
        settings: &ReleaseUploadsSettings,
        storage: Storage,
        pool: Pool,
        health: HealthCell,
    ) -> Self {
        let bounds = Bounds {
            what: "storing released files",
            parallel: settings.parallel,
            capacity: settings.capacity,
        };
        Self {
            queue: Queue::start(&bounds, health),
            receivers: Arc::new(Semaphore::new(storage.uploads_at_once())),
            storage,
            pool,
            wait: settings.wait,
        }
    }

    /// Begins to receive a file that shall lie at `path`, when it is its turn. Nothing of it stays if what is returned is
    /// dropped.
    pub async fn begin(&self, path: &str) -> Result<Receiving, UploadError> {
        let place = self.queue.place()?;
        let turn = tokio::time::timeout(self.wait, self.receivers.clone().acquire_owned()).await;
        let receiver = turn.map_err(|_| UploadError::Busy)?.map_err(|_| UploadError::Stopping)?;
        let upload = self.storage.begin(path).await?;
        Ok(Receiving::new(upload, place, receiver))
    }

    /// Takes in a file that has been received whole, and returns its id. Goes on when the caller is dropped.
    pub async fn commit(&self, received: Receiving, arrived: Arrived) -> Result<String, UploadError> {
        let (pool, release) = (self.pool.clone(), arrived.release.clone());
        let (upload, place, receiver) = received.into_parts();
        let work = async move {
            let outcome = commit::commit(&pool, upload, arrived).await;
            drop(receiver);
            outcome
        };
        let answered = self.queue.order(place, release, work, UploadError::trouble);
        match tokio::time::timeout(self.wait, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(UploadError::BrokenOff),
            Err(_) => Err(UploadError::StillWorking),
        }
    }

    pub(crate) fn stopper(&self) -> Recipient<Stop> {
        self.queue.stopper()
    }
}
