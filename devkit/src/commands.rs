//! One module per command, and what they share: waiting for the end, and running a program that ends with us.

pub mod airlock;
pub mod manage;
pub mod populate;
pub mod sample_data;
pub mod stand_ins;
pub mod up;
pub mod with_postgres;

use std::{
    os::unix::process::ExitStatusExt,
    process::{ExitCode, ExitStatus},
    time::Duration,
};

use clients::storage::{Storage, StorageSettings};
use devkit::{
    Error, Result,
    leash::{Ending, Leash},
    sample::releases,
};
use tokio::{
    process::{Child, Command},
    signal::unix::{Signal, SignalKind, signal},
};

/// The two ways in which we are asked to end.
pub struct Endings {
    interrupt: Signal,
    terminate: Signal,
}

/// Which of them it was.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Ctrl-C: everything in the terminal's foreground was asked as well.
    Interrupt,
    Terminate,
}

impl Endings {
    /// From now on these signals do not end this process by themselves.
    pub fn watch() -> Result<Endings> {
        let watch =
            |kind| signal(kind).map_err(|error| Error::Usage(format!("cannot watch for signals: {error}")));
        Ok(Endings { interrupt: watch(SignalKind::interrupt())?, terminate: watch(SignalKind::terminate())? })
    }

    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.terminate.recv() => Asked::Terminate,
        }
    }
}

/// A program that is asked to end (SIGTERM) when we end, in whatever way.
pub struct Bound {
    child: Child,
    leash: Leash,
}

impl Bound {
    pub fn start(mut command: Command) -> Result<Bound> {
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(Error::program(&program))?;
        let pid = child.id().ok_or_else(|| Error::Usage(format!("{program} ended at once")))?;
        let leash = Leash::on(pid, &Ending { signal: "TERM", ..Ending::default() })?;
        Ok(Bound { child, leash })
    }

    /// Until it ends by itself. May be given up and called again.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        self.child.wait().await.map_err(Error::program("a command"))
    }

    /// Asks it to end and waits; kills it after `patience`.
    pub async fn stop(mut self, patience: Duration) -> Result<ExitStatus> {
        self.leash.let_go();
        if let Ok(ended) = tokio::time::timeout(patience, self.ended()).await {
            return ended;
        }
        eprintln!("devkit: it does not end by itself within {} seconds; killing it", patience.as_secs());
        self.child.start_kill().map_err(Error::program("a command"))?;
        self.ended().await
    }

    /// When it has ended by itself.
    pub fn forget(self) {
        self.leash.forget();
    }
}

/// As a shell would pass it on.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Puts the files of the sample's releases where `RELEASE_STORAGE` says; a bucket keeps what is in it.
pub async fn store_releases(location: &str) -> Result<()> {
    if location.is_empty() || StorageSettings::is_bucket(location) {
        return Ok(());
    }
    let storage = Storage::new(StorageSettings::Folder(location.into()));
    releases::store(&storage.map_err(|error| Error::Usage(error.to_string()))?).await
}

/// `DATABASE_URL`, which these commands have no default for.
pub fn database_url() -> Result<String> {
    std::env::var("DATABASE_URL")
        .ok()
        .filter(|url| !url.is_empty())
        .ok_or_else(|| Error::Usage("set DATABASE_URL to the database to fill".to_owned()))
}
