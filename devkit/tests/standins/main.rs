//! The stand-ins answer as the real services do: through HTTP and SMTP, as Job Server would meet them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod github;
mod misbehaviour;
mod rap;
mod smtp;
mod texts;

use devkit::standins::repositories::{Push, Repositories};
use jiff::Timestamp;

/// Any free port on this machine.
const ANYWHERE: &str = "127.0.0.1:0";

/// A database action, two actions that use its output, and one that ends badly.
const PIPELINE: &str = "\
version: '4.0'
actions:
  extract:
    run: ehrql:v1 generate-dataset analysis/dataset.py --output output/dataset.csv.gz
    outputs:
      highly_sensitive:
        dataset: output/dataset.csv.gz
  make_table:
    run: python:v2 python analysis/table.py
    needs: [extract]
    outputs:
      moderately_sensitive:
        table: output/table.csv
  draw_plots:
    run: r:latest analysis/plots.R
    needs: [make_table]
    outputs:
      moderately_sensitive:
        plots: output/plots/*.png
  fail_early:
    run: python:v2 python analysis/broken.py
    outputs:
      moderately_sensitive:
        log: output/broken.txt
  after_failure:
    run: python:v2 python analysis/after.py
    needs: [fail_early]
    outputs:
      moderately_sensitive:
        log: output/after.txt
";

/// A repository `opensafely/asthma` whose branch `main` holds that pipeline, and the id of its commit.
fn repositories() -> (Repositories, String) {
    let repositories = Repositories::default();
    let long_ago: Timestamp = "2024-02-03T04:05:06Z".parse().unwrap();
    repositories.create("opensafely/asthma", long_ago).unwrap();
    let sha = push(&repositories, "main", &[("project.yaml", PIPELINE), ("analysis/table.py", "print(1)\n")]);
    (repositories, sha)
}

fn push(repositories: &Repositories, branch: &str, files: &[(&str, &str)]) -> String {
    let changes = files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned()))).collect();
    let push = Push {
        branch: branch.to_owned(),
        message: "Add the pipeline".to_owned(),
        author: "ada".to_owned(),
        at: "2025-01-02T03:04:05Z".parse().unwrap(),
        changes,
    };
    repositories.push("opensafely/asthma", push).unwrap()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
