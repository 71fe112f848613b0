//! The services outside: the RAP API, GitHub, OpenCodelists, Slack and the mail relay, one module each.
//!
//! Nothing here knows the database or what a job request means to the site: a module turns a call into HTTP (or SMTP)
//! and an answer into a value or an error whose text names the cause. Every call has a connect and a total timeout and
//! reads a bounded number of bytes, and no error, log line or `Debug` output holds a token or a password.

mod dry_run;
pub mod github;
pub mod http;
pub mod mail;
pub mod opencodelists;
pub mod rap;
pub mod retry;
pub mod secret;
pub mod slack;
pub mod storage;

pub use http::SetupError;
pub use secret::Secret;
