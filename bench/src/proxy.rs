//! Stands between the server and PostgreSQL and counts, from the types of the messages that pass (PostgreSQL's frontend
//! and backend protocol, version 3), how many statements were sent and how often somebody waited for answers.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, UnixStream},
    task::{AbortHandle, JoinSet},
};

use crate::error::Result;

/// Dropping it ends all connections through it.
pub struct Proxy {
    pub port: u16,
    counts: Arc<Counts>,
    listening: AbortHandle,
}

#[derive(Default)]
struct Counts {
    statements: AtomicU64,
    round_trips: AtomicU64,
}

/// What has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    pub statements: u64,
    /// Statements sent without waiting for the answers to earlier ones share one.
    pub round_trips: u64,
}

impl Proxy {
    /// Listens on this machine for what goes to the server whose unix socket is in `socket_folder`.
    pub async fn start(socket_folder: &Path) -> Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let counts = Arc::new(Counts::default());
        let (socket, shared) = (socket_folder.join(".s.PGSQL.5432"), counts.clone());
        let listening = tokio::spawn(accept(listener, socket, shared)).abort_handle();
        Ok(Proxy { port, counts, listening })
    }

    /// Since the last call.
    pub fn take(&self) -> Passed {
        Passed {
            statements: self.counts.statements.swap(0, SeqCst),
            round_trips: self.counts.round_trips.swap(0, SeqCst),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn accept(listener: TcpListener, socket: PathBuf, counts: Arc<Counts>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (socket, counts) = (socket.clone(), counts.clone());
        connections.spawn(async move {
            let Ok(server) = UnixStream::connect(socket).await else { return };
            client.set_nodelay(true).ok();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            let waited_for = Arc::new(AtomicU64::new(0));
            let mut questions = Questions { counts, waited_for: waited_for.clone(), has_statement: false };
            // Either direction ending ends both.
            tokio::select! {
                _ = pass(from_client, to_server, Messages::of_client(), |kind| questions.see(kind)) => {}
                _ = pass(from_server, to_client, Messages::of_server(), |kind| {
                    if kind == b'Z' {
                        // The first one ends the greeting, which nobody asked for.
                        waited_for.fetch_update(SeqCst, SeqCst, |count| Some(count.saturating_sub(1))).ok();
                    }
                }) => {}
            }
        });
    }
}

/// What one connection's client sends.
struct Questions {
    counts: Arc<Counts>,
    /// Groups of messages whose end the server has not reported yet.
    waited_for: Arc<AtomicU64>,
    has_statement: bool,
}

impl Questions {
    fn see(&mut self, kind: u8) {
        // Execute, or a simple query, which is a group of its own. Preparing is not counted: it happens once.
        if matches!(kind, b'E' | b'Q') {
            self.counts.statements.fetch_add(1, SeqCst);
            self.has_statement = true;
        }
        if matches!(kind, b'S' | b'Q') {
            let is_first = self.waited_for.fetch_add(1, SeqCst) == 0;
            if std::mem::take(&mut self.has_statement) && is_first {
                self.counts.round_trips.fetch_add(1, SeqCst);
            }
        }
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut messages: Messages,
    mut see: impl FnMut(u8),
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        messages.feed(&buffer[..length], &mut see);
        to.write_all(&buffer[..length]).await?;
    }
}

/// Finds where messages begin in a stream that is cut anywhere.
struct Messages {
    /// Of the message that is beginning: its type, if it has one, and its length.
    header: Vec<u8>,
    header_length: usize,
    /// Bytes of the current message still to come.
    rest: usize,
}

impl Messages {
    const LENGTH_BYTES: usize = 4;

    /// The first message of a client has no type.
    fn of_client() -> Messages {
        Messages { header: Vec::new(), header_length: Self::LENGTH_BYTES, rest: 0 }
    }

    fn of_server() -> Messages {
        Messages { header: Vec::new(), header_length: 1 + Self::LENGTH_BYTES, rest: 0 }
    }

    fn feed(&mut self, mut bytes: &[u8], see: &mut impl FnMut(u8)) {
        while !bytes.is_empty() {
            if self.rest > 0 {
                let skipped = self.rest.min(bytes.len());
                self.rest -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            self.header.push(bytes[0]);
            bytes = &bytes[1..];
            if self.header.len() == self.header_length {
                let (kind, length) = self.header.split_at(self.header.len() - Self::LENGTH_BYTES);
                let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
                self.rest = length.saturating_sub(Self::LENGTH_BYTES);
                if let Some(kind) = kind.first() {
                    see(*kind);
                }
                self.header.clear();
                self.header_length = 1 + Self::LENGTH_BYTES;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![kind];
        bytes.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn messages_are_found_however_the_stream_is_cut() {
        let mut stream = vec![0, 0, 0, 8, 0, 3, 0, 0];
        stream.extend(message(b'B', b"parameters"));
        stream.extend(message(b'E', b""));
        stream.extend(message(b'S', b""));
        for size in 1..stream.len() {
            let (mut messages, mut seen) = (Messages::of_client(), Vec::new());
            for piece in stream.chunks(size) {
                messages.feed(piece, &mut |kind| seen.push(kind));
            }
            assert_eq!(seen, b"BES", "cut into pieces of {size}");
        }
    }

    #[test]
    fn statements_sent_together_share_a_round_trip_and_preparing_is_none() {
        let counts = Arc::new(Counts::default());
        let waited_for = Arc::new(AtomicU64::new(0));
        let mut questions =
            Questions { counts: counts.clone(), waited_for: waited_for.clone(), has_statement: false };
        let mut send = |kinds: &[u8]| kinds.iter().for_each(|kind| questions.see(*kind));
        send(b"PDS");
        waited_for.store(0, SeqCst);
        send(b"BESBESBES");
        waited_for.store(0, SeqCst);
        send(b"BES");
        assert_eq!((counts.statements.load(SeqCst), counts.round_trips.load(SeqCst)), (4, 2));
    }
}
