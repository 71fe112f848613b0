//! Where the things that staff work on have their pages, apart from people, projects, organisations and workspaces.

use domain::applications;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub fn application(hash: &str) -> String {
    format!("/staff/applications/{hash}/")
}

pub fn backend(id: impl std::fmt::Display) -> String {
    format!("/staff/backends/{id}/")
}

pub fn job_request(id: impl std::fmt::Display) -> String {
    format!("/staff/job-requests/{id}/")
}

/// A repository is known by its whole address, escaped twice: the server unescapes once, the page once more.
pub fn repo(url: &str) -> String {
    let once = utf8_percent_encode(url, NON_ALPHANUMERIC).to_string();
    format!("/staff/repos/{}/", once.replace('%', "%25"))
}

/// The short name of the application with this key, as text.
pub fn hash_of(key: &str) -> Option<String> {
    key.parse().ok().map(applications::hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_repository_is_one_part_of_a_path() {
        assert_eq!(
            repo("https://github.com/opensafely/a-b"),
            "/staff/repos/https%253A%252F%252Fgithub%252Ecom%252Fopensafely%252Fa%252Db/"
        );
    }
}
