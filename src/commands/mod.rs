//! The command line. One command per module; what a command prints on standard output may be read by scripts, so logs
//! go to standard error.

mod check;
mod health;
mod migrate;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    config::Config,
    logging,
    server::{self, Process},
};

/// The web UI and API of OpenSAFELY Job Server.
///
/// Without a command it runs everything in one process. Settings come from the environment: see dotenv-sample.
#[derive(Debug, Parser)]
#[command(name = "job-server", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and the API, deliver notifications
    Serve,
    /// Poll the RAP controller: run it once per deployment, or more often for fail-over
    #[command(name = "rapstatus", alias = "rap_status_service")]
    RapStatus,
    /// Bring the database to the schema that this program needs
    Migrate {
        /// Change nothing; fail if something would have to be changed
        #[arg(long)]
        check: bool,
    },
    /// Say what Job Server makes of project.yaml files
    Check {
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Ask the running server whether it is well
    Health,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

/// The exit status for a wrong configuration or wrong usage.
const MISUSED: u8 = 2;

pub fn run(cli: Cli) -> ExitCode {
    let command = match cli.command {
        // Needs no configuration: it only reads files.
        Some(Command::Check { format, files }) => return check::run(&files, matches!(format, Format::Json)),
        other => other,
    };
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(problems) => {
            eprintln!("job-server cannot start; compare the environment with dotenv-sample:");
            for problem in problems {
                eprintln!("  {problem}");
            }
            return ExitCode::from(MISUSED);
        }
    };
    logging::start(&config.log, config.debug);
    match command {
        Some(Command::Migrate { check }) => migrate::run(&config, check),
        Some(Command::Health) => health::run(&config),
        Some(Command::Serve) => server::run(config, Process::Web),
        Some(Command::RapStatus) => server::run(config, Process::RapStatus),
        Some(Command::Check { .. }) => ExitCode::SUCCESS,
        None => server::run(config, Process::Everything),
    }
}
