//! The one error type of this crate: each variant is a sentence for the developer at the terminal.

use std::path::{Path, PathBuf};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Devkit(#[from] devkit::Error),
    #[error(transparent)]
    Domain(#[from] domain::Error),
    #[error("the database refused: {}", domain::error::chain(.0))]
    Database(#[from] tokio_postgres::Error),
    #[error("a request failed: {}", domain::error::chain(.0))]
    Request(#[from] reqwest::Error),
    #[error("cannot run {program}: {cause}")]
    Program { program: String, cause: std::io::Error },
    #[error("{program} failed:\n{told}")]
    ProgramFailed { program: String, told: String },
    #[error("cannot {doing} {}: {cause}", path.display())]
    File { doing: &'static str, path: PathBuf, cause: std::io::Error },
    #[error("no connection: {0}")]
    Connection(#[from] std::io::Error),
    /// What was to be measured is not there, or not as it should be.
    #[error("{0}")]
    Unmeasurable(String),
}

impl Error {
    pub fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_owned();
        move |cause| Error::File { doing, path, cause }
    }

    pub fn program(program: &str) -> impl FnOnce(std::io::Error) -> Error {
        let program = program.to_owned();
        move |cause| Error::Program { program, cause }
    }
}
