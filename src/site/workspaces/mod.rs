//! Pages of one workspace.

pub mod create;
mod create_page;
pub mod detail;
mod detail_page;
pub mod edit;
pub mod latest;
pub mod logs;
pub mod place;
pub mod purpose;
pub mod toggles;
