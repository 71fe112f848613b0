//! The public pages, a module per family of addresses.

pub mod bars;
pub mod dev_sign_in;
pub mod enter_name;
pub mod errors;
pub mod event_log;
pub mod health;
pub mod home;
pub mod job_requests;
pub mod jobs;
pub mod login;
pub mod media;
pub mod monitoring;
pub mod projects;
pub mod published;
pub mod releases;
pub mod rows;
pub mod run_jobs;
pub mod search;
pub mod settings;
pub mod status;
pub mod ui_components;
pub mod workspaces;
