//! Workspaces of all projects. Staff find them, and edit what their owners cannot: the project that they belong to.

mod detail;
mod edit;
mod list;

pub use self::{
    detail::show as detail,
    edit::{form as edit_form, submit as edit},
    list::show as list,
};

const PATH: &str = "/staff/workspaces/";
