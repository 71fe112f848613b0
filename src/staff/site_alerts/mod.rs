//! Notices that everybody who is signed in sees on every page. A change is seen at once by whoever asks the process that
//! made it, within seconds by all others.

pub mod create;
pub mod delete;
pub mod edit;
mod form;
mod list;

pub use self::list::show as list;

const PATH: &str = "/staff/site-alerts/";
