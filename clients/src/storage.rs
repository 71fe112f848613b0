//! Where released files lie: a folder on this machine, or a bucket of an S3-compatible object store. Knows paths and
//! bytes only, nothing of releases. A file appears under its path whole or not at all: an upload writes to a temporary
//! object, and only committing it gives it its name.

mod local;
mod s3;
mod settings;

use std::{fmt, ops::Range, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::Stream;
use jiff::Timestamp;

pub use settings::{S3Settings, StorageSettings};

use crate::SetupError;

/// The content of a file, in pieces.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

pub type Result<T> = std::result::Result<T, StorageError>;

/// Why something could not be stored or read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    #[error("there is no room left in the file storage")]
    Full,
    /// No file can have this path, or not beside those that are there.
    #[error("no file can be stored at {0:?}")]
    BadPath(String),
    #[error("the file storage failed: {0}")]
    Failed(String),
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Storage(Arc<Backend>);

enum Backend {
    Local(local::Folder),
    S3(s3::Bucket),
}

impl Storage {
    /// Nothing is read or written yet. On a tokio runtime, which then does the talking to an object store.
    pub fn new(settings: StorageSettings) -> std::result::Result<Storage, SetupError> {
        Ok(Storage(Arc::new(match settings {
            StorageSettings::Folder(root) => Backend::Local(local::Folder::new(root)),
            StorageSettings::S3(settings) => Backend::S3(s3::Bucket::new(*settings)?),
        })))
    }

    /// The file at `path`; none if there is none.
    pub async fn open(&self, path: &str) -> Result<Option<Stored>> {
        let found = match &*self.0 {
            Backend::Local(folder) => folder.open(path).await?.map(Source::Local),
            Backend::S3(bucket) => bucket.head(path).await?.map(Source::S3),
        };
        Ok(found.map(Stored))
    }

    /// Removes the file at `path`, if there is one. Folders stay.
    pub async fn delete(&self, path: &str) -> Result<()> {
        match &*self.0 {
            Backend::Local(folder) => folder.delete(path).await,
            Backend::S3(bucket) => bucket.delete(path).await,
        }
    }

    /// Begins to receive a file that shall have this path. Dropped without having been committed, it leaves nothing.
    pub async fn begin(&self, path: &str) -> Result<Upload> {
        Ok(Upload(match &*self.0 {
            Backend::Local(folder) => Target::Local(folder.begin(path).await?),
            Backend::S3(bucket) => Target::S3(bucket.begin(path)?),
        }))
    }

    /// Stores a small file in one go, in place of what was there.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        let mut upload = self.begin(path).await?;
        upload.write(bytes).await?;
        upload.commit().await
    }

    /// Removes temporary objects whose process is gone; how many. In a bucket its own life-cycle rule does that.
    pub async fn sweep(&self) -> Result<usize> {
        match &*self.0 {
            Backend::Local(folder) => folder.sweep().await,
            Backend::S3(_) => Ok(0),
        }
    }

    /// Uploads under way at a time that keep memory small: to a bucket, each holds one part.
    pub fn uploads_at_once(&self) -> usize {
        match &*self.0 {
            Backend::Local(_) => 32,
            Backend::S3(_) => 8,
        }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.0 {
            Backend::Local(_) => "Storage(folder)",
            Backend::S3(_) => "Storage(bucket)",
        })
    }
}

/// A file that is there.
pub struct Stored(Source);

enum Source {
    Local(local::OpenFile),
    S3(s3::Object),
}

impl Stored {
    /// In bytes.
    pub fn size(&self) -> u64 {
        match &self.0 {
            Source::Local(file) => file.size,
            Source::S3(object) => object.size,
        }
    }

    /// When its content was written.
    pub fn modified(&self) -> Timestamp {
        match &self.0 {
            Source::Local(file) => file.modified,
            Source::S3(object) => object.modified,
        }
    }

    /// Its bytes from `range.start` up to, without, `range.end`, which must lie within its size. A file that turns out
    /// shorter ends the stream with an error.
    pub async fn stream(self, range: Range<u64>) -> Result<ByteStream> {
        match self.0 {
            Source::Local(file) => file.stream(range).await,
            Source::S3(object) => object.stream(range).await,
        }
    }

    /// All of it, for files known to be small.
    pub async fn bytes(self) -> Result<Vec<u8>> {
        use futures_util::TryStreamExt;
        let size = self.size();
        let start = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let append = |mut all: Vec<u8>, piece: Bytes| async move {
            all.extend_from_slice(&piece);
            Ok(all)
        };
        self.stream(0..size).await?.try_fold(start, append).await
    }
}

/// A file on its way. Dropping it discards what has arrived.
pub struct Upload(Target);

enum Target {
    Local(local::Upload),
    S3(s3::Upload),
}

impl Upload {
    /// Adds to the end. After an error the upload can only be discarded.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        match &mut self.0 {
            Target::Local(upload) => upload.write(&bytes).await,
            Target::S3(upload) => upload.write(&bytes).await,
        }
    }

    /// Does now what can be done before the file gets its name, so that committing it is quick.
    pub async fn seal(&mut self) -> Result<()> {
        match &mut self.0 {
            Target::Local(upload) => upload.seal().await,
            Target::S3(upload) => upload.seal().await,
        }
    }

    /// Gives it its name, in place of what was there. When this returns, the file survives a power failure.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Target::Local(upload) => upload.commit().await,
            Target::S3(upload) => upload.commit().await,
        }
    }

    /// Throws away what has arrived, and waits until that is done.
    pub async fn discard(self) {
        match self.0 {
            Target::Local(upload) => upload.discard().await,
            Target::S3(upload) => upload.discard().await,
        }
    }
}
