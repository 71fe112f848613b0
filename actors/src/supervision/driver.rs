//! The actor that orders work: one turn after another, at intervals, earlier when woken, later after failures. Each turn
//! is a task of its own, because actix never restarts an actor that panicked: here a panic comes back as an error, is
//! counted, and the actor is restarted by its supervisor with fresh work.

use std::time::{Duration, Instant};

use actix::{
    Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, SpawnHandle, Supervised,
    Supervisor, WrapFuture,
};
use clients::retry::Retry;
use jiff::Timestamp;
use serde_json::Value;
use tokio::{
    sync::oneshot,
    task::{AbortHandle, JoinError},
};

use super::{HealthCell, State};

/// What an actor does when it is its turn. Its state lives from turn to turn, until a turn panics.
pub(crate) trait Work: Send + Sized + Unpin + 'static {
    /// One turn. An error is a sentence that names the cause.
    fn turn(&mut self) -> impl Future<Output = Result<Turn, String>> + Send;

    /// Before the process stops: gives up what others may wait for.
    fn close(self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// How a turn that did not fail ended.
pub(crate) enum Turn {
    Done {
        /// For the health cell.
        detail: Value,
        /// When the next turn is due, if not after the usual interval.
        again_in: Option<Duration>,
    },
    /// Another process does this work.
    StandBy,
}

/// When an actor works.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Shown while a turn runs.
    pub what: &'static str,
    /// From the end of a turn to the next.
    pub interval: Duration,
    /// From being woken to the turn, so that many reasons cause one turn.
    pub debounce: Duration,
    /// From the end of a turn that stood by to the next.
    pub stand_by: Duration,
    /// From the end of a failed turn to the next.
    pub retry: Retry,
    /// Whether a turn that is under way may be broken off when the process stops.
    pub is_interruptible: bool,
}

/// There is something to do before the interval is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub(crate) enum Wake {
    /// Something has happened. An actor that is backing off waits all the same.
    News,
    /// The database is back: whatever failed may work now, and news may have been missed.
    Reconnected,
}

/// Do nothing more, and say when what is under way has ended.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Stop {
    pub done: oneshot::Sender<()>,
}

pub(crate) struct Driver<W: Work> {
    plan: Plan,
    health: HealthCell,
    make: Box<dyn Fn() -> W>,
    /// None while a turn has it, and after a panic.
    work: Option<W>,
    turn: Option<AbortHandle>,
    timer: Option<(SpawnHandle, Instant)>,
    failures: u32,
    /// Came while a turn was under way.
    woken: Option<Wake>,
    stopping: Option<oneshot::Sender<()>>,
    is_stopped: bool,
}

impl<W: Work> Driver<W> {
    /// Starts the actor on this thread's actix system; its turns run on the tokio runtime below. The first turn is due
    /// at once.
    pub fn start(plan: Plan, health: HealthCell, make: impl Fn() -> W + 'static) -> Addr<Self> {
        Supervisor::start(|_| Self {
            plan,
            health,
            work: Some(make()),
            make: Box::new(make),
            turn: None,
            timer: None,
            failures: 0,
            woken: None,
            stopping: None,
            is_stopped: false,
        })
    }

    fn schedule(&mut self, after: Duration, context: &mut Context<Self>) {
        if let Some((timer, _)) = self.timer.take() {
            context.cancel_future(timer);
        }
        let timer = context.run_later(after, |driver, context| driver.begin(context));
        self.timer = Some((timer, Instant::now() + after));
    }

    fn begin(&mut self, context: &mut Context<Self>) {
        self.timer = None;
        let mut work = self.work.take().unwrap_or_else(&self.make);
        self.health.enter(State::Running { what: self.plan.what.to_owned() });
        let started = Instant::now();
        let turn = tokio::spawn(async move {
            let outcome = work.turn().await;
            (work, outcome)
        });
        self.turn = Some(turn.abort_handle());
        let ended = turn
            .into_actor(self)
            .map(move |outcome, driver, context| driver.ended(outcome, started.elapsed(), context));
        context.spawn(ended);
    }

