//! `job-server rap_status`: asks the RAP controller about some job requests and writes the answer down, once, as the status
//! loop does it for all active ones.

use std::process::ExitCode;

use clap::Args;

use super::operator::{self, Failure, Operator, Outcome};
use crate::{config::Config, outside};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Identifiers of job requests
    #[arg(required = true, value_name = "RAP_ID")]
    rap_ids: Vec<String>,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| update(&operator, &arguments).await)
}

async fn update(operator: &Operator, arguments: &Arguments) -> Outcome {
    let rap = outside::Clients::new(&operator.config).map_err(Failure::setup)?.rap;
    let answer = rap.status(&arguments.rap_ids).await.map_err(Failure::plain)?;
    let malformed = answer.malformed.first().cloned();
    let applied = actors::apply_status(&mut [operator.db().await?], &arguments.rap_ids, answer).await?;
    tracing::info!(?applied, "the controller's answer is written down");
    if let Some((rap_id, reason)) = applied.failed.first() {
        return Err(Failure::Plain(format!("{rap_id} could not be written down: {reason}")));
    }
    match malformed {
        Some(reason) => {
            Err(Failure::Plain(format!("a part of the controller's answer makes no sense: {reason}")))
        }
        None => Ok(()),
    }
}
