//! Files in a folder of this machine, in the layout that the Django server made. Written here rather than with a library
//! for two promises: any name that is on the disk can be read, and a committed file survives a power failure, because
//! the file and every folder on the way to it are synchronised before anybody is told.
//!
//! Temporary files lie in `.incoming` below the root, so that renaming them moves no bytes. Each is locked while its
//! process lives; what is not locked was left by a crash.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Component, Path, PathBuf},
};

use bytes::{Bytes, BytesMut};
use data_encoding::HEXLOWER;
use futures_util::stream;
use jiff::Timestamp;
use rand::RngExt;
use tokio::task::spawn_blocking;

use super::{ByteStream, Result, StorageError};

/// Below the root; no workspace can be called so.
const INCOMING: &str = ".incoming";

/// Bytes read or written at a time.
const PIECE: usize = 64 * 1024;

pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub async fn open(&self, path: &str) -> Result<Option<OpenFile>> {
        let Ok(place) = resolve(&self.root, path) else { return Ok(None) };
        let path = path.to_owned();
        blocking(move || match OpenFile::open(&place) {
            Ok(file) => Ok(file),
            Err(error) if means_absent(&error) => Ok(None),
            Err(error) => Err(failure(&error, &path)),
        })
        .await
    }

    pub async fn delete(&self, path: &str) -> Result<()> {
        let (place, path) = (resolve(&self.root, path)?, path.to_owned());
        blocking(move || match fs::remove_file(place) {
            Err(error) if !means_absent(&error) => Err(failure(&error, &path)),
            _ => Ok(()),
        })
        .await
    }

    pub async fn begin(&self, path: &str) -> Result<Upload> {
        let (root, path) = (self.root.clone(), path.to_owned());
        let place = resolve(&root, &path)?;
        blocking(move || {
            let temporary =
                Temporary::create(&root.join(INCOMING)).map_err(|error| own_failure(&error, INCOMING))?;
            let pending = BytesMut::with_capacity(PIECE);
            Ok(Upload { root, path, place, pending, temporary: Some(temporary), is_sealed: false })
        })
        .await
    }

    pub async fn sweep(&self) -> Result<usize> {
        let incoming = self.root.join(INCOMING);
        blocking(move || sweep(&incoming).map_err(|error| own_failure(&error, INCOMING))).await
    }
}

/// Files that nobody holds the lock of are removed.
fn sweep(incoming: &Path) -> io::Result<usize> {
    let entries = match fs::read_dir(incoming) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    for entry in entries {
        let path = entry?.path();
        // Opened for writing, because a lock over NFS needs that.
        let file = match OpenOptions::new().write(true).open(&path) {
            Err(error) if means_absent(&error) => continue,
            file => file?,
        };
        match file.try_lock() {
            Ok(()) => {
                fs::remove_file(&path)?;
                removed += 1;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(removed)
}

pub(super) struct OpenFile {
    file: File,
    path: String,
    pub size: u64,
    pub modified: Timestamp,
}

impl OpenFile {
    /// None if it is a folder or something stranger.
    fn open(place: &Path) -> io::Result<Option<Self>> {
        let file = File::open(place)?;
        let facts = file.metadata()?;
        if !facts.is_file() {
            return Ok(None);
        }
        let modified = Timestamp::try_from(facts.modified()?).unwrap_or(Timestamp::UNIX_EPOCH);
        let path = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Some(Self { file, path, size: facts.len(), modified }))
    }

    pub async fn stream(self, range: Range<u64>) -> Result<ByteStream> {
        let Self { mut file, path, .. } = self;
        let (at, name) = (range.start, path.clone());
        let file = blocking(move || match file.seek(SeekFrom::Start(at)) {
            Ok(_) => Ok(file),
            Err(error) => Err(failure(&error, &name)),
        })
        .await?;
        let left = range.end.saturating_sub(range.start);
        Ok(Box::pin(stream::try_unfold((file, left, path), read_piece)))
    }
}

async fn read_piece((file, left, path): (File, u64, String)) -> Result<Option<(Bytes, (File, u64, String))>> {
    if left == 0 {
        return Ok(None);
    }
    blocking(move || {
        let mut file = file;
        let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; wanted];
        let read = file.read(&mut piece).map_err(|error| failure(&error, &path))?;
        if read == 0 {
            return Err(StorageError::Failed(format!("{path} is shorter than it was")));
        }
        piece.truncate(read);
        Ok(Some((Bytes::from(piece), (file, left - read as u64, path))))
    })
    .await
}

pub(super) struct Upload {
    root: PathBuf,
    path: String,
    place: PathBuf,
    /// Not written yet, because it is less than a piece.
    pending: BytesMut,
    /// None while a thread writes to it, and after that has failed.
    temporary: Option<Temporary>,
    is_sealed: bool,
}

impl Upload {
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.is_sealed = false;
        self.pending.extend_from_slice(bytes);
        if self.pending.len() < PIECE {
            return Ok(());
        }
        self.flush().await
    }

    pub async fn seal(&mut self) -> Result<()> {
        self.flush().await?;
        self.on_temporary(|temporary| temporary.file.sync_all()).await?;
        self.is_sealed = true;
        Ok(())
    }

    pub async fn commit(mut self) -> Result<()> {
        if !self.is_sealed {
            self.seal().await?;
        }
        let (root, place) = (self.root.clone(), self.place.clone());
        self.on_temporary(move |temporary| {
            let folders = make_folders(&root, &place)?;
            temporary.rename(&place)?;
            folders.iter().try_for_each(|folder| File::open(folder)?.sync_all())
        })
        .await
    }

    pub async fn discard(self) {
        let temporary = self.temporary;
        // Dropping it removes the file.
        spawn_blocking(move || drop(temporary)).await.ok();
    }

    async fn flush(&mut self) -> Result<()> {
        let bytes = self.pending.split();
        if bytes.is_empty() {
            return Ok(());
        }
        // What is written is handed back, so that one buffer serves the whole upload.
        self.pending = self
            .on_temporary(move |temporary| {
                temporary.file.write_all(&bytes)?;
                Ok(bytes)
            })
            .await?;
        self.pending.clear();
        Ok(())
    }

    /// Runs `work` where it may block. When the caller is dropped meanwhile, the work ends and the file is removed.
    async fn on_temporary<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Temporary) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut temporary =
            self.temporary.take().ok_or_else(|| StorageError::Failed("the upload has failed".to_owned()))?;
        let path = self.path.clone();
        let (temporary, outcome) = blocking(move || {
            let outcome = work(&mut temporary).map_err(|error| failure(&error, &path))?;
            Ok((temporary, outcome))
        })
        .await?;
        self.temporary = Some(temporary);
        Ok(outcome)
    }
}

