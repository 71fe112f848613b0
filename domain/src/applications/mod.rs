//! Applications for projects: their short names, the pages that applicants fill in, and what staff do with them. Every
//! change by staff is one transaction with its event. Knows nothing of how pages look.

mod answers;
mod application;
mod approve;
pub mod catalogue;
mod deletion;
mod edit;
mod hash;
pub mod researchers;
mod review;
mod status;

pub use answers::{StoredPage, applicable, stored_pages};
pub(crate) use application::locked_present;
pub use application::{Application, Attempt, Refusal, find};
pub use approve::{Approval, Approved, approve};
pub use deletion::{delete, restore};
pub use edit::{Decision, edit};
pub use hash::{hash, pk_of};
pub use review::{Compared, PageReview, Reviewed, review};
pub use status::Status;
