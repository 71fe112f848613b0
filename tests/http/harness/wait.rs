//! Waiting for something that another process does: a condition asked again and again until a deadline.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(25);

/// Returns as soon as `condition` holds; fails the test when it still does not hold after `limit`.
pub async fn eventually(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Fails the test if `condition` stops to hold within `span`: for what must not happen.
pub async fn stays_true(what: &str, span: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + span;
    while Instant::now() < end {
        assert!(condition().await, "no longer true: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
