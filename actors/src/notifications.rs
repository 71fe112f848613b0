//! Notifications: empties the outbox. Several messages are delivered side by side, each held by a transaction of its
//! own, so that any number of processes can do this and a killed one loses nothing. What a message says was decided
//! where it was queued; how a mail looks is the renderer's.

mod delivery;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use clients::retry::Retry;
use domain::{
    db::Pool,
    housekeeping,
    outbox::{self, Depth, Kind, Message},
};
use jiff::Timestamp;
use serde_json::json;
use tokio::{task::JoinSet, time::timeout};

pub(crate) use delivery::Deliverer;
use delivery::Failure;
pub use delivery::{RenderEmail, RenderedEmail};

use crate::supervision::{HealthCell, Plan, Turn, Work};

/// What this actor delivers. Other kinds are left for whoever does.
const KINDS: [Kind; 2] = [Kind::Email, Kind::Slack];

/// Even when nothing is due, the outbox is looked at this often.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);

/// What is due and yet cannot be taken is held by another process; if that dies, it can be taken.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// A turn begins no more deliveries after this, so that it is seen to get on when very many messages are due.
const TURN: Duration = Duration::from_secs(30);

/// A turn and its last delivery, with room.
pub(crate) const FRESHNESS_LIMIT: Duration = Duration::from_secs(180);

/// Old rows are deleted this often.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// While deliveries are under way, whether something else has become due.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(crate) fn plan() -> Plan {
    Plan {
        what: "delivering messages",
        interval: AT_LEAST_EVERY,
        debounce: Duration::from_millis(20),
        stand_by: AT_LEAST_EVERY,
        retry: Retry::new(Duration::from_millis(500), Duration::from_secs(15)),
        is_interruptible: false,
    }
}

/// How messages are delivered.
#[derive(Debug, Clone)]
pub struct NotificationSettings {
    /// Deliveries at a time; each holds a database connection.
    pub concurrency: usize,
    /// After so many failed attempts a message is given up. With the delays below, 40 are about a day and a half.
    pub attempts: i32,
    /// Wait after the first failed attempt; doubled after each.
    pub first_retry: Duration,
    pub longest_retry: Duration,
    /// An attempt that takes longer has failed.
    pub time_limit: Duration,
    /// Sender of all mails.
    pub mail_from: String,
    /// Right side of the Message-ID of mails.
    pub message_id_domain: String,
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            concurrency: 4,
            attempts: 40,
            first_retry: Duration::from_secs(5),
            longest_retry: Duration::from_secs(3_600),
            time_limit: Duration::from_secs(90),
            mail_from: "notifications@jobs.opensafely.org".to_owned(),
            message_id_domain: "jobs.opensafely.org".to_owned(),
        }
    }
}

/// The work: everything that is due.
pub(crate) struct Notifications {
    pub pool: Pool,
    pub deliverer: Arc<Deliverer>,
    pub settings: Arc<NotificationSettings>,
    pub health: HealthCell,
    /// When what was delivered long ago was last swept away.
    pub swept: Option<Instant>,
}

/// What came of looking for one message.
enum Step {
    NothingDue,
    Delivered,
    Failed,
}

/// What a turn has done.
struct Done {
    delivered: u64,
    failed: u64,
    /// Whether nothing was left to take.
    is_all: bool,
}

impl Work for Notifications {
    async fn turn(&mut self) -> Result<Turn, String> {
        let done = self.deliver_all_due().await?;
        self.sweep_now_and_then().await;
        let (depth, next_due) = self.outlook().await.map_err(|error| error.to_string())?;
        let again_in = match next_due {
            _ if !done.is_all => Duration::ZERO,
            Some(due) => until(due).clamp(AT_MOST_EVERY, AT_LEAST_EVERY),
            None => AT_LEAST_EVERY,
        };
        let detail = json!({"delivered": done.delivered, "failed": done.failed, "outbox": depth});
        Ok(Turn::Done { detail, again_in: Some(again_in) })
    }
}

