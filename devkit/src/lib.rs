//! What a developer and a test need around the server: a private PostgreSQL, a fresh database for each test, sample
//! data, stand-ins for the RAP controller, GitHub, OpenCodelists, Slack and the mail relay, and for Airlock.
//! Never a dependency of the shipped program, and it knows nothing of the server's own code in `src/`.

pub mod airlock;
pub mod database;
pub mod error;
pub mod leash;
pub mod postgres;
pub mod sample;
pub mod scratch;
pub mod standins;
pub mod world;

pub use error::{Error, Result};
