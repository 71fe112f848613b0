//! Read models: what a page shows, in one or two statements, whatever the number of rows. They never write.

/// Lines on one page of a log. The statements name it as a literal: PostgreSQL plans for a limit that it does not know as if
/// a tenth of the table were wanted, and then reads whole tables.
pub const PAGE_SIZE: i64 = 25;

pub mod event_log;
pub mod home;
pub mod job;
pub mod job_request;
pub mod job_request_history;
pub mod job_request_jobs;
pub mod outputs_list;
pub mod people;
pub mod project;
pub mod release_files;
pub mod release_list;
pub mod release_page;
pub mod rows;
pub mod run_jobs;
pub mod status;
pub mod workspace;
pub mod workspace_actions;
pub mod workspace_log;
