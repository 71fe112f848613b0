//! What the commands of operators share: where they work, and how they fail. Scripts run them and read what they print, so
//! standard output holds only what a command promises, and a failure is one line on standard error, never a trace.

use std::process::ExitCode;

use domain::db;
use tokio::runtime::Handle;

use crate::{config::Config, server};

/// Where a command works that needs no more than the database and the settings.
pub struct Operator {
    pub config: Config,
    pool: db::Pool,
}

pub type Outcome = Result<(), Failure>;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was asked for cannot be had; said as Django's commands say it.
    #[error("CommandError: {0}")]
    Refused(String),
    /// The same, for the few that have always said it without a prefix.
    #[error("{0}")]
    Plain(String),
    #[error(transparent)]
    Domain(#[from] domain::Error),
    #[error("the command cannot start: {0}")]
    Setup(String),
}

impl Failure {
    pub fn refused(reason: impl Into<String>) -> Failure {
        Failure::Refused(reason.into())
    }

    pub fn plain(reason: impl ToString) -> Failure {
        Failure::Plain(reason.to_string())
    }

    pub fn setup(reason: impl ToString) -> Failure {
        Failure::Setup(reason.to_string())
    }
}

impl Operator {
    pub async fn db(&self) -> domain::Result<db::Object> {
        Ok(self.pool.get().await?)
    }

    pub fn pool(&self) -> db::Pool {
        self.pool.clone()
    }
}

/// Runs `work` against the database, on a thread on which actors can work too. Exit status 0 or 1.
pub fn run(config: Config, work: impl AsyncFnOnce(Operator) -> Outcome) -> ExitCode {
    let system = actix::System::new();
    let outcome = system.block_on(async {
        let settings = server::pool_settings(&config, "job-server command");
        let target = db::Target::new(config.database.url.expose(), &settings)?;
        let pool = db::pool(&target, &settings, Handle::current())?;
        work(Operator { config, pool }).await
    });
    // The process ends now; what the runtime holds goes with it.
    std::mem::forget(system);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}
