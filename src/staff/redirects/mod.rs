//! Redirects from old addresses: staff see them and delete them. They come about when something is renamed or moved.

mod delete;
mod detail;
mod list;
mod target;

pub use self::{delete::submit as delete, detail::show as detail, list::show as list};

const PATH: &str = "/staff/redirects/";
