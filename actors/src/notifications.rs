//! Notifications: empties the outbox, one actor for each kind of message, so that none waits for another's service. Several
//! messages are delivered side by side, each held by a transaction of its own, so that any number of processes can do this
//! and a killed one loses nothing. What a message says was decided where it was queued; how a mail looks is the renderer's.

mod delivery;
mod github;
mod settings;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use clients::retry::Retry;
use domain::{
    db::Pool,
    housekeeping,
    outbox::{self, Amendment, Delivery, Depth, Kind, Message},
};
use jiff::Timestamp;
use serde_json::json;
use tokio::{task::JoinSet, time::timeout};

pub(crate) use delivery::Deliverer;
use delivery::Failure;
pub use delivery::{RenderEmail, RenderedEmail};
pub(crate) use github::IssueDesk;
pub use settings::{Effort, NotificationSettings};

use crate::supervision::{HealthCell, Plan, Turn, Work};

/// The actors, by what they deliver.
pub(crate) const ACTORS: [(&str, Kind); 3] =
    [("Notifications", Kind::Email), ("SlackPosts", Kind::Slack), ("GitHubIssues", Kind::GitHub)];

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

pub(crate) fn plan(kind: Kind) -> Plan {
    Plan {
        what: match kind {
            Kind::Email => "delivering e-mails",
            Kind::Slack => "posting to Slack",
            Kind::GitHub => "writing to GitHub",
        },
        interval: AT_LEAST_EVERY,
        debounce: Duration::from_millis(20),
        stand_by: AT_LEAST_EVERY,
        retry: Retry::new(Duration::from_millis(500), Duration::from_secs(15)),
        is_interruptible: false,
    }
}

/// The work: everything of one kind that is due.
pub(crate) struct Notifications {
    pub pool: Pool,
    pub errand: Errand,
    /// The other side wants nothing from us until then.
    pub paused_until: Option<Instant>,
    /// When old rows were last swept away, by the actor that does that.
    pub swept: Option<Instant>,
}

/// What a single delivery needs to know.
#[derive(Clone)]
pub(crate) struct Errand {
    pub kind: Kind,
    pub deliverer: Arc<Deliverer>,
    pub settings: Arc<NotificationSettings>,
    pub health: HealthCell,
}

/// What came of looking for one message.
enum Step {
    NothingDue,
    Delivered,
    Failed {
        /// How long the other side wants to be left alone.
        pause: Duration,
    },
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
        // One of the actors is enough for what concerns all.
        if self.errand.kind == Kind::Email {
            self.sweep_now_and_then().await;
        }
        let (depth, next_due) = self.outlook().await.map_err(|error| error.to_string())?;
        let again_in = match next_due {
            _ if !done.is_all => Duration::ZERO,
            Some(due) => until(due).clamp(AT_MOST_EVERY, AT_LEAST_EVERY),
            None => AT_LEAST_EVERY,
        };
        let detail = json!({"delivered": done.delivered, "failed": done.failed, "outbox": depth});
        Ok(Turn::Done { detail, again_in: Some(again_in.max(self.pause())) })
    }
}

impl Notifications {
    /// Keeps as many deliveries going as allowed until nothing is due. A slow one does not hold up what becomes due
    /// meanwhile. After an error no more are begun, but those under way are waited for.
    async fn deliver_all_due(&mut self) -> Result<Done, String> {
        let mut done = Done { delivered: 0, failed: 0, is_all: false };
        let mut running = JoinSet::new();
        let mut outcome = Ok(());
        let end = Instant::now() + TURN;
        let concurrency = self.errand.settings.effort(self.errand.kind).concurrency;
        loop {
            done.is_all |= !self.pause().is_zero();
            while !done.is_all && outcome.is_ok() && Instant::now() < end && running.len() < concurrency {
                running.spawn(one(self.pool.clone(), self.errand.clone()));
            }
            let Ok(ended) = timeout(LOOK_AGAIN, running.join_next()).await else {
                done.is_all = false;
                continue;
            };
            match ended {
                None => break,
                Some(Ok(Ok(Step::NothingDue))) => done.is_all = true,
                Some(Ok(Ok(Step::Delivered))) => (done.delivered, done.is_all) = (done.delivered + 1, false),
                Some(Ok(Ok(Step::Failed { pause }))) => {
                    (done.failed, done.is_all) = (done.failed + 1, false);
                    self.paused_until = self.paused_until.max(Some(Instant::now() + pause));
                }
                Some(Ok(Err(error))) => outcome = Err(error.to_string()),
                Some(Err(broken)) => outcome = Err(format!("a delivery broke off: {broken}")),
            }
        }
        outcome.map(|()| done)
    }

    /// How much longer the other side wants to be left alone.
    fn pause(&self) -> Duration {
        self.paused_until.map_or(Duration::ZERO, |end| end.saturating_duration_since(Instant::now()))
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
        let (db, kinds) = (self.pool.get().await?, [self.errand.kind]);
        tokio::try_join!(outbox::depth_of(&db, Some(self.errand.kind)), outbox::next_due(&db, &kinds))
    }
}

/// Takes one message that is due, delivers it and records what came of it, all in one transaction.
async fn one(pool: Pool, errand: Errand) -> domain::Result<Step> {
    let mut db = pool.get().await?;
    let Some(held) = outbox::take_next(&mut db, &[errand.kind]).await? else { return Ok(Step::NothingDue) };
    let message = held.message.clone();
    match attempt(errand.deliverer.clone(), message, errand.settings.time_limit).await {
        Ok(amendment) => {
            if let Some(amendment) = amendment {
                held.amend(&amendment).await?;
            }
            tracing::info!(marker = held.message.marker, "a message was delivered");
            held.delivered().await?;
            Ok(Step::Delivered)
        }
        Err(failure) => failed(held, &errand, failure).await,
    }
}

/// Records a failed attempt: when the next one is, or that the message is given up.
async fn failed(held: Delivery<'_>, errand: &Errand, failure: Failure) -> domain::Result<Step> {
    let (message, what) = (held.message.clone(), failure.what.as_str());
    let (marker, attempts) = (message.marker.as_str(), message.attempts.saturating_add(1));
    let effort = errand.settings.effort(errand.kind);
    errand.health.note_failure(&format!("{marker}: {what}"));
    let is_final = attempts >= failure.attempts(effort.attempts);
    let is_told = is_final || attempts >= errand.settings.announce_after;
    if let Some(amendment) = delivery::after_failure(&message, &failure, is_told) {
        held.amend(&amendment).await?;
    }
    if is_final {
        tracing::error!(marker, attempts, error = what, "a message was given up");
        held.dead(what).await?;
    } else {
        let delay = effort.retry().delay(attempts.unsigned_abs()).max(failure.not_before);
        tracing::warn!(marker, attempts, error = what, again_in = ?delay, "a message could not be delivered");
        held.retry(what, Timestamp::now().checked_add(delay).unwrap_or(Timestamp::MAX)).await?;
    }
    let pause = if failure.is_for_all { failure.not_before } else { Duration::ZERO };
    Ok(Step::Failed { pause })
}

/// In a task of its own, so that a panic is one message's failure and is counted as an attempt.
async fn attempt(
    deliverer: Arc<Deliverer>,
    message: Message,
    time_limit: Duration,
) -> Result<Option<Amendment>, Failure> {
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
