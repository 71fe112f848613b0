#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]
mod harness;
mod api_releases;
mod api_snapshots;
mod api_docs;
mod openapi_fuzz;
mod statements;
