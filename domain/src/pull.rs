//! What older job-runners need, which no controller calls for: they come and fetch the job requests of their backend, and
//! report the jobs that they made of them. How a report is written down is `rap`'s business; knows nothing of the wire format.

mod cancel;
mod contact;
mod listing;
mod people;

pub use cancel::{Cancelled, cancel};
pub use contact::{Contact, Maintenance, record_contact};
pub use listing::{JobRequest, Listing, Wanted, active};
pub use people::{OnProject, Roles, roles_of};
