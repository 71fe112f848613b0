//! What Job Server knows: entities, rules, permissions and SQL, one module per aggregate.
//! It must not know of HTTP, HTML or the outside world's APIs.

pub mod backends;
pub mod db;
pub mod error;
pub mod housekeeping;
pub mod identities;
pub mod ids;
pub mod job_requests;
pub mod leases;
pub mod live;
pub mod memberships;
pub mod migrate;
pub mod new_workspace;
pub mod outbox;
pub mod permissions;
pub mod project_permissions;
pub mod projects;
pub mod rap;
pub mod redirects;
pub mod sessions;
pub mod site_alerts;
pub mod status;
pub mod status_codes;
pub mod users;
pub mod views;
pub mod workspaces;

pub use error::{Error, Result};
