//! Addresses below a person's staff page, and of what belongs to them elsewhere.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::staff::addresses;

pub const LIST: &str = "/staff/users/";

/// `/staff/users/ada/roles/`
pub fn roles(username: &str) -> String {
    format!("{}roles/", addresses::user(username))
}

/// `/staff/users/ada/roles/clear/`
pub fn clear_roles(username: &str) -> String {
    format!("{}clear/", roles(username))
}

/// `/staff/users/ada/set-orgs/`
pub fn orgs(username: &str) -> String {
    format!("{}set-orgs/", addresses::user(username))
}

/// `/staff/users/ada/audit-log/`
pub fn audit_log(username: &str) -> String {
    format!("{}audit-log/", addresses::user(username))
}

/// The page that everybody sees.
pub fn public(username: &str) -> String {
    format!("/users/{}/", escaped(username))
}

/// The job requests of one person.
pub fn job_requests(username: &str) -> String {
    format!("/staff/job-requests/?user={}", escaped(username))
}

/// Editing a membership, and back to the person's roles afterwards.
pub fn membership(project_slug: &str, membership: i32, username: &str) -> String {
    let project = addresses::project(project_slug);
    format!("{project}members/{membership}/edit/?next={}", escaped(&roles(username)))
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_from_a_membership_is_escaped_twice() {
        assert_eq!(
            membership("asthma", 7, "a&b"),
            "/staff/projects/asthma/members/7/edit/?next=%2Fstaff%2Fusers%2Fa%2526b%2Froles%2F"
        );
    }
}
