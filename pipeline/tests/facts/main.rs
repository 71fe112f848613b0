//! What the crate promises, told through its public interface.

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
