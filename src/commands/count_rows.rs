//! `job-server count_rows`: how many rows each table holds.

use std::process::ExitCode;

use domain::views::table_sizes;

use super::operator;
use crate::config::Config;

pub fn run(config: Config) -> ExitCode {
    operator::run(config, async |operator| {
        for (table, rows) in table_sizes::all(&operator.db().await?).await? {
            println!("{table:<33} | {rows}");
        }
        Ok(())
    })
}
