//! `devkit sample-data`: the sample rows, for a database that somebody else runs, and the files of its releases if
//! RELEASE_STORAGE names a folder.

use std::process::ExitCode;

use devkit::{Result, database, sample};

pub async fn run() -> Result<ExitCode> {
    let mut client = database::connect(&super::database_url()?).await?;
    if sample::load(&mut client).await? {
        super::store_releases(&std::env::var("RELEASE_STORAGE").unwrap_or_default()).await?;
        println!("Sample data loaded.");
    } else {
        println!("This database has users already: nothing changed.");
    }
    Ok(ExitCode::SUCCESS)
}
