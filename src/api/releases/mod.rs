//! Releases: making them, listing their files, and the record of who reviewed them.

pub mod create;
pub mod file;
pub mod index;
pub mod latest;
pub mod list;
pub mod requested;
pub mod review;
pub mod upload;
