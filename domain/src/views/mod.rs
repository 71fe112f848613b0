//! Read models: what a page shows, in one or two statements, whatever the number of rows. They never write.

pub mod event_log;
pub mod home;
pub mod job;
pub mod job_request;
pub mod job_request_history;
pub mod job_request_jobs;
pub mod people;
pub mod project;
pub mod rows;
pub mod run_jobs;
pub mod status;
pub mod workspace;
pub mod workspace_actions;
pub mod workspace_log;
