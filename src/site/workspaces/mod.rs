//! Pages of one workspace.

pub mod create;
mod create_page;
pub mod detail;
mod detail_page;
pub mod edit;
pub mod field_error;
pub mod latest;
pub mod logs;
pub mod place;
mod purpose;
pub mod toggles;
