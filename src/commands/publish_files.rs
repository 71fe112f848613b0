//! `job-server publish_files`: prepares files of a workspace for publication in somebody's name. Publishing them is left to
//! whoever may.

use std::{
    collections::{BTreeSet, HashSet},
    process::ExitCode,
};

use clap::Args;
use domain::{
    releases::place,
    snapshots::{self, Prepared},
    users,
    views::release_files,
};

use super::operator::{self, Failure, Operator, Outcome};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    username: String,
    workspace: String,
    /// Names of files as researchers know them, such as output/table.csv
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| publish(&operator, &arguments).await)
}

async fn publish(operator: &Operator, arguments: &Arguments) -> Outcome {
    let Arguments { username, workspace, paths } = arguments;
    let mut db = operator.db().await?;
    let user = users::find_by_username(&db, username).await?;
    let user = user.ok_or_else(|| Failure::refused(format!("Unknown username: {username}")))?;
    let place = place::of_workspace(&db, workspace).await?;
    let place = place.ok_or_else(|| Failure::refused(format!("Unknown workspace: {workspace}")))?;
    let latest = release_files::latest(&db, place.workspace).await?;
    let names: HashSet<&str> = latest.iter().map(|file| file.name.as_str()).collect();
    let unknown: Vec<&str> = paths.iter().map(String::as_str).filter(|path| !names.contains(path)).collect();
    if !unknown.is_empty() {
        return Err(Failure::refused(format!("Unknown paths: {}", unknown.join(", "))));
    }
    let wanted: HashSet<&str> = paths.iter().map(String::as_str).collect();
    let files: BTreeSet<String> = latest
        .iter()
        .filter(|file| wanted.contains(file.name.as_str()))
        .map(|file| file.id.clone())
        .collect();
    match snapshots::prepare(&mut db, place.workspace, &files, user.id).await? {
        Prepared::Snapshot(id) => println!("{}{}", operator.config.base_url, place.snapshot_url(id)),
        Prepared::Unknown(ids) => {
            return Err(Failure::refused(format!("Unknown files: {}", ids.join(", "))));
        }
        Prepared::Nothing => return Err(Failure::refused("All of these files have been deleted")),
    }
    Ok(())
}
