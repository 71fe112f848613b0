//! `job-server migrate`: the release step of a deployment.

use std::{process::ExitCode, time::Duration};

use domain::{
    db::PoolSettings,
    migrate::{self, NewerDjango},
};

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
    // Building an index takes as long as it takes.
    let settings = PoolSettings {
        statement_timeout: Duration::ZERO,
        ..server::pool_settings(config, "job-server migrate")
    };
    let url = config.database.url.expose();
    let outcome = runtime.block_on(async {
        if check_only { check(url, &settings).await } else { apply(url, &settings).await }
    });
    outcome.unwrap_or_else(|error| {
        eprintln!("job-server migrate: {error}");
        ExitCode::FAILURE
    })
}

async fn check(url: &str, settings: &PoolSettings) -> domain::Result<ExitCode> {
    let pending = migrate::check(url, settings, NewerDjango::Refuse).await?;
    if pending.is_empty() {
        println!("The database is up to date.");
        return Ok(ExitCode::SUCCESS);
    }
    if pending.adopt {
        println!("Would take over the tables that Django made.");
    }
    for name in &pending.migrations {
        println!("Would apply {name}.");
    }
    for name in &pending.indexes {
        println!("Would build the index {name}.");
    }
    Ok(ExitCode::FAILURE)
}

async fn apply(url: &str, settings: &PoolSettings) -> domain::Result<ExitCode> {
    let report = migrate::run(url, settings, NewerDjango::Refuse).await?;
    if report.is_empty() {
        println!("The database is up to date.");
    }
    if report.adopted {
        println!("Took over the tables that Django made.");
    }
    for name in &report.applied {
        println!("Applied {name}.");
    }
    for name in &report.indexes {
        println!("Built the index {name}.");
    }
    Ok(ExitCode::SUCCESS)
}
