//! `devkit sample-data`: the sample rows, for a database that somebody else runs.

use std::process::ExitCode;

use devkit::{Result, database, sample};

#[derive(clap::Args)]
pub struct Options {}

pub async fn run(_: &Options) -> Result<ExitCode> {
    let mut client = database::connect(&super::database_url()?).await?;
    if sample::load(&mut client).await? {
        println!("Sample data loaded.");
    } else {
        println!("This database has users already: nothing changed.");
    }
    Ok(ExitCode::SUCCESS)
}
