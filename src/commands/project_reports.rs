//! `job-server get_all_projects` and `get_transitional_projects`: projects as CSV, for people who keep lists of them
//! elsewhere.

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use domain::views::project_report::{self, ReportedProject};
use jiff::tz::TimeZone;

use super::operator::{self, Failure, Operator, Outcome};
use crate::config::Config;

/// Projects in which something ran within so many days are still going on.
const ACTIVE_DAYS: i32 = 180;
/// Where the approved projects are described to the public.
const APPROVED_PROJECTS: &str = "https://www.opensafely.org/approved-projects#project-";
const STDOUT: &str = "-";

#[derive(Debug, Args)]
pub struct Arguments {
    /// File to write instead of the usual one in this folder; - for standard output
    #[arg(long)]
    output: Option<PathBuf>,
}

pub fn all(config: Config, arguments: Arguments) -> ExitCode {
    report(config, arguments, "all-projects.csv", None)
}

pub fn transitional(config: Config, arguments: Arguments) -> ExitCode {
    report(config, arguments, "transitional-projects.csv", Some(ACTIVE_DAYS))
}

fn report(config: Config, arguments: Arguments, usual: &str, active_days: Option<i32>) -> ExitCode {
    let output = arguments.output.unwrap_or_else(|| PathBuf::from(usual));
    operator::run(config, async |operator| write(&operator, &output, active_days).await)
}

/// Standard output gets the CSV alone, or one readable line for each project.
async fn write(operator: &Operator, output: &PathBuf, active_days: Option<i32>) -> Outcome {
    let projects = project_report::projects(&operator.db().await?, active_days).await?;
    let lines: Vec<[String; 5]> =
        projects.iter().map(|project| line(project, operator.config.base_url.as_str())).collect();
    let is_stdout = output.as_os_str() == STDOUT;
    let target: Box<dyn Write> = if is_stdout {
        Box::new(io::stdout())
    } else {
        let file = File::create(output);
        Box::new(file.map_err(|error| Failure::plain(format!("{}: {error}", output.display())))?)
    };
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(target);
    csv.write_record(["number", "name", "latest_job_started_at", "org", "url"]).map_err(Failure::plain)?;
    for line in &lines {
        csv.write_record(line).map_err(Failure::plain)?;
        if !is_stdout {
            let [number, name, started_at, org, url] = line;
            println!("{number} {name} {org} {started_at} {url}");
        }
    }
    csv.flush().map_err(Failure::plain)
}

fn line(project: &ReportedProject, base_url: &str) -> [String; 5] {
    let started_at = project
        .latest_job_started_at
        .map(|at| at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.f+00:00").to_string());
    let url = match &project.number {
        Some(number) => format!("{APPROVED_PROJECTS}{number}"),
        None => format!("{}/staff/projects/{}/", base_url.trim_end_matches('/'), project.slug),
    };
    [
        project.number.clone().unwrap_or_default(),
        project.name.clone(),
        started_at.unwrap_or_default(),
        project.org.clone().unwrap_or_default(),
        url,
    ]
}
