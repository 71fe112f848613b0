//! `devkit populate`: runs `data/populate.sql` with psql, which alone understands it.

use std::process::ExitCode;

use devkit::{Error, Result};
use tokio::process::Command;

use super::{database_url, exit_code};

/// Sizes that are not given are those of the script.
#[derive(clap::Args)]
pub struct Options {
    #[arg(long)]
    orgs: Option<u32>,
    #[arg(long)]
    projects: Option<u32>,
    #[arg(long)]
    workspaces: Option<u32>,
    #[arg(long)]
    job_requests: Option<u32>,
    #[arg(long)]
    jobs: Option<u32>,
    #[arg(long)]
    users: Option<u32>,
    /// How many job requests are still pending or running.
    #[arg(long)]
    active: Option<u32>,
    /// Another number between 0 and 1 gives other rows.
    #[arg(long)]
    seed: Option<f64>,
    /// Empty the application's tables first.
    #[arg(long)]
    wipe: bool,
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/populate.sql");

pub async fn run(options: &Options) -> Result<ExitCode> {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1"]);
    let sizes = [
        ("orgs", options.orgs),
        ("projects", options.projects),
        ("workspaces", options.workspaces),
        ("job_requests", options.job_requests),
        ("jobs", options.jobs),
        ("users", options.users),
        ("active", options.active),
        ("wipe", options.wipe.then_some(1)),
    ];
    for (name, value) in sizes {
        if let Some(value) = value {
            psql.args(["-v", &format!("{name}={value}")]);
        }
    }
    if let Some(seed) = options.seed {
        psql.args(["-v", &format!("seed={seed}")]);
    }
    psql.args(["-d", &database_url()?, "-f", SCRIPT]);
    Ok(exit_code(psql.status().await.map_err(Error::program("psql"))?))
}
