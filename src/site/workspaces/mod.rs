//! Pages of one workspace.

pub mod create;
mod create_page;
pub mod detail;
mod detail_page;
pub mod edit;
pub mod field_error;
pub mod logs;
pub mod place;
pub mod latest;
mod purpose;
pub mod toggles;
