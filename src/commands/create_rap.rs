//! `job-server create_rap`: requests jobs at the shell, as the run-jobs page does but without asking whether somebody may.

use std::process::ExitCode;

use actors::RapController;
use clap::Args;
use domain::{
    job_requests::{self, CreationOutcome, NewJobRequest},
    new_backend,
    releases::place,
    status::JobRequestStatus,
    users, workspaces,
};

use super::operator::{self, Failure, Operator, Outcome};
use crate::{
    code::{self, Code, Sources},
    config::Config,
    outside,
};

#[derive(Debug, Args)]
pub struct Arguments {
    workspace: String,
    /// In whose name
    username: String,
    /// Slug
    backend: String,
    /// Names from project.yaml, or run_all
    #[arg(short, long, required = true, num_args = 1.., value_name = "ACTION")]
    actions: Vec<String>,
    /// Instead of the newest commit of the workspace's branch
    #[arg(long)]
    commit: Option<String>,
    /// Also run what these actions need and has succeeded before
    #[arg(long)]
    force_run_dependencies: bool,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| create(&operator, &arguments).await)
}

async fn create(operator: &Operator, arguments: &Arguments) -> Outcome {
    let clients = outside::Clients::new(&operator.config).map_err(Failure::setup)?;
    let new = prepared(operator, &clients, arguments).await?;
    let db = operator.db().await?;
    let inserted = job_requests::insert(&db, &new.job_request).await?;
    println!("{}{}{}/", operator.config.base_url, new.workspace_url, inserted.id);
    let (status, message) = if clients.rap.is_configured() {
        drop(db);
        let controller = RapController::alone(operator.pool(), clients.rap);
        let report = controller.create(inserted.id).await.map_err(Failure::plain)?;
        (report.status, report.message)
    } else {
        // Runners come and fetch.
        job_requests::record_creation(&db, inserted.id, &CreationOutcome::Scheduled).await?;
        (JobRequestStatus::Pending, None)
    };
    let reason = message.map(|message| format!(": {message}")).unwrap_or_default();
    println!("{}{reason}", status.as_str());
    match status {
        JobRequestStatus::Failed | JobRequestStatus::UnknownErrorCreatingJobs => {
            Err(Failure::Plain(format!("no jobs have been created{reason}")))
        }
        _ => Ok(()),
    }
}

struct Prepared {
    job_request: NewJobRequest,
    /// A path.
    workspace_url: String,
}

/// Finds everything by its name, and the code that would run.
async fn prepared(
    operator: &Operator,
    clients: &outside::Clients,
    arguments: &Arguments,
) -> Result<Prepared, Failure> {
    let unknown = |kind: &str, name: &str| Failure::refused(format!("{kind} '{name}' does not exist"));
    let (workspace, user, backend) = {
        let db = operator.db().await?;
        let name = &arguments.workspace;
        let place = place::of_workspace(&db, name).await?.ok_or_else(|| unknown("Workspace", name))?;
        let (workspace, user, backend) = tokio::try_join!(
            workspaces::find(&db, &place.project_slug, name),
            users::find_by_username(&db, &arguments.username),
            new_backend::find(&db, &arguments.backend),
        )?;
        (
            workspace.ok_or_else(|| unknown("Workspace", name))?,
            user.ok_or_else(|| unknown("User", &arguments.username))?,
            backend.ok_or_else(|| unknown("Backend", &arguments.backend))?,
        )
    };
    let sources =
        Sources { code: &Code::default(), github: &clients.github, opencodelists: &clients.opencodelists };
    let found =
        code::look_up_now(sources, &workspace.repo_url, &workspace.branch, arguments.commit.as_deref()).await;
    let ready = found.found.map_err(|problem| Failure::refused(problem.message))?;
    let commit = found.commit.ok_or_else(|| Failure::refused("The commit cannot be found"))?;
    Ok(Prepared {
        workspace_url: workspace.url(),
        job_request: NewJobRequest {
            workspace: workspace.id,
            backend,
            created_by: user.id,
            sha: commit.sha,
            project_definition: ready.definition.text.clone(),
            codelists_ok: ready.codelists.is_ok(),
            requested_actions: arguments.actions.clone(),
            force_run_dependencies: arguments.force_run_dependencies,
            will_notify: false,
            form_token: None,
        },
    })
}
