//! A zip that is written while it is sent: files go through in small pieces, so that neither their number nor their size
//! costs memory. It must not know what the files are. A reader who goes away, or takes nothing for long, ends the work.

use std::{
    io::{self, Write},
    time::Duration,
};

use bytes::Bytes;
use clients::storage::Storage;
use futures_util::{Stream, StreamExt, stream};
use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, SemaphorePermit, mpsc},
    time::timeout,
};
use zip::{CompressionMethod, ZipWriter, result::ZipError, write::SimpleFileOptions, write::StreamWriter};

use crate::http::error::Error;

/// Each zip in the making holds a thread.
const MOST_AT_ONCE: usize = 24;
static PLACES: Semaphore = Semaphore::const_new(MOST_AT_ONCE);

/// Bytes that are sent together, and how many such pieces may wait for the reader.
const PIECE: usize = 32 * 1024;
const PIECES_WAITING: usize = 4;
/// A reader who takes nothing for this long has gone.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

pub struct Entry {
    pub name: String,
    pub modified: Timestamp,
    pub content: Content,
}

pub enum Content {
    /// A file of the storage.
    Stored {
        path: String,
        /// What stands in its place if the storage has lost it.
        if_missing: String,
    },
    /// A text.
    Note(String),
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the reader has gone")]
    Gone(#[source] io::Error),
    #[error("a file cannot be read: {0}")]
    Storage(String),
    #[error("the zip cannot be written: {0}")]
    Zip(#[source] ZipError),
}

impl From<ZipError> for Failure {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) => Failure::Gone(error),
            error => Failure::Zip(error),
        }
    }
}

/// The bytes of a zip of these entries. It breaks off with an error, rather than looking complete, when a file cannot be read
/// to its end. `runtime` is where the work is done.
pub fn zipped(
    runtime: &Handle,
    storage: Storage,
    entries: Vec<Entry>,
) -> Result<impl Stream<Item = io::Result<Bytes>> + use<>, Error> {
    let place =
        PLACES.try_acquire().map_err(|_| Error::Busy("too many downloads are being prepared".to_owned()))?;
    let (sender, mut receiver) = mpsc::channel(PIECES_WAITING);
    let worker = runtime.clone();
    runtime.spawn_blocking(move || work(&worker, &storage, entries, sender, place));
    Ok(stream::poll_fn(move |context| receiver.poll_recv(context)))
}

fn work(
    runtime: &Handle,
    storage: &Storage,
    entries: Vec<Entry>,
    sender: mpsc::Sender<io::Result<Bytes>>,
    place: SemaphorePermit<'static>,
) {
    let pipe = Pipe { runtime: runtime.clone(), sender: sender.clone(), waiting: Vec::with_capacity(PIECE) };
    let mut archive = ZipWriter::new_stream(pipe);
    let written = entries.into_iter().try_for_each(|entry| add(runtime, storage, &mut archive, entry));
    match written {
        Ok(()) => {
            let finished = archive.finish().and_then(|stream| Ok(stream.into_inner().flush()?));
            if let Err(error) = finished {
                tracing::info!(%error, "a download was not taken to its end");
            }
        }
        Err(Failure::Gone(error)) => tracing::info!(%error, "a download was not taken to its end"),
        Err(error) => {
            tracing::error!(%error, "a download broke off");
            // Before the archive is dropped, which would write an end to it.
            let broken = io::Error::other(error.to_string());
            if runtime.block_on(sender.send(Err(broken))).is_err() {
                tracing::info!("nobody waits for it any more");
            }
        }
    }
    drop(place);
}

fn add(
    runtime: &Handle,
    storage: &Storage,
    archive: &mut ZipWriter<StreamWriter<Pipe>>,
    entry: Entry,
) -> Result<(), Failure> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(0o644)
        .last_modified_time(zip_time(entry.modified));
    archive.start_file(entry.name, options)?;
    let (path, if_missing) = match entry.content {
        Content::Note(text) => return write(archive, text.as_bytes()),
        Content::Stored { path, if_missing } => (path, if_missing),
    };
    let unreadable = |error: &dyn std::fmt::Display| Failure::Storage(format!("{path}: {error}"));
    let Some(stored) = runtime.block_on(storage.open(&path)).map_err(|error| unreadable(&error))? else {
        tracing::warn!(path, "a released file is missing in the storage");
        return write(archive, if_missing.as_bytes());
    };
    let size = stored.size();
    let mut pieces = runtime.block_on(stored.stream(0..size)).map_err(|error| unreadable(&error))?;
    while let Some(piece) = runtime.block_on(pieces.next()) {
        write(archive, &piece.map_err(|error| unreadable(&error))?)?;
    }
    Ok(())
}

fn write(archive: &mut ZipWriter<StreamWriter<Pipe>>, bytes: &[u8]) -> Result<(), Failure> {
    archive.write_all(bytes).map_err(Failure::Gone)
}

/// In UTC; what a zip cannot say becomes its earliest time.
fn zip_time(at: Timestamp) -> zip::DateTime {
    let at = at.to_zoned(TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    let year = u16::try_from(at.year()).unwrap_or_default();
    zip::DateTime::from_date_and_time(
        year,
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
    )
    .unwrap_or_default()
}

/// Where the zip is written to: the reader, in pieces.
struct Pipe {
    runtime: Handle,
    sender: mpsc::Sender<io::Result<Bytes>>,
    waiting: Vec<u8>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE - self.waiting.len();
        let taken = &bytes[..bytes.len().min(room)];
        self.waiting.extend_from_slice(taken);
        if self.waiting.len() == PIECE {
            self.flush()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.waiting, Vec::with_capacity(PIECE)).into();
        let sent = self.runtime.block_on(timeout(TAKEN_WITHIN, self.sender.send(Ok(piece))));
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::Error::new(io::ErrorKind::BrokenPipe, "the reader has left")),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the reader takes nothing")),
        }
    }
}
