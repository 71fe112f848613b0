//! Where things have their staff pages. Names are escaped: a username may hold any character.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// By the short name that people know it by.
pub fn application(hash: &str) -> String {
    page("applications", hash)
}

pub fn backend(id: impl Display) -> String {
    page("backends", &id.to_string())
}

pub fn job_request(id: impl Display) -> String {
    page("job-requests", &id.to_string())
}

pub fn org(slug: &str) -> String {
    page("orgs", slug)
}

pub fn project(slug: &str) -> String {
    page("projects", slug)
}

pub fn redirect(id: impl Display) -> String {
    page("redirects", &id.to_string())
}

/// By its whole address, escaped twice: once by whoever names it, once as a part of this address.
pub fn repo(url: &str) -> String {
    page("repos", &utf8_percent_encode(url, SEGMENT).to_string())
}

pub fn user(username: &str) -> String {
    page("users", username)
}

pub fn workspace(name: &str) -> String {
    page("workspaces", name)
}

fn page(area: &str, key: &str) -> String {
    format!("/staff/{area}/{}/", utf8_percent_encode(key, SEGMENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_one_part_of_an_address() {
        let url = "https://github.com/opensafely/a-b";
        assert_eq!(repo(url), "/staff/repos/https%253A%252F%252Fgithub.com%252Fopensafely%252Fa-b/");
    }

    #[test]
    fn names_stay_within_their_part_of_the_address() {
        assert_eq!(user("ada-l_1.0~"), "/staff/users/ada-l_1.0~/");
        assert_eq!(user("a/../é?#%"), "/staff/users/a%2F..%2F%C3%A9%3F%23%25/");
    }
}