impl Notifications {
    /// Keeps as many deliveries going as allowed until nothing is due. A slow one does not hold up what becomes due
    /// meanwhile. After an error no more are begun, but those under way are waited for.
    async fn deliver_all_due(&self) -> Result<Done, String> {
        let mut done = Done { delivered: 0, failed: 0, is_all: false };
        let mut running = JoinSet::new();
        let mut outcome = Ok(());
        let end = Instant::now() + TURN;
        loop {
            while !done.is_all
                && outcome.is_ok()
                && Instant::now() < end
                && running.len() < self.settings.concurrency
            {
                running.spawn(one(
                    self.pool.clone(),
                    self.deliverer.clone(),
                    self.settings.clone(),
                    self.health.clone(),
                ));
            }
            let Ok(ended) = timeout(LOOK_AGAIN, running.join_next()).await else {
                done.is_all = false;
                continue;
            };
            match ended {
                None => break,
                Some(Ok(Ok(Step::NothingDue))) => done.is_all = true,
                Some(Ok(Ok(Step::Delivered))) => (done.delivered, done.is_all) = (done.delivered + 1, false),
                Some(Ok(Ok(Step::Failed))) => (done.failed, done.is_all) = (done.failed + 1, false),
                Some(Ok(Err(error))) => outcome = Err(error.to_string()),
                Some(Err(broken)) => outcome = Err(format!("a delivery broke off: {broken}")),
            }
        }
        outcome.map(|()| done)
    }

    /// That it fails is no reason to hold up deliveries: it is tried again at the next turn.
    async fn sweep_now_and_then(&mut self) {
        if self.swept.is_some_and(|swept| swept.elapsed() < SWEEP_EVERY) {
            return;
        }
        let swept = match self.pool.get().await {
            Ok(db) => housekeeping::sweep(&db).await,
            Err(error) => Err(error.into()),
        };
        match swept {
            Ok(swept) => {
                tracing::info!(?swept, "old rows were deleted");
                self.swept = Some(Instant::now());
            }
            Err(error) => tracing::warn!(%error, "old rows could not be deleted"),
        }
    }

    async fn outlook(&self) -> domain::Result<(Depth, Option<Timestamp>)> {
        let db = self.pool.get().await?;
        tokio::try_join!(outbox::depth(&db), outbox::next_due(&db, &KINDS))
    }
}

/// Takes one message that is due, delivers it and records what came of it, all in one transaction.
async fn one(
    pool: Pool,
    deliverer: Arc<Deliverer>,
    settings: Arc<NotificationSettings>,
    health: HealthCell,
) -> domain::Result<Step> {
    let mut db = pool.get().await?;
    let Some(held) = outbox::take_next(&mut db, &KINDS).await? else { return Ok(Step::NothingDue) };
    let message = held.message.clone();
    let (marker, attempts) = (message.marker.clone(), message.attempts.saturating_add(1));
    let failure = match attempt(deliverer, message, settings.time_limit).await {
        Ok(()) => {
            held.delivered().await?;
            tracing::info!(marker, "a message was delivered");
            return Ok(Step::Delivered);
        }
        Err(failure) => failure,
    };
    let what = failure.what.as_str();
    health.note_failure(&format!("{marker}: {what}"));
    if attempts >= failure.attempts(settings.attempts) {
        tracing::error!(marker, attempts, error = what, "a message was given up");
        held.dead(what).await?;
    } else {
        let retry = Retry::new(settings.first_retry, settings.longest_retry);
        let delay = retry.delay(attempts.unsigned_abs()).max(failure.not_before);
        tracing::warn!(marker, attempts, error = what, again_in = ?delay, "a message could not be delivered");
        held.retry(what, Timestamp::now().checked_add(delay).unwrap_or(Timestamp::MAX)).await?;
    }
    Ok(Step::Failed)
}

/// In a task of its own, so that a panic is one message's failure and is counted as an attempt.
async fn attempt(deliverer: Arc<Deliverer>, message: Message, time_limit: Duration) -> Result<(), Failure> {
    let delivering = tokio::spawn(async move { timeout(time_limit, deliverer.deliver(&message)).await });
    match delivering.await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Failure::passing(format!("no answer within {} seconds", time_limit.as_secs()))),
        Err(_) => Err(Failure::passing("the delivery panicked")),
    }
}

fn until(due: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO)
}
