//! The one error type of this crate: each variant is a sentence for the developer at the terminal.

use std::path::{Path, PathBuf};

/// What every fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something for development could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// PostgreSQL is missing, cannot be used, or would not start.
    #[error("{0}")]
    Postgres(String),
    /// A file or folder stood in the way.
    #[error("cannot {doing} {}: {cause}", path.display())]
    File { doing: &'static str, path: PathBuf, cause: std::io::Error },
    /// A program is missing or would not start.
    #[error("cannot run {program}: {cause}")]
    Program { program: String, cause: std::io::Error },
    /// A statement of ours failed, or no connection could be made.
    #[error("the database refused: {}", domain::error::chain(.0))]
    Database(#[from] tokio_postgres::Error),
    /// Something that the server itself does, such as migrating, failed.
    #[error(transparent)]
    Domain(#[from] domain::Error),
    /// A stand-in cannot listen, or cannot be told something.
    #[error("{0}")]
    StandIn(String),
    /// What was asked for on the command line makes no sense.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// For `map_err`: what was being done to `path`, such as `read`.
    pub fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_owned();
        move |cause| Error::File { doing, path, cause }
    }

    /// For `map_err`.
    pub fn program(program: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
        let program = program.into();
        move |cause| Error::Program { program, cause }
    }
}
