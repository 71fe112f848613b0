//! The staff area: pages for those who run the site. Whoever lacks the permission is refused before anything is looked up.

mod access;
mod fragment;
pub mod system;

use crate::http::{error::PageResult, redirect};

pub use access::Staff;

/// `GET /staff/`: its only page so far.
pub async fn home(_: Staff) -> PageResult {
    Ok(redirect::plain(system::PATH))
}
