//! The staff area: pages for those who run the site. Whoever lacks the permission is refused before anything is looked up.

mod access;
pub mod addresses;
pub mod applications;
pub mod audit_log;
pub mod backends;
pub mod dashboards;
mod entered;
mod fragment;
pub mod index;
pub mod job_requests;
mod link;
mod listing;
pub mod options;
pub mod orgs;
mod overtaken;
pub mod projects;
pub mod redirects;
mod remembered;
pub mod repos;
pub mod routes;
pub mod sentry;
pub mod site_alerts;
pub mod system;
pub mod users;
pub mod workspaces;

use crate::http::error::Error;

pub use access::{
    ApplicationLinker, BackendManager, MemberManager, OrgCreator, ProjectCreator, Staff, UserManager,
};
pub use remembered::Remembered;

/// A key in an address. A number too large for any row names none.
pub fn pk(text: &str) -> Result<i32, Error> {
    text.parse().map_err(|_| Error::NotFound)
}
