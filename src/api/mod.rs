//! JSON and event streams.

pub mod live;
pub mod statuses;
