//! JSON and event streams.

pub mod access;
pub mod airlock;
pub mod conventions;
pub mod docs;
pub mod error;
pub mod json;
pub mod level4;
pub mod live;
pub mod live_fragments;
pub mod openapi;
pub mod pull;
pub mod releases;
pub mod snapshots;
pub mod statuses;
pub mod workspace_status;
