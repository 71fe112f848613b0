//! `job-server migrate`: the release step of a deployment.

use std::process::ExitCode;

use crate::{config::Config, server};

/// Applies what is missing, or with `check_only` fails if something is. Exit status 0 or 1.
pub fn run(config: &Config, check_only: bool) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("job-server migrate: {error}");
            return ExitCode::FAILURE;
        }
    };
    let settings = server::pool_settings(config, "job-server migrate");
    let url = config.database.url.expose();
    let outcome = runtime.block_on(async {
        if check_only { domain::migrate::check(url, &settings).await } else { domain::migrate::run(url, &settings).await }
    });
    match outcome {
        Ok(report) => {
            println!("{report}");
            if check_only && !report.is_current() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            eprintln!("job-server migrate: {error}");
            ExitCode::FAILURE
        }
    }
}
