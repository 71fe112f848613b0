//! Pages of one workspace.

pub mod create;
pub mod detail;
pub mod edit;
pub mod logs;
pub mod toggles;
