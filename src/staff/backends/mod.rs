//! Backends: where jobs run. Staff make them, switch them on and off, and give them tokens.

mod create;
mod detail;
mod edit;
mod list;
mod reveal;
mod rotate;

use super::addresses::backend as address;

pub use self::{
    create::{form as create_form, submit as create},
    detail::show as detail,
    edit::{form as edit_form, submit as edit},
    list::show as list,
    rotate::submit as rotate_token,
};
