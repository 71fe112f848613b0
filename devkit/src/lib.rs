//! What a developer and a test need around the server: a private PostgreSQL, a fresh database for each test, sample
//! data, and stand-ins for the RAP controller, GitHub, OpenCodelists, Slack and the mail relay.
//! Never a dependency of the shipped program, and it knows nothing of the server's own code in `src/`.

pub mod database;
pub mod error;
pub mod leash;
pub mod postgres;
pub mod sample;
pub mod standins;
pub mod world;

pub use error::{Error, Result};
