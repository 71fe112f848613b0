//! The tests of this crate that need a database, in one program, because each program links everything again.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A helper of a test may fail the test.

mod identity;
mod rap;
mod schema;