    fn ended(&mut self, outcome: Outcome<W>, took: Duration, context: &mut Context<Self>) {
        self.turn = None;
        let next_in = match outcome {
            Ok((work, outcome)) => {
                self.work = Some(work);
                self.record(outcome, took)
            }
            Err(broken) => {
                self.record_broken(&broken);
                self.plan.retry.delay(self.failures)
            }
        };
        if self.stopping.is_some() {
            return self.finish(context);
        }
        if self.work.is_none() {
            return restart(context);
        }
        let is_free = self.failures == 0 || self.woken == Some(Wake::Reconnected);
        match self.woken.take() {
            Some(_) if is_free => self.schedule(next_in.min(self.plan.debounce), context),
            _ => self.schedule(next_in, context),
        }
    }

    /// Notes how a turn ended in the health cell; the time until the next.
    fn record(&mut self, outcome: Result<Turn, String>, took: Duration) -> Duration {
        match outcome {
            Ok(Turn::Done { detail, again_in }) => {
                self.failures = 0;
                self.health.succeeded(took, detail);
                let next_in = again_in.unwrap_or(self.plan.interval);
                self.health.enter(State::Idle { next_at: Some(moment_in(next_in)) });
                next_in
            }
            Ok(Turn::StandBy) => {
                self.failures = 0;
                self.health.enter(State::StandingBy { next_at: moment_in(self.plan.stand_by) });
                self.plan.stand_by
            }
            Err(what) => {
                self.failures = self.failures.saturating_add(1);
                let next_in = self.plan.retry.delay(self.failures);
                tracing::error!(error = what, again_in = ?next_in, "{} failed", self.plan.what);
                self.health.failed(&what);
                self.health.enter(State::BackingOff { until: moment_in(next_in) });
                next_in
            }
        }
    }

    fn record_broken(&mut self, broken: &JoinError) {
        if broken.is_cancelled() {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let what = format!("{} panicked", self.plan.what);
        tracing::error!("{what}");
        self.health.panicked(&what);
    }

    fn finish(&mut self, context: &mut Context<Self>) {
        self.is_stopped = true;
        let (work, done) = (self.work.take(), self.stopping.take());
        let closing = async move {
            if let Some(work) = work {
                work.close().await;
            }
        };
        context.spawn(closing.into_actor(self).map(|(), driver, _| {
            driver.health.enter(State::Stopped);
            // Whoever asked may have given up waiting.
            done.map(|done| done.send(()).ok());
        }));
    }
}

type Outcome<W> = Result<(W, Result<Turn, String>), JoinError>;

/// Under a supervisor, an actor that stops is started again with the same struct.
fn restart<A: Actor<Context = Context<A>>>(context: &mut Context<A>) {
    use actix::ActorContext;
    context.stop();
}

fn moment_in(duration: Duration) -> Timestamp {
    Timestamp::now().checked_add(duration).unwrap_or(Timestamp::MAX)
}

impl<W: Work> Actor for Driver<W> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        let after = self.plan.retry.delay(self.failures);
        if self.failures > 0 {
            self.health.enter(State::BackingOff { until: moment_in(after) });
        }
        self.schedule(after, context);
    }
}

impl<W: Work> Supervised for Driver<W> {
    fn restarting(&mut self, _: &mut Self::Context) {
        self.work = Some((self.make)());
        self.timer = None;
        self.woken = None;
        self.health.restarted();
    }
}

impl<W: Work> Handler<Wake> for Driver<W> {
    type Result = ();

    fn handle(&mut self, wake: Wake, context: &mut Self::Context) {
        if self.stopping.is_some() || self.is_stopped {
            return;
        }
        if self.turn.is_some() {
            if self.woken != Some(Wake::Reconnected) {
                self.woken = Some(wake);
            }
            return;
        }
        if self.failures > 0 && wake == Wake::News {
            return;
        }
        let is_later = |(_, at): &(SpawnHandle, Instant)| *at > Instant::now() + self.plan.debounce;
        if self.timer.as_ref().is_none_or(is_later) {
            self.schedule(self.plan.debounce, context);
        }
    }
}

impl<W: Work> Handler<Stop> for Driver<W> {
    type Result = ();

    fn handle(&mut self, stop: Stop, context: &mut Self::Context) {
        if self.is_stopped {
            stop.done.send(()).ok();
            return;
        }
        self.stopping = Some(stop.done);
        if let Some((timer, _)) = self.timer.take() {
            context.cancel_future(timer);
        }
        match &self.turn {
            Some(turn) if self.plan.is_interruptible => turn.abort(),
            Some(_) => {}
            None => self.finish(context),
        }
    }
}

#[cfg(test)]
mod tests;
