//! The command line. One command per module; what a command prints on standard output may be read by scripts, so logs
//! go to standard error.

mod cancel_jobs;
mod check;
mod copilot_windows;
mod count_rows;
mod create_backend;
mod create_bot;
mod create_rap;
mod create_user;
mod create_workspace;
mod delete_project;
mod health;
mod inflate_release_files;
mod list_missing_repos;
mod migrate;
mod operator;
mod project_reports;
mod publish_files;
mod rap_status;
mod release;
mod remove_files_from_publish_request;
mod runjob;
mod unpublish_snapshot;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    config::Config,
    logging,
    server::{self, Process},
};

/// The web UI and API of OpenSAFELY Job Server.
///
/// Without a command it runs everything in one process. Settings come from the environment: see dotenv-sample.
#[derive(Debug, Parser)]
#[command(name = "job-server", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    _manage_py: ManagePy,
}

/// What Django's `manage.py` takes with every command, and scripts may pass. It has no effect here.
#[derive(Debug, Args)]
struct ManagePy {
    #[arg(short = 'v', long = "verbosity", global = true, hide = true, value_parser = clap::value_parser!(u8).range(0..=3))]
    _verbosity: Option<u8>,
    #[arg(long = "traceback", global = true, hide = true)]
    _traceback: bool,
    #[arg(long = "no-color", global = true, hide = true)]
    _no_color: bool,
    #[arg(long = "force-color", global = true, hide = true)]
    _force_color: bool,
    #[arg(long = "skip-checks", global = true, hide = true)]
    _skip_checks: bool,
}

/// Those of operators are named and spelled as Django's are, so that scripts need not change.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
enum Command {
    /// Serve pages and the API, deliver notifications
    Serve,
    /// Poll the RAP controller: run it once per deployment, or more often for fail-over
    #[command(name = "rapstatus", alias = "rap_status_service")]
    RapStatusService,
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
    /// Make a user, or give one more roles
    CreateUser(create_user::Arguments),
    /// Make a bot and print its personal access token
    CreateBot(create_bot::Arguments),
    /// Make or rename a backend and print its token
    CreateBackend(create_backend::Arguments),
    /// Make a workspace with its project and repository
    CreateWorkspace(create_workspace::Arguments),
    /// Delete a project without workspaces and members
    DeleteProject(delete_project::Arguments),
    /// Write all projects to all-projects.csv
    GetAllProjects(project_reports::Arguments),
    /// Write the projects in which something ran lately to transitional-projects.csv
    GetTransitionalProjects(project_reports::Arguments),
    /// Name the repositories of a spreadsheet that the site does not know
    ListMissingRepos(list_missing_repos::Arguments),
    /// Do now what is otherwise done from time to time
    #[command(name = "runjob")]
    RunJob(runjob::Arguments),
    /// Count the rows of every table
    CountRows,
    /// Request jobs in somebody's name
    CreateRap(create_rap::Arguments),
    /// Ask the RAP controller about some job requests, once
    RapStatus(rap_status::Arguments),
    /// Ask the RAP controller to cancel actions of a job request
    CancelJobs(cancel_jobs::Arguments),
    /// Release a folder of files
    Release(release::Arguments),
    /// Prepare released files for publication
    PublishFiles(publish_files::Arguments),
    /// Take a published snapshot back
    UnpublishSnapshot(unpublish_snapshot::Arguments),
    /// Take files out of a draft snapshot
    RemoveFilesFromPublishRequest(remove_files_from_publish_request::Arguments),
    /// Put dummies in the place of released files that are missing
    InflateReleaseFiles(inflate_release_files::Arguments),
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
        Some(Command::RapStatusService) => server::run(config, Process::RapStatus),
        Some(Command::CreateUser(arguments)) => create_user::run(config, arguments),
        Some(Command::CreateBot(arguments)) => create_bot::run(config, arguments),
        Some(Command::CreateBackend(arguments)) => create_backend::run(config, arguments),
        Some(Command::CreateWorkspace(arguments)) => create_workspace::run(config, arguments),
        Some(Command::DeleteProject(arguments)) => delete_project::run(config, arguments),
        Some(Command::GetAllProjects(arguments)) => project_reports::all(config, arguments),
        Some(Command::GetTransitionalProjects(arguments)) => project_reports::transitional(config, arguments),
        Some(Command::ListMissingRepos(arguments)) => list_missing_repos::run(config, arguments),
        Some(Command::RunJob(arguments)) => runjob::run(config, arguments),
        Some(Command::CountRows) => count_rows::run(config),
        Some(Command::CreateRap(arguments)) => create_rap::run(config, arguments),
        Some(Command::RapStatus(arguments)) => rap_status::run(config, arguments),
        Some(Command::CancelJobs(arguments)) => cancel_jobs::run(config, arguments),
        Some(Command::Release(arguments)) => release::run(config, arguments),
        Some(Command::PublishFiles(arguments)) => publish_files::run(config, arguments),
        Some(Command::UnpublishSnapshot(arguments)) => unpublish_snapshot::run(config, arguments),
        Some(Command::RemoveFilesFromPublishRequest(arguments)) => {
            remove_files_from_publish_request::run(config, arguments)
        }
        Some(Command::InflateReleaseFiles(arguments)) => inflate_release_files::run(config, arguments),
        Some(Command::Check { .. }) => ExitCode::SUCCESS,
        None => server::run(config, Process::Everything),
    }
}
