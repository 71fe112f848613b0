//! The people of the site, for those who manage them: who is there, where they belong, what they may do.

mod address;
pub mod detail;
mod detail_page;
pub mod list;
pub mod orgs;
pub mod roles;
mod roles_page;

use domain::{
    db::GenericClient,
    views::staff_user::{self, StaffPerson},
};

use crate::http::error::Error;

/// The person in the address.
async fn person(db: &impl GenericClient, username: &str) -> Result<StaffPerson, Error> {
    staff_user::find(db, username).await?.ok_or(Error::NotFound)
}
