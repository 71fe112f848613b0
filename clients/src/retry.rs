//! How long to wait before trying again. The only module that names the `backoff` crate, so that changing to another
//! is a change of this file. Whether something may be repeated at all is for the caller to know.

use std::time::{Duration, Instant};

use backoff::{ExponentialBackoff, ExponentialBackoffBuilder, backoff::Backoff};

/// After so many failures the delay has long reached any sensible cap.
const STEPS_UNTIL_ANY_CAP: u32 = 64;

/// Delays that double from `first` up to `cap`, each moved at random by up to half its length, never above `cap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    first: Duration,
    cap: Duration,
    attempts: u32,
    within: Duration,
}

impl Retry {
    /// Three attempts, the last of which starts less than 30 seconds after the first; see [`Retry::attempts`].
    pub const fn new(first: Duration, cap: Duration) -> Self {
        Retry { first, cap, attempts: 3, within: Duration::from_secs(30) }
    }

    /// How often [`Retry::run`] tries in total, and the time after the start of the first attempt from which on no
    /// other begins.
    pub const fn attempts(self, attempts: u32, within: Duration) -> Self {
        Retry { attempts, within, ..self }
    }

    /// How long to wait after this many failures in a row; no time after none.
    pub fn delay(&self, failures: u32) -> Duration {
        let mut policy = self.policy();
        (0..failures.min(STEPS_UNTIL_ANY_CAP)).map(|_| self.next(&mut policy)).last().unwrap_or_default()
    }

    /// Runs `work` until it succeeds, fails for a reason that `is_transient` denies, or the attempts or the time are
    /// used up. The error is that of the last attempt.
    pub async fn run<T, E, F>(
        &self,
        mut work: impl FnMut() -> F,
        is_transient: impl Fn(&E) -> bool,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let started = Instant::now();
        let mut policy = self.policy();
        for _ in 1..self.attempts {
            match work().await {
                Err(error) if is_transient(&error) => {
                    let delay = self.next(&mut policy);
                    if started.elapsed() + delay >= self.within {
                        return Err(error);
                    }
                    tokio::time::sleep(delay).await;
                }
                done => return done,
            }
        }
        work().await
    }

    fn policy(&self) -> ExponentialBackoff {
        ExponentialBackoffBuilder::new()
            .with_initial_interval(self.first)
            .with_max_interval(self.cap)
            .with_multiplier(2.0)
            .with_randomization_factor(0.5)
            .with_max_elapsed_time(None)
            .build()
    }

    /// The crate caps the interval before moving it at random, so a delay could be one and a half caps.
    fn next(&self, policy: &mut ExponentialBackoff) -> Duration {
        policy.next_backoff().unwrap_or(self.cap).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry::new(Duration::from_millis(100), Duration::from_secs(10));

    #[test]
    fn delays_double_within_their_jitter_and_stop_at_the_cap() {
        assert_eq!(RETRY.delay(0), Duration::ZERO);
        for (failures, middle) in [(1, 100), (2, 200), (3, 400), (5, 1600)] {
            let delay = RETRY.delay(failures);
            assert!(delay >= Duration::from_millis(middle / 2), "{delay:?} after {failures}");
            assert!(delay <= Duration::from_millis(middle * 3 / 2 + 1), "{delay:?} after {failures}");
        }
        for failures in [20, 1000, u32::MAX] {
            let delay = RETRY.delay(failures);
            assert!(delay >= Duration::from_secs(5) && delay <= Duration::from_secs(10), "{delay:?}");
        }
    }

    #[test]
    fn delays_differ() {
        let delays: Vec<Duration> = (0..20).map(|_| RETRY.delay(3)).collect();
        assert!(delays.iter().any(|delay| *delay != delays[0]));
    }

    #[tokio::test]
    async fn attempts_are_bounded_in_number() {
        let mut calls = 0;
        let result: Result<(), u32> = Retry::new(Duration::from_millis(1), Duration::from_millis(2))
            .attempts(4, Duration::from_secs(60))
            .run(
                || {
                    calls += 1;
                    std::future::ready(Err(calls))
                },
                |_| true,
            )
            .await;
        assert_eq!(result, Err(4));
    }

    #[tokio::test]
    async fn no_attempt_begins_after_the_time_is_up() {
        let mut calls = 0;
        let slow = Retry::new(Duration::from_secs(100), Duration::from_secs(100))
            .attempts(5, Duration::from_secs(1));
        let result: Result<(), u32> = slow
            .run(
                || {
                    calls += 1;
                    std::future::ready(Err(calls))
                },
                |_| true,
            )
            .await;
        assert_eq!(result, Err(1));
    }

    #[tokio::test]
    async fn a_lasting_error_is_not_repeated() {
        let mut calls = 0;
        let result: Result<(), u32> = RETRY
            .run(
                || {
                    calls += 1;
                    std::future::ready(Err(calls))
                },
                |_| false,
            )
            .await;
        assert_eq!(result, Err(1));
    }
}
