//! RapController: the calls that create and cancel jobs. One after another for each job request, side by side for
//! different ones up to a bound, and finished even when whoever asked has gone away. What an answer means for a job
//! request is decided in `orders`; here is who goes when.

mod orders;

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message, Supervised, Supervisor};
use domain::ids::JobRequestId;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

pub(crate) use orders::Orders;
pub use orders::{CancelReport, ControllerError, CreationReport};

use crate::supervision::{HealthCell, State, Stop};

/// How much the controller takes on.
#[derive(Debug, Clone)]
pub struct RapControllerSettings {
    /// Calls at a time.
    pub parallel: usize,
    /// Orders that wait or are being worked on, together. One more is refused.
    pub capacity: usize,
    /// How long a caller waits for an answer at most; the order goes on after that.
    pub wait: Duration,
}

impl Default for RapControllerSettings {
    fn default() -> Self {
        Self { parallel: 8, capacity: 128, wait: Duration::from_secs(47) }
    }
}

/// A create call and recording its outcome with the database away for a while take less than this.
pub(crate) const FRESHNESS_LIMIT: Duration = Duration::from_secs(180);

/// Where handlers place their orders. Cheap to clone.
#[derive(Clone)]
pub struct RapController {
    address: Addr<Queue>,
    orders: Arc<Orders>,
    capacity: Arc<Semaphore>,
    wait: Duration,
}

impl RapController {
    pub(crate) fn start(settings: &RapControllerSettings, orders: Orders, health: HealthCell) -> Self {
        let capacity = Arc::new(Semaphore::new(settings.capacity));
        let queue = Queue {
            parallel: Arc::new(Semaphore::new(settings.parallel)),
            capacity: capacity.clone(),
            waiting: HashMap::new(),
            in_flight: 0,
            health,
            stopping: Vec::new(),
        };
        let address = Supervisor::start(|_| queue);
        Self { address, orders: Arc::new(orders), capacity, wait: settings.wait }
    }

    /// Asks the controller to create the jobs of a job request, and records what came of it. A job request whose jobs
    /// were asked for already is left alone, and its status reported.
    pub async fn create(&self, job_request: JobRequestId) -> Result<CreationReport, ControllerError> {
        let orders = self.orders.clone();
        self.place(job_request, async move { orders.create(job_request).await }).await
    }

    /// Asks the controller to cancel the active ones of `actions`, or all active ones when none are given, and records
    /// that it agreed.
    pub async fn cancel(
        &self,
        job_request: JobRequestId,
        actions: Option<Vec<String>>,
    ) -> Result<CancelReport, ControllerError> {
        let orders = self.orders.clone();
        self.place(job_request, async move { orders.cancel(job_request, actions.as_deref()).await }).await
    }

    pub(crate) fn stopper(&self) -> actix::Recipient<Stop> {
        self.address.clone().recipient()
    }

    async fn place<T: Send + 'static>(
        &self,
        job_request: JobRequestId,
        work: impl Future<Output = Result<T, ControllerError>> + Send + 'static,
    ) -> Result<T, ControllerError> {
        let room = self.capacity.clone().try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => ControllerError::Busy,
            TryAcquireError::Closed => ControllerError::Stopping,
        })?;
        let (answer, answered) = oneshot::channel();
        let work = Box::pin(async move {
            let outcome = work.await;
            let trouble = outcome.as_ref().err().filter(|error| error.is_trouble()).map(ToString::to_string);
            // The caller may have gone away; the outcome is in the database.
            answer.send(outcome).ok();
            trouble
        });
        self.address.do_send(Order { job_request, work, room });
        match tokio::time::timeout(self.wait, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(ControllerError::BrokenOff),
            Err(_) => Err(ControllerError::StillWorking),
        }
    }
}

/// Something to do for a job request. Its future answers whoever asked, and gives what went wrong outside, if anything.
#[derive(Message)]
#[rtype(result = "()")]
struct Order {
    job_request: JobRequestId,
    work: Pin<Box<dyn Future<Output = Option<String>> + Send>>,
    /// Its place among all that the controller has taken on.
    room: OwnedSemaphorePermit,
}

/// An order has ended.
#[derive(Message)]
#[rtype(result = "()")]
struct Ended {
    job_request: JobRequestId,
    took: Duration,
    outcome: Outcome,
}

enum Outcome {
    Well,
    Trouble(String),
    Panic,
}

/// The actor. It only orders the work, each piece of which is a task of its own; the end of a task comes back as a
/// message, so nothing of this struct is lost or in doubt when one panics.
struct Queue {
    parallel: Arc<Semaphore>,
    capacity: Arc<Semaphore>,
    /// A key for each job request that has an order under way; the orders that wait for it to end.
    waiting: HashMap<JobRequestId, VecDeque<Order>>,
    in_flight: usize,
    health: HealthCell,
    stopping: Vec<oneshot::Sender<()>>,
}

impl Queue {
    fn begin(&mut self, order: Order, context: &mut Context<Self>) {
        let (parallel, address) = (self.parallel.clone(), context.address());
        let Order { job_request, work, room } = order;
        tokio::spawn(async move {
            let turn = parallel.acquire_owned().await;
            let started = Instant::now();
            let outcome = match tokio::spawn(work).await {
                Ok(None) => Outcome::Well,
                Ok(Some(trouble)) => Outcome::Trouble(trouble),
                Err(_) => Outcome::Panic,
            };
            drop((turn, room));
            address.do_send(Ended { job_request, took: started.elapsed(), outcome });
        });
    }

    fn show(&self) {
        self.health.set_queue_depth(self.in_flight);
        self.health.enter(match self.in_flight {
            0 => State::Idle { next_at: None },
            count => State::Running { what: format!("creating or cancelling, {count} in all") },
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

impl Actor for Queue {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.show();
    }
}

impl Supervised for Queue {}

impl Handler<Order> for Queue {
    type Result = ();

    fn handle(&mut self, order: Order, context: &mut Self::Context) {
        self.in_flight += 1;
        match self.waiting.get_mut(&order.job_request) {
            Some(queue) => queue.push_back(order),
            None => {
                self.waiting.insert(order.job_request, VecDeque::new());
                self.begin(order, context);
            }
        }
        self.show();
    }
}

impl Handler<Ended> for Queue {
    type Result = ();

    fn handle(&mut self, ended: Ended, context: &mut Self::Context) {
        self.in_flight -= 1;
        match ended.outcome {
            Outcome::Well => self.health.succeeded(ended.took, json!({"job_request": ended.job_request})),
            Outcome::Trouble(what) => self.health.failed(&what),
            Outcome::Panic => {
                tracing::error!(job_request = ended.job_request.0, "creating or cancelling panicked");
                self.health.panicked("creating or cancelling panicked");
            }
        }
        match self.waiting.get_mut(&ended.job_request).and_then(VecDeque::pop_front) {
            Some(next) => self.begin(next, context),
            None => {
                self.waiting.remove(&ended.job_request);
            }
        }
        self.show();
        self.stop_if_idle();
    }
}

impl Handler<Stop> for Queue {
    type Result = ();

    fn handle(&mut self, stop: Stop, _: &mut Self::Context) {
        self.capacity.close();
        self.stopping.push(stop.done);
        self.stop_if_idle();
    }
}
