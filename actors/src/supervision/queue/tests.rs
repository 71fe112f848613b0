use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

use super::*;
use crate::supervision::{HealthBoard, HealthSnapshot};

const DEADLINE: Duration = Duration::from_secs(10);

struct Started {
    queue: Queue<String>,
    board: HealthBoard,
}

impl Started {
    fn new(parallel: usize, capacity: usize) -> Self {
        let board = HealthBoard::default();
        let cell = board.add("Counting", Duration::from_secs(60));
        let bounds = Bounds { what: "counting", parallel, capacity };
        Self { queue: Queue::start(&bounds, cell), board }
    }

    fn order<T: Send + 'static>(
        &self,
        key: &str,
        work: impl Future<Output = Result<T, String>> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, String>> {
        let place = self.queue.place().expect("a place");
        self.queue.order(place, key.to_owned(), work, |error| Some(error.clone()))
    }

    fn health(&self) -> HealthSnapshot {
        self.board.snapshot().remove(0)
    }
}

fn on_system(test: impl Future<Output = ()>) {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
    };
    actix::System::with_tokio_rt(runtime)
        .block_on(async { tokio::time::timeout(DEADLINE, test).await.expect("in time") });
}

#[test]
fn orders_of_one_key_keep_their_order_and_never_overlap() {
    on_system(async {
        let started = Started::new(8, 100);
        let log = Arc::new(Mutex::new(Vec::new()));
        let answers: Vec<_> = (0..20)
            .map(|number| {
                let log = log.clone();
                started.order("a", async move {
                    log.lock().unwrap_or_else(|broken| broken.into_inner()).push((number, "begins"));
                    tokio::task::yield_now().await;
                    log.lock().unwrap_or_else(|broken| broken.into_inner()).push((number, "ends"));
                    Ok(number)
                })
            })
            .collect();
        for (number, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer.await, Ok(Ok(number)));
        }
        let expected: Vec<_> = (0..20).flat_map(|number| [(number, "begins"), (number, "ends")]).collect();
        assert_eq!(*log.lock().unwrap_or_else(|broken| broken.into_inner()), expected);
    });
}

#[test]
fn a_slow_key_does_not_hold_up_the_others_and_no_more_run_than_allowed() {
    on_system(async {
        let started = Started::new(3, 100);
        let (gate, running) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        let waiting = gate.clone();
        let slow = started.order("slow", async move {
            waiting.notified().await;
            Ok(())
        });
        let others: Vec<_> = (0..10)
            .map(|number| {
                let running = running.clone();
                started.order(&number.to_string(), async move {
                    let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                    tokio::task::yield_now().await;
                    running.fetch_sub(1, Ordering::SeqCst);
                    Ok(now)
                })
            })
            .collect();
        for other in others {
            let at_once = other.await.expect("an answer").expect("it went well");
            assert!(at_once <= 2, "{at_once} besides the slow one");
        }
        gate.notify_one();
        assert_eq!(slow.await, Ok(Ok(())));
    });
}

#[test]
fn a_panic_is_the_failure_of_one_order_only() {
    on_system(async {
        let started = Started::new(2, 10);
        let broken = started.order("a", async {
            if true {
                panic!("the panic that the test wants");
            }
            Ok(())
        });
        let next = started.order("a", async { Ok(()) });
        let failing =
            started.order("a", async { Err::<(), _>("the failure that the test wants".to_owned()) });
        assert!(broken.await.is_err());
        assert_eq!(next.await, Ok(Ok(())));
        assert!(failing.await.is_ok_and(|outcome| outcome.is_err()));
        while started.health().iterations < 3 {
            tokio::task::yield_now().await;
        }
        let health = started.health();
        assert_eq!((health.panics, health.failures, health.queue_depth), (1, 2, 0));
    });
}

#[test]
fn a_full_queue_has_no_place_and_one_that_stops_finishes_first() {
    on_system(async {
        let started = Started::new(2, 2);
        let gate = Arc::new(Notify::new());
        let waiting = gate.clone();
        let slow = started.order("a", async move {
            waiting.notified().await;
            Ok(())
        });
        let second = started.queue.place();
        assert!(second.is_ok());
        assert_eq!(started.queue.place().err(), Some(NoPlace::Full));
        drop(second);
        assert!(started.queue.place().is_ok());
        let (done, mut is_done) = oneshot::channel();
        started.queue.stopper().do_send(Stop { done });
        while started.queue.place().err() != Some(NoPlace::Stopping) {
            tokio::task::yield_now().await;
        }
        assert!(is_done.try_recv().is_err(), "an order is still under way");
        gate.notify_one();
        assert_eq!(slow.await, Ok(Ok(())));
        assert!(is_done.await.is_ok());
        assert_eq!(started.health().state, State::Stopped);
    });
}
