//! `job-server delete_project`: deletes a project without workspaces and members.

use std::process::ExitCode;

use clap::Args;
use domain::project_removal::{self, Removed};

use super::operator::{self, Failure, Operator, Outcome};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Exactly as it is called
    name: String,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| delete(&operator, &arguments.name).await)
}

async fn delete(operator: &Operator, name: &str) -> Outcome {
    let mut db = operator.db().await?;
    match project_removal::remove(&mut db, name, "command:delete_project").await? {
        Removed::Done => println!("Project {name} deleted"),
        Removed::NoSuchProject => return Err(Failure::plain("Project does not exist")),
        Removed::InUse => {
            return Err(Failure::plain("Unable to delete a project with workspaces or members"));
        }
    }
    Ok(())
}
