//! LiveUpdates: hears what any process commits and passes it on: to the browsers that watch a job request, and to the
//! actors of this process that have something to do. Knows nothing of browsers but their number: each is a receiver of a
//! counter, and a changed counter means "read the job request again".

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix::Recipient;
use clients::retry::Retry;
use domain::{
    db::Target,
    ids::JobRequestId,
    live::{self, Listener, Notification},
};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

use crate::supervision::{Plan, Turn, Wake, Work};

/// A turn listens for this long, then checks the connection and reports.
const BEAT: Duration = Duration::from_secs(10);

/// Connecting may take this long.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// The longest that a beat, its check and connecting can take together, with room.
pub(crate) const FRESHNESS_LIMIT: Duration = Duration::from_secs(60);

pub(crate) const PLAN: Plan = Plan {
    what: "listening",
    interval: Duration::ZERO,
    debounce: Duration::ZERO,
    stand_by: Duration::ZERO,
    retry: Retry::new(Duration::from_millis(200), Duration::from_secs(5)),
    is_interruptible: true,
};

/// Who watches which job request. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct LiveUpdates {
    watched: Arc<Mutex<HashMap<JobRequestId, watch::Sender<u64>>>>,
}

impl LiveUpdates {
    /// A counter that changes whenever the job request may have changed. Dropping it ends the watching.
    pub fn subscribe(&self, job_request: JobRequestId) -> watch::Receiver<u64> {
        self.watched().entry(job_request).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    /// How many browsers watch, all job requests together.
    pub fn watchers(&self) -> usize {
        self.watched().values().map(watch::Sender::receiver_count).sum()
    }

    fn changed(&self, job_request: JobRequestId) {
        if let Some(counter) = self.watched().get(&job_request) {
            counter.send_modify(|count| *count += 1);
        }
    }

    fn all_changed(&self) {
        for counter in self.watched().values() {
            counter.send_modify(|count| *count += 1);
        }
    }

    /// Forgets job requests that nobody watches any more; how many remain.
    fn sweep(&self) -> usize {
        let mut watched = self.watched();
        watched.retain(|_, counter| counter.receiver_count() > 0);
        watched.len()
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<JobRequestId, watch::Sender<u64>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Actors of this process that want to hear of a channel.
pub(crate) type Ears = Vec<(&'static str, Recipient<Wake>)>;

/// The work: listening.
pub(crate) struct Listening {
    target: Target,
    live: LiveUpdates,
    ears: Ears,
    listener: Option<Listener>,
    heard: u64,
}

impl Listening {
    pub fn new(target: Target, live: LiveUpdates, ears: Ears) -> Self {
        Self { target, live, ears, listener: None, heard: 0 }
    }

    async fn connect(&self) -> Result<Listener, String> {
        let mut channels = vec![live::JOB_REQUEST];
        channels.extend(self.ears.iter().map(|(channel, _)| *channel));
        let connecting = timeout(CONNECT_WITHIN, Listener::connect(&self.target, &channels)).await;
        let listener = connecting
            .map_err(|_| "connecting to the database took too long".to_owned())?
            .map_err(|error| error.to_string())?;
        // Whatever was committed while nobody listened was not heard.
        self.live.all_changed();
        for (_, ear) in &self.ears {
            wake(ear, Wake::Reconnected);
        }
        Ok(listener)
    }

    fn pass_on(&mut self, notification: &Notification) {
        self.heard += 1;
        if notification.channel == live::JOB_REQUEST
            && let Ok(id) = notification.payload.parse()
        {
            self.live.changed(JobRequestId(id));
        }
        for (_, ear) in self.ears.iter().filter(|(channel, _)| *channel == notification.channel) {
            wake(ear, Wake::News);
        }
    }
}

/// A full mailbox already holds a reason to work.
fn wake(ear: &Recipient<Wake>, reason: Wake) {
    if let Err(error) = ear.try_send(reason) {
        tracing::debug!(%error, "an actor was not woken");
    }
}

impl Work for Listening {
    async fn turn(&mut self) -> Result<Turn, String> {
        let mut listener = match self.listener.take() {
            Some(listener) => listener,
            None => self.connect().await?,
        };
        let beat = Instant::now() + BEAT;
        while let Ok(heard) = timeout_at(beat, listener.next()).await {
            self.pass_on(&heard.map_err(|error| error.to_string())?);
        }
        listener.check().await.map_err(|error| error.to_string())?;
        self.listener = Some(listener);
        let watched = self.live.sweep();
        let detail = json!({"watchers": self.live.watchers(), "watched": watched, "heard": self.heard});
        Ok(Turn::Done { detail, again_in: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reaches_those_who_watch_that_job_request() {
        let live = LiveUpdates::default();
        let (mut first, mut second) = (live.subscribe(JobRequestId(1)), live.subscribe(JobRequestId(1)));
        let mut other = live.subscribe(JobRequestId(2));
        live.changed(JobRequestId(1));
        live.changed(JobRequestId(3));
        assert!(first.has_changed().unwrap() && second.has_changed().unwrap());
        assert!(!other.has_changed().unwrap());
        live.all_changed();
        assert_eq!(
            (*first.borrow_and_update(), *second.borrow_and_update(), *other.borrow_and_update()),
            (2, 2, 1)
        );
    }

    #[test]
    fn what_nobody_watches_any_more_is_forgotten() {
        let live = LiveUpdates::default();
        let kept = live.subscribe(JobRequestId(1));
        drop(live.subscribe(JobRequestId(2)));
        assert_eq!(live.watchers(), 1);
        assert_eq!(live.sweep(), 1);
        drop(kept);
        assert_eq!((live.sweep(), live.watchers()), (0, 0));
    }
}
