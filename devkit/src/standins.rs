//! Stand-ins for the outside world, each a small HTTP server (the mail relay also speaks SMTP) that answers as the real
//! one does and can be told to be slow, to fail or to answer rubbish, from Rust or over HTTP under `/_control/`.
//! They know nothing of Job Server's database.

pub mod control;
pub mod github;
pub mod opencodelists;
pub mod rap;
pub mod repositories;
pub mod s3;
mod server;
pub mod slack;
pub mod smtp;

pub use control::{Behaviour, Control, Mode};
