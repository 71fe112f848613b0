//! JSON and event streams.

pub mod live;
pub mod live_fragments;
pub mod statuses;
