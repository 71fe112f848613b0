//! `job-server list_missing_repos`: compares a spreadsheet of approved projects with the repositories that the site knows.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use domain::views::repo_matches;

use super::operator::{self, Failure, Operator, Outcome};
use crate::config::Config;

/// Rows of headings above the projects.
const HEADINGS: usize = 4;
/// Columns, counted from 0.
const NUMBER: usize = 0;
const DETAILS: usize = 5;
const REPOS: &str = "https://github.com/opensafely/";

#[derive(Debug, Args)]
pub struct Arguments {
    /// The spreadsheet
    csv: PathBuf,
}

/// A repository that the spreadsheet names.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    number: String,
    url: String,
}

impl Named {
    /// The last part of the address.
    fn name(&self) -> String {
        self.url.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
    }
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| list(&operator, &arguments.csv).await)
}

async fn list(operator: &Operator, path: &PathBuf) -> Outcome {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::plain(format!("{}: {error}", path.display())))?;
    let named = named_in(&text)?;
    let names: Vec<String> = named.iter().map(Named::name).collect();
    let counts = repo_matches::counts(&operator.db().await?, &names).await?;
    for (repo, count) in named.iter().zip(counts) {
        if count != 1 {
            println!("{} {}", repo.number, repo.url);
        }
    }
    Ok(())
}

/// Rows that are too short to name a repository are skipped with a note.
fn named_in(text: &str) -> Result<Vec<Named>, Failure> {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut named = Vec::new();
    for row in rows.records().skip(HEADINGS) {
        let row = row.map_err(Failure::plain)?;
        let (Some(number), Some(details)) = (row.get(NUMBER), row.get(DETAILS)) else {
            let line = row.position().map_or(0, csv::Position::line);
            eprintln!("line {line} has only {} columns and is skipped", row.len());
            continue;
        };
        if let Some(url) = address_in(details) {
            named.push(Named { number: number.to_owned(), url: url.to_owned() });
        }
    }
    Ok(named)
}

/// The last address of a repository in the first line that has one, to the end of that line.
fn address_in(details: &str) -> Option<&str> {
    let line = details.lines().find(|line| line.contains(REPOS))?;
    Some(line[line.rfind(REPOS)?..].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_as_people_write_them() {
        let repo = "https://github.com/opensafely/asthma";
        for (details, expected) in [
            ("https://github.com/opensafely/asthma", Some(repo)),
            (
                "Repo:\nsee https://github.com/opensafely/a and https://github.com/opensafely/asthma\nmore",
                Some(repo),
            ),
            ("https://github.com/other/asthma", None),
            ("", None),
        ] {
            assert_eq!(address_in(details), expected, "{details}");
        }
    }

    #[test]
    fn headings_and_short_rows_are_skipped() {
        let text = "a\nb\nc\nd\n1,,,,,https://github.com/opensafely/one/\n2,short\n3,,,,,none\n";
        let Ok(named) = named_in(text) else { panic!("{text}") };
        assert_eq!(named.len(), 1);
        assert_eq!(named[0].name(), "one");
    }
}
