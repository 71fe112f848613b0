//! Job requests of everybody: finding one, seeing what it asked for, cancelling it.

mod cancel;
mod detail;
mod list;

/// Where a job request has its staff page.
pub use super::addresses::job_request as address;

pub use self::{
    cancel::submit as cancel,
    detail::show as detail,
    list::{choices, show as list},
};

const PATH: &str = "/staff/job-requests/";
