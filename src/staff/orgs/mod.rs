//! Organisations: the list, making one, its page with members and GitHub organisations, and editing it.

pub mod add_members;
pub mod create;
mod destination;
pub mod detail;
mod detail_page;
pub mod edit;
pub mod github;
mod list;
mod logo;
mod remove_member;

pub use self::{list::show as list, remove_member::submit as remove_member};

const PATH: &str = "/staff/orgs/";
