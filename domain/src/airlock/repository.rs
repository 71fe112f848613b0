//! Which repository at GitHub the issue of a release request belongs to.

use serde::{Deserialize, Serialize};

/// A repository at GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    pub owner: String,
    pub name: String,
}

/// Organisations that check their own outputs, by slug, with their repository.
const OWN_REPOSITORIES: [(&str, &str, &str); 1] =
    [("university-of-bristol", "ebmdatalab", "opensafely-output-review-bristol")];

impl Repository {
    pub fn new(owner: &str, name: &str) -> Self {
        Self { owner: owner.to_owned(), name: name.to_owned() }
    }

    /// Whether GitHub allows such names: letters, digits, `-`, `_` and `.`, at most a hundred.
    pub fn is_possible(&self) -> bool {
        let is_name = |name: &str| {
            (1..=100).contains(&name.len())
                && !matches!(name, "." | "..")
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        is_name(&self.owner) && is_name(&self.name)
    }
}

/// The repository of a project's organisations, given by their slugs in order: that of the last one that has its own.
pub(super) fn choose(orgs: &[String], usual: &Repository) -> Repository {
    let own = |slug: &String| OWN_REPOSITORIES.iter().find(|(org, _, _)| org == slug);
    match orgs.iter().rev().find_map(own) {
        Some((_, owner, name)) => Repository::new(owner, name),
        None => usual.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_with_a_repository_of_its_own_gets_that() {
        let usual = Repository::new("ebmdatalab", "opensafely-output-review");
        let chosen = |orgs: &[&str]| {
            let orgs: Vec<String> = orgs.iter().map(|org| (*org).to_owned()).collect();
            choose(&orgs, &usual).name
        };
        assert_eq!(chosen(&[]), "opensafely-output-review");
        assert_eq!(chosen(&["bennett", "lshtm"]), "opensafely-output-review");
        assert_eq!(chosen(&["bennett", "university-of-bristol", "zoo"]), "opensafely-output-review-bristol");
    }

    #[test]
    fn what_cannot_be_a_name_at_github_is_known() {
        for (owner, name, is_possible) in [
            ("some-gh-org", "some.repo_1", true),
            ("", "repo", false),
            ("org", "..", false),
            ("org/x", "repo", false),
            ("org", "repo name", false),
            ("org", "répo", false),
        ] {
            assert_eq!(Repository::new(owner, name).is_possible(), is_possible, "{owner}/{name}");
        }
    }
}
