//! `job-server runjob`: does now what is otherwise done from time to time. Named and called as Django's command is, so that a
//! cron entry need not change: a job that does not exist is said, and is no failure.

use std::process::ExitCode;

use clap::Args;

use super::{copilot_windows, operator};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The name of the job; scripts may say before it which component it belonged to
    #[arg(required = true, num_args = 1..=2, value_name = "JOB")]
    names: Vec<String>,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    match arguments.names.last().map(String::as_str).unwrap_or_default() {
        "notify_impending_copilot_support_windows" => {
            operator::run(config, async |operator| copilot_windows::announce(&operator).await)
        }
        unknown => {
            eprintln!("There is no job {unknown}");
            ExitCode::SUCCESS
        }
    }
}
