//! `job-server unpublish_snapshot`: takes a published snapshot back, so that only members of its project see it.

use std::process::ExitCode;

use clap::Args;
use domain::{draft_snapshots, publish_requests, users};

use super::operator::{self, Failure, Operator, Outcome};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    snapshot_id: i32,
    /// Who has decided that
    username: String,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| unpublish(&operator, &arguments).await)
}

async fn unpublish(operator: &Operator, arguments: &Arguments) -> Outcome {
    let Arguments { snapshot_id: id, username } = arguments;
    let db = operator.db().await?;
    let place = draft_snapshots::place_of(&db, *id).await?;
    let place = place.ok_or_else(|| Failure::refused(format!("Snapshot '{id}' does not exist")))?;
    let user = users::find_by_username(&db, username).await?;
    let user = user.ok_or_else(|| Failure::refused(format!("User '{username}' does not exist")))?;
    if !publish_requests::unpublish(&db, *id, user.id).await? {
        return Err(Failure::refused(format!("Snapshot '{id}' is not published")));
    }
    println!("Unpublishing snapshot {id} of workspace {}", place.workspace_name);
    println!("Unpublished {}{}", operator.config.base_url, place.snapshot_url(*id));
    Ok(())
}
