//! `job-server cancel_jobs`: asks the RAP controller to cancel actions and prints what it answers. Nothing is written down
//! here: the status loop brings the outcome.

use std::process::ExitCode;

use clap::Args;

use super::operator::{self, Failure, Operator, Outcome};
use crate::{config::Config, outside};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Identifier of a job request
    rap_id: String,
    #[arg(required = true, value_name = "ACTION")]
    actions: Vec<String>,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| cancel(&operator, &arguments).await)
}

async fn cancel(operator: &Operator, arguments: &Arguments) -> Outcome {
    let rap = outside::Clients::new(&operator.config).map_err(Failure::setup)?.rap;
    let answer = rap.cancel(&arguments.rap_id, &arguments.actions).await.map_err(Failure::plain)?;
    tracing::info!(rap_id = arguments.rap_id, actions = ?arguments.actions, %answer, "cancelled at the controller");
    println!("{answer}");
    Ok(())
}
