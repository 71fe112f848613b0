//! RapController: the calls that create and cancel jobs. One after another for each job request, side by side for
//! different ones up to a bound, and finished even when whoever asked has gone away. What an answer means for a job
//! request is decided in `orders`; here is who goes when.

mod orders;

use std::{sync::Arc, time::Duration};

use actix::Recipient;
use domain::{ids::JobRequestId, job_requests::CancelOrder};

pub(crate) use orders::Orders;
pub use orders::{CancelReport, ControllerError, CreationReport};

use crate::supervision::{Bounds, HealthCell, NoPlace, Queue, Stop};

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
    queue: Queue<JobRequestId>,
    orders: Arc<Orders>,
    wait: Duration,
}

impl RapController {
    pub(crate) fn start(settings: &RapControllerSettings, orders: Orders, health: HealthCell) -> Self {
        let bounds = Bounds {
            what: "creating or cancelling",
            parallel: settings.parallel,
            capacity: settings.capacity,
        };
        Self { queue: Queue::start(&bounds, health), orders: Arc::new(orders), wait: settings.wait }
    }

    /// Asks the controller to create the jobs of a job request, and records what came of it. A job request whose jobs
    /// were asked for already is left alone, and its status reported.
    pub async fn create(&self, job_request: JobRequestId) -> Result<CreationReport, ControllerError> {
        let orders = self.orders.clone();
        self.place(job_request, async move { orders.create(job_request).await }).await
    }

    /// Asks the controller to cancel the active ones of the actions that are meant, and records that it agreed, and whose
    /// order it was.
    pub async fn cancel(&self, order: CancelOrder) -> Result<CancelReport, ControllerError> {
        let orders = self.orders.clone();
        self.place(order.job_request, async move { orders.cancel(&order).await }).await
    }

    pub(crate) fn stopper(&self) -> Recipient<Stop> {
        self.queue.stopper()
    }

    async fn place<T: Send + 'static>(
        &self,
        job_request: JobRequestId,
        work: impl Future<Output = Result<T, ControllerError>> + Send + 'static,
    ) -> Result<T, ControllerError> {
        let place = self.queue.place().map_err(|reason| match reason {
            NoPlace::Full => ControllerError::Busy,
            NoPlace::Stopping => ControllerError::Stopping,
        })?;
        let trouble = |error: &ControllerError| error.is_trouble().then(|| error.to_string());
        let answered = self.queue.order(place, job_request, work, trouble);
        match tokio::time::timeout(self.wait, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(ControllerError::BrokenOff),
            Err(_) => Err(ControllerError::StillWorking),
        }
    }
}
