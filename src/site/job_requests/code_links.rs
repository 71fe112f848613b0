//! Links to the code of a job request on GitHub. Old job requests have no commit; then the repository itself is linked.

use domain::views::job_request_history::EarlierCommits;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

/// What must not stand bare in the path of a file.
const FILE_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// The repository at this commit or branch.
pub fn tree(repo_url: &str, at: &str) -> String {
    if at.is_empty() {
        repo_url.to_owned()
    } else {
        format!("{repo_url}/tree/{}", utf8_percent_encode(at, FILE_PATH))
    }
}

/// A file at this commit.
pub fn file(repo_url: &str, sha: &str, path: &str) -> String {
    if sha.is_empty() {
        repo_url.to_owned()
    } else {
        format!("{repo_url}/blob/{sha}/{}", utf8_percent_encode(path, FILE_PATH))
    }
}

/// The first seven digits, or a dash.
pub fn short(sha: &str) -> String {
    if sha.is_empty() { "-".to_owned() } else { sha.chars().take(7).collect() }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    pub text: &'static str,
    pub href: String,
}

/// What has changed since earlier runs; nothing if this run or the earlier one has no commit.
pub fn comparisons(repo_url: &str, sha: &str, earlier: &EarlierCommits) -> Vec<Comparison> {
    let compare = |text, old: &Option<String>| {
        let old = old.as_deref().filter(|_| !sha.is_empty())?;
        Some(Comparison { text, href: format!("{repo_url}/compare/{old}..{sha}") })
    };
    [
        compare("with the previous run", &earlier.previous),
        compare("with the last that succeeded", &earlier.previous_successful),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPO: &str = "https://github.com/opensafely/statins";

    #[test]
    fn without_a_commit_the_repository_itself_is_linked() {
        assert_eq!(
            file(REPO, "9ce0d53", "analysis/a b?.R"),
            format!("{REPO}/blob/9ce0d53/analysis/a%20b%3F.R")
        );
        assert_eq!(file(REPO, "", "analysis/model.R"), REPO);
        assert_eq!(tree(REPO, ""), REPO);
        assert_eq!(tree(REPO, "fix/#12"), format!("{REPO}/tree/fix/%2312"), "branches may hold any sign");
        assert_eq!((short("9ce0d53aaaa").as_str(), short("").as_str()), ("9ce0d53", "-"));
    }

    #[test]
    fn code_is_compared_only_between_known_commits() {
        let earlier = EarlierCommits { previous: Some("abc".to_owned()), previous_successful: None };
        let links = comparisons(REPO, "def", &earlier);
        assert_eq!(links.len(), 1);
        assert_eq!(links[0].href, format!("{REPO}/compare/abc..def"));
        assert_eq!(comparisons(REPO, "", &earlier), vec![]);
    }
}
