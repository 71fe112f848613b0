//! The tests of this crate that need a database, in one program, because each program links everything again.

mod identity;
mod rap;
mod schema;
