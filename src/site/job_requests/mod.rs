//! Pages of one job request.

mod address;
pub mod cancel;
pub mod detail;

pub use address::redirect;
