//! What all actors share, so that an actor's own file holds only its work: when to work, what a failure does, how to
//! stop, how to tell how one is doing. Knows nothing of what the actors do.

mod driver;
mod health;
mod lease;
mod queue;

pub(crate) use driver::{Driver, Plan, Stop, Turn, Wake, Work};
pub(crate) use health::HealthCell;
pub use health::{Failure, HealthBoard, HealthSnapshot, State, Success};
pub(crate) use lease::LeaseHolder;
pub(crate) use queue::{Bounds, NoPlace, Place, Queue};
