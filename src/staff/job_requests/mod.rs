//! Job requests of everybody: finding one, seeing what it asked for, cancelling it.

mod cancel;
mod detail;
mod list;

use domain::ids::JobRequestId;

pub use self::{
    cancel::submit as cancel,
    detail::show as detail,
    list::{choices, show as list},
};

const PATH: &str = "/staff/job-requests/";

/// Where a job request has its staff page.
pub fn address(id: JobRequestId) -> String {
    format!("{PATH}{id}/")
}
