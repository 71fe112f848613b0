//! Requesting jobs: who may and where (`gate`), what was asked for and what is wrong with it (`entered`), asking for it
//! (`request`), and the page in all its states (`view`).

mod entered;
mod gate;
mod page;
mod request;
mod view;

pub use page::{form, submit};
