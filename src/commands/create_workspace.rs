//! `job-server create_workspace`: makes a workspace with its project and repository and lets somebody work in it, for trials.

use std::process::ExitCode;

use clap::Args;
use domain::{
    users,
    workspace_setup::{self, Wanted},
};

use super::operator::{self, Failure, Operator, Outcome};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    workspace: String,
    /// Who works in it
    username: String,
    /// Slug of the project; by default that of the workspace as it is, or the workspace's name
    #[arg(long, value_name = "SLUG")]
    project: Option<String>,
    /// Address of the repository; by default that of the workspace as it is, or /org/WORKSPACE
    #[arg(long, value_name = "URL")]
    repo: Option<String>,
    /// By default that of the workspace as it is, or main
    #[arg(long)]
    branch: Option<String>,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| create(&operator, &arguments).await)
}

async fn create(operator: &Operator, arguments: &Arguments) -> Outcome {
    let mut db = operator.db().await?;
    let tx = db.transaction().await.map_err(domain::Error::from)?;
    let username = &arguments.username;
    let user = users::find_by_username(&tx, username).await?.ok_or_else(|| {
        Failure::refused(format!("Cannot find user {username}. Maybe you need to run create_user first?"))
    })?;
    let wanted = Wanted {
        name: &arguments.workspace,
        project: arguments.project.as_deref(),
        repo_url: arguments.repo.as_deref(),
        branch: arguments.branch.as_deref(),
        user: user.id,
    };
    let made = workspace_setup::ensure(&tx, &wanted).await?;
    let has_joined = workspace_setup::join(&tx, made.project, user.id).await?;
    tx.commit().await.map_err(domain::Error::from)?;
    let verb = |is_new| if is_new { "Created" } else { "Updated" };
    println!("{} project {}", verb(made.project_is_new), made.project_slug);
    println!("{} workspace {}", verb(made.workspace_is_new), made.workspace);
    if has_joined {
        println!(
            "Added {username} to workspace {} as ProjectDeveloper and ProjectCollaborator",
            made.workspace
        );
    }
    Ok(())
}
