//! Requesting jobs: choose actions of a pipeline, submit.

mod page;

pub use page::{form, submit};
