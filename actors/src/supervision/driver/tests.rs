use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use serde_json::json;

use super::*;
use crate::supervision::{HealthBoard, HealthSnapshot};

/// Counts its turns, in its own state and in all.
struct Counting {
    turns_since_made: u32,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    turns: AtomicU32,
    closed: AtomicBool,
    /// The turn of this number panics, those of the next fail.
    panic_at: u32,
    fail_at: u32,
    hang_at: u32,
}

impl Work for Counting {
    async fn turn(&mut self) -> Result<Turn, String> {
        self.turns_since_made += 1;
        let turn = self.shared.turns.fetch_add(1, Ordering::SeqCst) + 1;
        assert_ne!(turn, self.shared.panic_at, "the panic that the test wants");
        if turn == self.shared.fail_at {
            return Err("the failure that the test wants".to_owned());
        }
        if turn == self.shared.hang_at {
            std::future::pending::<()>().await;
        }
        Ok(Turn::Done { detail: json!(self.turns_since_made), again_in: None })
    }

    async fn close(self) {
        self.shared.closed.store(true, Ordering::SeqCst);
    }
}

struct Started {
    address: Addr<Driver<Counting>>,
    board: HealthBoard,
    shared: Arc<Shared>,
}

impl Started {
    fn new(interval: Duration, is_interruptible: bool, shared: Shared) -> Self {
        let plan = Plan {
            what: "counting",
            interval,
            debounce: Duration::from_millis(1),
            stand_by: interval,
            retry: Retry::new(Duration::from_millis(1), Duration::from_millis(5)),
            is_interruptible,
        };
        let board = HealthBoard::default();
        let shared = Arc::new(shared);
        let cell = board.add("Counting", Duration::from_secs(60));
        let make = shared.clone();
        let address =
            Driver::start(plan, cell, move || Counting { turns_since_made: 0, shared: make.clone() });
        Self { address, board, shared }
    }

    fn health(&self) -> HealthSnapshot {
        self.board.snapshot().remove(0)
    }

    fn turns(&self) -> u32 {
        self.shared.turns.load(Ordering::SeqCst)
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !is_so(self) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting).await.expect(what);
    }

    async fn stop(&self) -> bool {
        let (done, is_done) = oneshot::channel();
        self.address.do_send(Stop { done });
        tokio::time::timeout(Duration::from_secs(10), is_done).await.is_ok()
    }
}

const OFTEN: Duration = Duration::from_millis(2);
const NEVER: Duration = Duration::from_secs(3_600);

fn on_system(test: impl Future<Output = ()>) {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
    };
    actix::System::with_tokio_rt(runtime).block_on(test);
}

#[test]
fn a_turn_that_panics_restarts_the_actor_with_fresh_state() {
    on_system(async {
        let started = Started::new(OFTEN, false, Shared { panic_at: 3, ..Shared::default() });
        started.until("two turns", |started| started.turns() >= 2).await;
        started.until("turns after the panic", |started| started.turns() >= 5).await;
        started.until("recovered", |started| started.health().consecutive_failures == 0).await;
        let health = started.health();
        assert_eq!((health.panics, health.restarts, health.failures), (1, 1, 1));
        assert_eq!(health.last_failure.map(|failure| failure.what), Some("counting panicked".to_owned()));
        let since_made = health.last_success.and_then(|success| success.detail.as_u64()).unwrap_or(u64::MAX);
        assert!(since_made <= u64::from(started.turns() - 3), "{since_made} turns with the old state");
    });
}

#[test]
fn a_turn_that_fails_is_repeated_with_the_same_state() {
    on_system(async {
        let started = Started::new(OFTEN, false, Shared { fail_at: 2, ..Shared::default() });
        started.until("a turn after the failure", |started| started.turns() >= 3).await;
        started.until("recovered", |started| started.health().consecutive_failures == 0).await;
        let health = started.health();
        assert_eq!((health.failures, health.restarts), (1, 0));
        assert!(health.last_success.and_then(|success| success.detail.as_u64()) >= Some(3));
    });
}

#[test]
fn news_causes_a_turn_before_the_interval_is_over() {
    on_system(async {
        let started = Started::new(NEVER, false, Shared::default());
        let is_idle = |started: &Started| matches!(started.health().state, State::Idle { .. });
        started.until("the first turn", |started| started.turns() == 1 && is_idle(started)).await;
        for _ in 0..10 {
            started.address.do_send(Wake::News);
        }
        started.until("the second turn", |started| started.turns() == 2 && is_idle(started)).await;
    });
}

#[test]
fn stopping_closes_the_work_and_nothing_wakes_it_again() {
    on_system(async {
        let started = Started::new(NEVER, false, Shared::default());
        started.until("the first turn", |started| started.turns() == 1).await;
        assert!(started.stop().await);
        assert!(started.shared.closed.load(Ordering::SeqCst));
        assert_eq!(started.health().state, State::Stopped);
        started.address.do_send(Wake::Reconnected);
        assert!(started.stop().await);
        assert_eq!(started.turns(), 1);
    });
}

#[test]
fn a_turn_that_may_be_broken_off_does_not_hold_up_stopping() {
    on_system(async {
        let started = Started::new(OFTEN, true, Shared { hang_at: 2, ..Shared::default() });
        started.until("the hanging turn", |started| started.turns() == 2).await;
        assert!(started.stop().await);
        assert_eq!(started.health().state, State::Stopped);
    });
}
