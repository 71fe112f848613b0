//! Requesting jobs, following them, telling people of their end.

mod backends;
mod cancelling;
mod creating;
mod following;
mod isolation;
mod leases;
mod live;
mod outbox;
mod selecting;
mod site;
mod speed;
mod statuses;
