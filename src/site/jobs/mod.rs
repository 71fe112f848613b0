//! Pages of one job.

mod address;
mod cancellation;
mod metrics;
mod page;
mod timeline;

pub use address::redirect;
pub use cancellation::cancel;
pub use page::detail;
