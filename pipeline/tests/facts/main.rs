//! What the crate promises, told through its public interface.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod agreement;
mod cases;
mod crossings;
mod graph;
mod highlight;
mod hostile;
mod mutations;
mod real_files;
mod report;
mod vectors;
