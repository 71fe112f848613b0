//! The actor that takes orders: one after another for each key, side by side for different keys up to a bound, and each
//! finished even when whoever placed it has gone away. An order is a task of its own, so a panic in it is its own failure
//! and the queue goes on. What an order does is its actor's; here is who goes when.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message, Recipient, Supervised, Supervisor};
use serde::Serialize;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

use super::{HealthCell, State, Stop};

/// What orders are about: those with equal keys wait for each other.
pub(crate) trait Key: Clone + Eq + Hash + Send + Unpin + Serialize + 'static {}

impl<K: Clone + Eq + Hash + Send + Unpin + Serialize + 'static> Key for K {}

/// How much a queue takes on.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// Shown while orders are under way.
    pub what: &'static str,
    /// Orders carried out at a time.
    pub parallel: usize,
    /// Places in all: for orders that wait, are carried out, or will be placed by whoever holds the place.
    pub capacity: usize,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    Full,
    Stopping,
}

/// A place in a queue; free again when dropped.
pub(crate) type Place = OwnedSemaphorePermit;

/// Where orders are placed. Cheap to clone.
pub(crate) struct Queue<K: Key> {
    address: Addr<Orders<K>>,
    capacity: Arc<Semaphore>,
}

impl<K: Key> Clone for Queue<K> {
    fn clone(&self) -> Self {
        Self { address: self.address.clone(), capacity: self.capacity.clone() }
    }
}

impl<K: Key> Queue<K> {
    /// Starts the actor on this thread's actix system; orders run on the tokio runtime below.
    pub fn start(bounds: &Bounds, health: HealthCell) -> Self {
        let capacity = Arc::new(Semaphore::new(bounds.capacity));
        let orders = Orders {
            what: bounds.what,
            parallel: Arc::new(Semaphore::new(bounds.parallel)),
            capacity: capacity.clone(),
            waiting: HashMap::new(),
            in_flight: 0,
            health,
            stopping: Vec::new(),
        };
        Self { address: Supervisor::start(|_| orders), capacity }
    }

    pub fn stopper(&self) -> Recipient<Stop> {
        self.address.clone().recipient()
    }

    pub fn place(&self) -> Result<Place, NoPlace> {
        self.capacity.clone().try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => NoPlace::Full,
            TryAcquireError::Closed => NoPlace::Stopping,
        })
    }

    /// Orders `work`, whose outcome the returned receiver gets, unless it panics. `trouble` says what of a failure is out
    /// of order, as opposed to having been asked for in vain.
    pub fn order<T: Send + 'static, E: Send + 'static>(
        &self,
        place: Place,
        key: K,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
        trouble: fn(&E) -> Option<String>,
    ) -> oneshot::Receiver<Result<T, E>> {
        let (answer, answered) = oneshot::channel();
        let work = Box::pin(async move {
            let outcome = work.await;
            let trouble = outcome.as_ref().err().and_then(trouble);
            // Whoever asked may have gone away.
            answer.send(outcome).ok();
            trouble
        });
        self.address.do_send(Order { key, work, place });
        answered
    }
}

/// Something to do. Its future answers whoever asked, and gives what went wrong, if anything.
#[derive(Message)]
#[rtype(result = "()")]
struct Order<K: Key> {
    key: K,
    work: Pin<Box<dyn Future<Output = Option<String>> + Send>>,
    place: Place,
}

/// An order has ended.
#[derive(Message)]
#[rtype(result = "()")]
struct Ended<K: Key> {
    key: K,
    took: Duration,
    outcome: Outcome,
}

enum Outcome {
    Well,
    Trouble(String),
    Panic,
}

/// The actor. The end of an order's task comes back as a message, so nothing of this struct is lost or in doubt when one
/// panics.
struct Orders<K: Key> {
    what: &'static str,
    parallel: Arc<Semaphore>,
    capacity: Arc<Semaphore>,
    /// An entry for each key that has an order under way; the orders that wait for it to end.
    waiting: HashMap<K, VecDeque<Order<K>>>,
    in_flight: usize,
    health: HealthCell,
    stopping: Vec<oneshot::Sender<()>>,
}

impl<K: Key> Orders<K> {
    fn begin(&mut self, order: Order<K>, context: &mut Context<Self>) {
        let (parallel, address) = (self.parallel.clone(), context.address());
        let Order { key, work, place } = order;
        tokio::spawn(async move {
            let turn = parallel.acquire_owned().await;
            let started = Instant::now();
            let outcome = match tokio::spawn(work).await {
                Ok(None) => Outcome::Well,
                Ok(Some(trouble)) => Outcome::Trouble(trouble),
                Err(_) => Outcome::Panic,
            };
            drop((turn, place));
            address.do_send(Ended { key, took: started.elapsed(), outcome });
        });
    }

    fn show(&self) {
        self.health.set_queue_depth(self.in_flight);
        self.health.enter(match self.in_flight {
            0 => State::Idle { next_at: None },
            count => State::Running { what: format!("{}, {count} in all", self.what) },
        });
    }

    fn stop_if_idle(&mut self) {
        if self.in_flight == 0 && self.capacity.is_closed() {
            self.health.enter(State::Stopped);
            for done in self.stopping.drain(..) {
                done.send(()).ok();
            }
        }
    }
}

impl<K: Key> Actor for Orders<K> {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.show();
    }
}

impl<K: Key> Supervised for Orders<K> {}

impl<K: Key> Handler<Order<K>> for Orders<K> {
    type Result = ();

    fn handle(&mut self, order: Order<K>, context: &mut Self::Context) {
        self.in_flight += 1;
        match self.waiting.get_mut(&order.key) {
            Some(waiting) => waiting.push_back(order),
            None => {
                self.waiting.insert(order.key.clone(), VecDeque::new());
                self.begin(order, context);
            }
        }
        self.show();
    }
}

impl<K: Key> Handler<Ended<K>> for Orders<K> {
    type Result = ();

    fn handle(&mut self, ended: Ended<K>, context: &mut Self::Context) {
        self.in_flight -= 1;
        let about = json!({"about": ended.key});
        match ended.outcome {
            Outcome::Well => self.health.succeeded(ended.took, about),
            Outcome::Trouble(what) => self.health.failed(&what),
            Outcome::Panic => {
                let what = format!("{} panicked", self.what);
                tracing::error!(%about, "{what}");
                self.health.panicked(&what);
            }
        }
        match self.waiting.get_mut(&ended.key).and_then(VecDeque::pop_front) {
            Some(next) => self.begin(next, context),
            None => {
                self.waiting.remove(&ended.key);
            }
        }
        self.show();
        self.stop_if_idle();
    }
}

impl<K: Key> Handler<Stop> for Orders<K> {
    type Result = ();

    fn handle(&mut self, stop: Stop, _: &mut Self::Context) {
        self.capacity.close();
        self.stopping.push(stop.done);
        self.stop_if_idle();
    }
}

#[cfg(test)]
mod tests;
