//! What a redirect leads to, as templates show it.

use domain::{redirects::TargetKind, views::staff_redirects::Target};
use serde::Serialize;

use crate::staff::addresses;

#[derive(Serialize)]
pub struct TargetView {
    /// Org, Project or Workspace.
    kind: &'static str,
    name: String,
    /// Its public address.
    url: String,
    /// Whether there is a page at the public address.
    has_page: bool,
    staff_url: String,
}

impl From<&Target> for TargetView {
    fn from(target: &Target) -> Self {
        TargetView {
            kind: target.kind.label(),
            name: target.name.clone(),
            url: target.url.clone(),
            // Organisations have no public pages yet.
            has_page: target.kind != TargetKind::Org,
            staff_url: match target.kind {
                TargetKind::Org => addresses::org(&target.key),
                TargetKind::Project => addresses::project(&target.key),
                TargetKind::Workspace => addresses::workspace(&target.key),
            },
        }
    }
}
