//! The one error type of this crate. Each variant says what a caller can do about it; `src/http/error.rs` of the server
//! decides what a browser or an API client sees.

use deadpool_postgres::PoolError;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection could be had from the pool, or the database went away: worth a 503 and another try.
    #[error("the database cannot be reached: {}", chain(&**.0))]
    Unavailable(#[source] BoxedError),
    /// A statement failed.
    #[error("a database statement failed: {}", chain(.0))]
    Statement(#[source] tokio_postgres::Error),
    /// The input breaks a rule; the text is meant for the person who sent it.
    #[error("{0}")]
    Invalid(String),
    /// A row holds something this version cannot read.
    #[error("the database holds something unexpected: {0}")]
    Corrupt(String),
}

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

impl Error {
    /// The constraint that a statement broke, if that is why it failed.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Error::Statement(error) => error.as_db_error().and_then(|db| db.constraint()),
            _ => None,
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        if is_outage(&error) { Error::Unavailable(Box::new(error)) } else { Error::Statement(error) }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Error::from(error),
            other => Error::Unavailable(Box::new(other)),
        }
    }
}

/// Whether the server is gone, shutting down (class 57P), out of connections (53300) or cannot be connected to
/// (class 08), as opposed to having refused the statement.
fn is_outage(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(state) => {
            let code = state.code();
            code.starts_with("57P") || code.starts_with("08") || code == "53300"
        }
        None => {
            error.is_closed()
                || std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
        }
    }
}

/// An error with all its causes: tokio-postgres' own `Display` says only "db error".
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