/// A file in the incoming folder, removed when dropped.
struct Temporary {
    file: File,
    path: Option<PathBuf>,
}

impl Temporary {
    fn create(incoming: &Path) -> io::Result<Self> {
        fs::create_dir_all(incoming)?;
        let random: [u8; 16] = rand::rng().random();
        let path = incoming.join(HEXLOWER.encode(&random));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let temporary = Self { file, path: Some(path) };
        // Nobody else has heard of it, unless another process is sweeping at this very moment.
        temporary.file.try_lock().map_err(io::Error::from)?;
        Ok(temporary)
    }

    fn rename(&mut self, place: &Path) -> io::Result<()> {
        let Some(path) = self.path.take() else { return Ok(()) };
        fs::rename(&path, place).inspect_err(|_| self.path = Some(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            // If it cannot be removed now, the next sweep does it.
            fs::remove_file(path).ok();
        }
    }
}

/// Makes the folders between the root and a file; all of them, from the inside out, since each holds a name that must
/// last: another upload may have made it a moment ago.
fn make_folders(root: &Path, place: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = place.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    Ok(folder.ancestors().take_while(|ancestor| ancestor.starts_with(root)).map(Path::to_owned).collect())
}

/// Where `path` lies, if it stays below the root.
fn resolve(root: &Path, path: &str) -> Result<PathBuf> {
    let relative = Path::new(path);
    let is_below = relative.components().all(|part| matches!(part, Component::Normal(_)));
    if path.is_empty() || path.contains('\0') || path.ends_with('/') || !is_below {
        return Err(StorageError::BadPath(path.to_owned()));
    }
    Ok(root.join(relative))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let outcome = spawn_blocking(work).await;
    outcome.unwrap_or_else(|broken| Err(StorageError::Failed(broken.to_string())))
}

fn means_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename)
}

fn failure(error: &io::Error, path: &str) -> StorageError {
    match error.kind() {
        ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::AlreadyExists
        | ErrorKind::DirectoryNotEmpty
        | ErrorKind::InvalidFilename => StorageError::BadPath(path.to_owned()),
        _ => own_failure(error, path),
    }
}

/// Of a path that we chose ourselves: nothing that was sent can be the reason.
fn own_failure(error: &io::Error, path: &str) -> StorageError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StorageError::Full,
        _ => StorageError::Failed(format!("{path}: {error}")),
    }
}
