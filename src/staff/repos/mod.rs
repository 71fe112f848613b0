//! Repositories at GitHub that workspaces are made of, and their sign-off. A repository is named by its whole address,
//! which its pages carry escaped twice.

mod address;
mod detail;
mod facts;
mod list;
mod sign_off;
mod workspace_line;

pub use self::{detail::show as detail, facts::Visibility, list::show as list, sign_off::submit as sign_off};

const PATH: &str = "/staff/repos/";
