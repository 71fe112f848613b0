//! Addresses of releases, snapshots and their files. Names of files come from researchers: everything but letters, digits,
//! `-._~` and the slashes between directories is percent-encoded.

use domain::projects::Project;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::site::workspaces::place::Place;

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The path segments of a release's addresses.
#[derive(Debug, Deserialize)]
pub struct ReleaseAddress {
    pub project: String,
    pub workspace: String,
    pub release: String,
    /// The chosen file; empty if there is none.
    #[serde(default)]
    pub path: String,
}

/// The path segments of a snapshot's addresses.
#[derive(Debug, Deserialize)]
pub struct SnapshotAddress {
    pub project: String,
    pub workspace: String,
    /// Any number of digits.
    pub snapshot: String,
    #[serde(default)]
    pub path: String,
}

/// The path segments of the latest outputs' addresses.
#[derive(Debug, Deserialize)]
pub struct LatestAddress {
    pub project: String,
    pub workspace: String,
    #[serde(default)]
    pub path: String,
}

/// A file's name as part of an address.
pub fn encoded(name: &str) -> String {
    utf8_percent_encode(name, ESCAPED).to_string()
}

/// `/project/workspace/releases/ID/`
pub fn release(workspace_url: &str, id: &str) -> String {
    format!("{workspace_url}releases/{}/", encoded(id))
}

/// `/project/workspace/outputs/latest/`
pub fn latest(workspace_url: &str) -> String {
    format!("{workspace_url}outputs/latest/")
}

/// Where the content of a file is read, by those who may.
pub fn content(file: &str) -> String {
    format!("/api/v2/releases/file/{}", encoded(file))
}

/// Where everybody reads the content of a published file.
pub fn published(workspace_url: &str, file: &str) -> String {
    format!("{workspace_url}published/{}/", encoded(file))
}

/// What breadcrumbs need.
pub fn place(project: &Project, workspace: &str) -> Place {
    Place {
        project_name: project.name.clone(),
        project_title: project.title(),
        project_url: project.url(),
        workspace_name: workspace.to_owned(),
        workspace_url: format!("{}{workspace}/", project.url()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_in_addresses() {
        for (name, address) in [
            ("output/a-b_c.csv", "output/a-b_c.csv"),
            ("sp ace/100%.csv", "sp%20ace/100%25.csv"),
            ("a#b?c&d+e.csv", "a%23b%3Fc%26d%2Be.csv"),
            ("ü/\"<x>'.txt", "%C3%BC/%22%3Cx%3E%27.txt"),
        ] {
            assert_eq!(encoded(name), address);
        }
        assert_eq!(release("/p/w/", "01A"), "/p/w/releases/01A/");
        assert_eq!(published("/p/w/", "01B"), "/p/w/published/01B/");
    }
}
