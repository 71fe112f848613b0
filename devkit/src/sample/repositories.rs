//! What the GitHub stand-in holds: the repositories of the sample workspaces and the people who can sign in.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::catalogue::ACCOUNTS;
use crate::{
    Result,
    standins::{
        github::Person,
        repositories::{Push, Repositories},
    },
};

macro_rules! data {
    ($path:literal) => {
        include_str!(concat!("../../data/", $path))
    };
}

/// One line of development.
struct Branch {
    repository: &'static str,
    name: &'static str,
    definition: &'static str,
    codelists: Codelists,
}

#[derive(Clone, Copy)]
enum Codelists {
    None,
    UpToDate,
    OutOfDate,
}

const BRANCHES: &[Branch] = &[
    Branch {
        repository: "asthma-reviews",
        name: "main",
        definition: data!("pipelines/asthma_reviews.yaml"),
        codelists: Codelists::UpToDate,
    },
    Branch {
        repository: "asthma-reviews",
        name: "sensitivity",
        definition: data!("pipelines/asthma_sensitivity.yaml"),
        codelists: Codelists::UpToDate,
    },
    Branch {
        repository: "asthma-reviews",
        name: "draft",
        definition: data!("broken/vaccine_report.yaml"),
        codelists: Codelists::None,
    },
    Branch {
        repository: "long-covid-and-work",
        name: "main",
        definition: data!("pipelines/long_covid_work.yaml"),
        codelists: Codelists::UpToDate,
    },
    Branch {
        repository: "opioid-trends",
        name: "main",
        definition: data!("pipelines/opioid_trends.yaml"),
        codelists: Codelists::UpToDate,
    },
    Branch {
        repository: "opioid-codelists",
        name: "main",
        definition: data!("pipelines/opioid_codelists.yaml"),
        codelists: Codelists::OutOfDate,
    },
    Branch {
        repository: "vaccine-coverage",
        name: "main",
        definition: data!("pipelines/vaccine_report.yaml"),
        codelists: Codelists::None,
    },
    Branch {
        repository: "database-checks",
        name: "main",
        definition: data!("pipelines/database_checks.yaml"),
        codelists: Codelists::None,
    },
];

/// The server's default for the repository of output checkers.
const OUTPUT_CHECKING: &str = "ebmdatalab/opensafely-output-review";

/// The same repositories with the same commit ids each time.
pub fn repositories() -> Result<Repositories> {
    let all = Repositories::default();
    let now = Timestamp::now();
    for branch in BRANCHES {
        let slug = format!("opensafely/{}", branch.repository);
        all.create(&slug, now - SignedDuration::from_hours(24 * 440))?;
        for (days_ago, message, changes) in commits(branch) {
            let push = Push {
                branch: branch.name.to_owned(),
                message: message.to_owned(),
                author: "ada-researcher".to_owned(),
                at: now - SignedDuration::from_hours(24 * days_ago),
                changes: changes.into_iter().map(|(path, text)| (path.to_owned(), Some(text))).collect(),
            };
            all.push(&slug, push)?;
        }
    }
    all.edit("opensafely/vaccine-coverage", |repository| {
        repository.is_private = false;
        repository.topics = vec!["github-releases".to_owned()];
    })?;
    // Where issues about release requests are opened; nothing else is in it.
    all.create(OUTPUT_CHECKING, now - SignedDuration::from_hours(24 * 440))?;
    // A branch that nobody has made a workspace of yet.
    all.edit("opensafely/long-covid-and-work", |repository| {
        if let Some(head) = repository.branches.get("main").cloned() {
            repository.branches.insert("feature/part-time".to_owned(), head);
        }
    })?;
    Ok(all)
}

type Changes = Vec<(&'static str, String)>;

/// Days ago, message and changes, oldest first.
fn commits(branch: &Branch) -> Vec<(i64, &'static str, Changes)> {
    let readme = format!("# {}\n\nA sample study.\n", branch.repository);
    // One study is so old that its repository should have become public by now.
    let start = if branch.repository == "database-checks" { 420 } else { 60 };
    let mut commits = vec![
        (
            start,
            "Start the study",
            vec![("README.md", readme), ("project.yaml", branch.definition.to_owned())],
        ),
        (30, "Add the analysis", scripts(branch.definition)),
    ];
    let manifest = |is_out_of_date: bool| {
        let file = json!({"id": LIST, "url": format!("https://www.opencodelists.org/codelist/{LIST}/")});
        json!({"files": {"study-list.csv": file}, "out_of_date": is_out_of_date}).to_string()
    };
    let codelists = |is_out_of_date| {
        vec![
            ("codelists/codelists.txt", format!("{LIST}\n")),
            ("codelists/codelists.json", manifest(is_out_of_date)),
        ]
    };
    match branch.codelists {
        Codelists::None => {}
        Codelists::UpToDate => commits.push((10, "Update codelists", codelists(false))),
        Codelists::OutOfDate => commits.push((10, "Add codelists", codelists(true))),
    }
    commits
}

const LIST: &str = "opensafely/study-list/2026-01-01";

/// A line for every script that a `run` names, so that links to them lead somewhere.
fn scripts(definition: &'static str) -> Changes {
    let is_script = |word: &&str| {
        word.contains('/') && [".py", ".R", ".do", ".ipynb"].iter().any(|ending| word.ends_with(ending))
    };
    let mut scripts: Vec<&str> = definition.split_whitespace().filter(is_script).collect();
    scripts.sort_unstable();
    scripts.dedup();
    scripts.into_iter().map(|path| (path, format!("# {path}: sample script\n"))).collect()
}

/// Everybody with a sample account, and two who have none yet.
pub fn people() -> Vec<Person> {
    let known = ACCOUNTS.iter().map(|account| {
        Person::new(account.username, Some(account.fullname), Some(&email_of(account.username)))
    });
    let new = [
        Person::new("mara-newcomer", Some("Mara Silva"), Some("mara-newcomer@example.org")),
        Person::new("nils-nameless", None, Some("nils-nameless@example.org")),
    ];
    known.chain(new).collect()
}

pub(super) fn email_of(username: &str) -> String {
    format!("{username}@example.org")
}
