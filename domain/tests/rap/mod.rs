//! Requesting jobs, following them, telling people of their end.

mod actor_health;
mod airlock_posts;
mod backends;
mod browsing;
mod cancelling;
mod creating;
mod following;
mod isolation;
mod leases;
mod live;
mod outbox;
mod runners;
mod selecting;
mod site;
mod speed;
mod statuses;
