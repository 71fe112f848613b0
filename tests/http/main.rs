//! The server through HTTP: the real program on a real PostgreSQL, with stand-ins for the outside world. One program,
//! because each test program links everything again; a module per family of addresses or promises.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cancelling;
mod commands;
mod crash;
mod create_workspace;
mod csrf;
mod errors;
mod event_log;
mod harness;
mod headers;
mod home;
mod job_requests;
mod jobs;
mod journey;
mod live;
mod machines;
mod outage;
mod projects;
mod redirects;
mod routes;
mod run_jobs;
mod sessions;
mod settings;
mod signing_in;
mod signing_out;
mod statements;
mod status;
mod submitting;
mod workspaces;
