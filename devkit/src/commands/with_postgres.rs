//! `devkit with-postgres -- COMMAND…` and `devkit postgres`: a private PostgreSQL for as long as something else needs it.

use std::{ffi::OsString, path::Path, process::ExitCode, time::Duration};

use devkit::{
    Error, Result, database,
    postgres::{self, Postgres},
};
use tokio::process::Command;

use super::{Asked, Bound, Endings, exit_code};

/// The database of a private server that commands are given.
pub const DATABASE: &str = "jobserver";

#[derive(clap::Args)]
pub struct Options {
    /// An empty server that forgets everything, and is much faster.
    #[arg(long)]
    fast: bool,
    /// The command and its arguments.
    #[arg(trailing_var_arg = true, required = true)]
    command: Vec<OsString>,
}

pub async fn run(private: &Path, options: &Options) -> Result<ExitCode> {
    let mut endings = Endings::watch()?;
    let postgres = if options.fast { Postgres::throwaway()? } else { start(private)? };
    database::ensure(&postgres.url("postgres"), DATABASE).await?;
    let Some((program, arguments)) = options.command.split_first() else {
        return Err(Error::Usage("name a command to run".to_owned()));
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("DATABASE_URL", postgres.url(DATABASE))
        .env("TEST_DATABASE_URL", postgres.url("postgres"));
    let mut bound = Bound::start(command)?;
    loop {
        tokio::select! {
            status = bound.ended() => {
                bound.forget();
                return Ok(exit_code(status?));
            }
            asked = endings.next() => {
                // After a Ctrl-C the command has been asked too, and ends in its own time.
                if asked == Asked::Terminate {
                    return Ok(exit_code(bound.stop(Duration::from_secs(30)).await?));
                }
            }
        }
    }
}

/// `devkit postgres`.
pub async fn alone(private: &Path) -> Result<ExitCode> {
    let mut endings = Endings::watch()?;
    let postgres = start(private)?;
    database::ensure(&postgres.url("postgres"), DATABASE).await?;
    println!("DATABASE_URL={}", postgres.url(DATABASE));
    endings.next().await;
    Ok(ExitCode::SUCCESS)
}

/// The server whose data is kept.
pub fn start(private: &Path) -> Result<Postgres> {
    Postgres::start(&private.join("postgres"), postgres::Options::Durable)
}
