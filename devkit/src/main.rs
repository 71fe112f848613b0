//! The `devkit` program: what `scripts/run`, `scripts/manage` and `scripts/test` call. Reads its command line and runs one
//! command.

mod commands;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// A private PostgreSQL, sample data and stand-ins for the outside world.
#[derive(Parser)]
#[command(name = "devkit")]
struct CommandLine {
    /// Where data is kept from one start to the next.
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../.private"))]
    private: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run Job Server with a database, stand-ins and sample data until Ctrl-C.
    Up(commands::up::Options),
    /// Run a command of the server in the surroundings of the last `up`, such as: manage create_user NAME -s
    Manage(commands::manage::Options),
    /// Run PostgreSQL alone until Ctrl-C.
    Postgres,
    /// Run a command with DATABASE_URL and TEST_DATABASE_URL naming a private PostgreSQL.
    WithPostgres(commands::with_postgres::Options),
    /// Run the stand-ins alone until Ctrl-C, and print the environment for a server.
    StandIns(commands::stand_ins::Options),
    /// Load the sample data into DATABASE_URL and RELEASE_STORAGE, unless the database has users.
    SampleData,
    /// Play Airlock against a running server: a review from signing in to the last uploaded file.
    Airlock(commands::airlock::Options),
    /// Fill DATABASE_URL with a large, deterministic data set.
    Populate(commands::populate::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let CommandLine { private, command } = CommandLine::parse();
    let outcome = match command {
        Command::Up(options) => commands::up::run(&private, &options).await,
        Command::Manage(options) => commands::manage::run(&private, &options).await,
        Command::Postgres => commands::with_postgres::alone(&private).await,
        Command::WithPostgres(options) => commands::with_postgres::run(&private, &options).await,
        Command::StandIns(options) => commands::stand_ins::run(&options).await,
        Command::SampleData => commands::sample_data::run().await,
        Command::Airlock(options) => commands::airlock::run(&options).await,
        Command::Populate(options) => commands::populate::run(&options).await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("devkit: {error}");
        ExitCode::FAILURE
    })
}
