//! What handlers know of the code of workspaces: their repositories at GitHub, the verdict on their codelists, and how
//! each action last ran. All of it is remembered for a moment and bounded in size, so that visitors cost GitHub no
//! call each. No permission is ever decided by what is kept here.

mod action_states;
mod at_commit;
mod codelists;
mod definition;
mod listings;
mod problem;
mod recent;
mod repositories;
mod shared;

use std::time::Duration;

pub use action_states::ActionStates;
pub use at_commit::{Lookup, Ready, Sources, look_up, look_up_now};
use clients::github::Commit;
pub use codelists::Codelists;
pub use listings::{Known, Listing, Listings, listing, listings};
pub use problem::{ExcerptLine, Problem, ProblemKind};
use recent::Recent;
pub use repositories::{RepoBranches, RepoFacts, Repositories, branches, facts, is_private, repositories};
pub use shared::Shared;

/// What is remembered, one for the whole process.
pub struct Code {
    /// Newest commits of branches.
    heads: Recent<Commit>,
    definitions: definition::Definitions,
    codelists: Recent<Codelists>,
    /// What GitHub says of single repositories.
    facts: Recent<RepoFacts>,
    repositories: Recent<Repositories>,
    branches: Recent<std::sync::Arc<Vec<String>>>,
    /// Repositories of whole organisations.
    listings: Listings,
    pub action_states: ActionStates,
}

impl Default for Code {
    fn default() -> Self {
        Code {
            heads: Recent::new(Duration::from_secs(5), 1_000),
            definitions: definition::Definitions::default(),
            codelists: Recent::new(Duration::from_secs(60), 1_000),
            facts: Recent::new(Duration::from_secs(300), 5_000),
            repositories: Recent::new(Duration::from_secs(60), 20),
            branches: Recent::new(Duration::from_secs(60), 100),
            listings: Listings::default(),
            action_states: ActionStates::default(),
        }
    }
}

/// A repository at GitHub by owner and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoName {
    pub owner: String,
    pub name: String,
}

impl RepoName {
    /// From the address that the database holds.
    pub fn of_url(url: &str) -> Option<RepoName> {
        let (owner, name) = domain::workspaces::repo_parts(url)?;
        Some(RepoName { owner: owner.to_owned(), name: name.to_owned() })
    }

    fn key(&self, what: &str) -> String {
        format!("{}/{}\n{what}", self.owner, self.name)
    }
}

impl std::fmt::Display for RepoName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}
