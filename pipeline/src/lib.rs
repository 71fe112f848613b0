//! The pipeline of a study: what its `project.yaml` says may be run.
//!
//! Text in, values or errors out: nothing here reads files, knows of requests or draws pages. The format is that of the
//! RAP runner, which reads the same file again, so what is accepted and refused here must be what it accepts and
//! refuses. Any text is read in bounded time and memory.

mod error;
pub mod graph;
pub mod highlight;
mod model;
mod paths;
mod quotes;
pub mod report;
mod run;
mod site_rules;
mod validate;
mod yaml;

pub use error::{Error, ErrorKind};
pub use highlight::highlight;
pub use model::{Action, OfferedAction, Outputs, Pipeline, PrivacyLevel};
pub use yaml::MAX_BYTES;

/// Read and check the text of a `project.yaml`.
///
/// # Errors
/// The first thing wrong: YAML first, then the rules of the format in their fixed order.
pub fn parse(text: &str) -> Result<Pipeline, Error> {
    yaml::read(text, validate::project)
}
