//! `job-server remove_files_from_publish_request`: takes files out of a draft snapshot, all that are named or none. The
//! files themselves stay.

use std::{collections::BTreeSet, process::ExitCode};

use clap::Args;
use domain::draft_snapshots::{self, Removal};

use super::operator::{self, Failure, Operator, Outcome};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Its id
    snapshot: i32,
    /// Names of files as researchers know them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| remove(&operator, &arguments).await)
}

async fn remove(operator: &Operator, arguments: &Arguments) -> Outcome {
    let id = arguments.snapshot;
    let mut db = operator.db().await?;
    let place = draft_snapshots::place_of(&db, id).await?;
    let place = place.ok_or_else(|| Failure::refused(format!("Unknown snapshot: {id}")))?;
    let names: BTreeSet<String> = arguments.paths.iter().cloned().collect();
    match draft_snapshots::remove_files(&mut db, id, &names).await? {
        Removal::Removed(count) => {
            let url = format!("{}{}", operator.config.base_url, place.snapshot_url(id));
            println!("{count} files removed from {url}");
            Ok(())
        }
        Removal::Published => {
            Err(Failure::refused(format!("Snapshot {id} has been published and cannot be edited")))
        }
        Removal::Unknown(names) => Err(Failure::refused(format!("Unknown file path: {}", names.join(", ")))),
    }
}
