//! The supervised actors of Job Server: who works when, in what order, how often to retry, and how each is doing.
//! No business rule is here: an actor calls `domain` and `clients`. An actor's state may be lost at any time, because
//! all that matters is in the database.

mod alone;
mod backend_status;
mod health_report;
mod live_updates;
mod notifications;
mod rap_controller;
mod rap_status;
mod release_uploads;
mod supervision;

use std::{sync::Arc, time::Duration};

use actix::Recipient;
use clients::{github::GitHub, mail::Mailer, rap::RapClient, slack::Slack, storage::Storage};
use domain::{
    db::{Pool, Target},
    live,
};
use futures_util::future::join_all;
use tokio::sync::oneshot;

use backend_status::BackendStatus;
use health_report::HealthReport;
use live_updates::Listening;
use notifications::{Deliverer, Errand, IssueDesk, Notifications};
use rap_controller::Orders;
use rap_status::RapStatus;
use release_uploads::Sweep;
use supervision::{Driver, LeaseHolder, Stop};

pub use live_updates::LiveUpdates;
pub use notifications::{Effort, NotificationSettings, RenderEmail, RenderedEmail};
pub use rap_controller::{
    CancelReport, ControllerError, CreationReport, RapController, RapControllerSettings,
};
pub use rap_status::apply_status;
pub use release_uploads::{Receiving, ReleaseUploads, ReleaseUploadsSettings, UploadError};
pub use supervision::{Failure, HealthBoard, HealthSnapshot, State, Success};

/// Which actors work in this process. RapController, ReleaseUploads and LiveUpdates always do: they wait to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Notifications, SlackPosts, GitHubIssues, UploadSweep.
    pub web: bool,
    /// RapStatus and BackendStatus.
    pub rapstatus: bool,
}

impl Roles {
    pub const WEB: Self = Self { web: true, rapstatus: false };
    pub const RAPSTATUS: Self = Self { web: false, rapstatus: true };
    pub const ALL: Self = Self { web: true, rapstatus: true };
}

/// When actors work and what they take on.
#[derive(Debug, Clone)]
pub struct Config {
    /// Names this process among those on the same database, such as `web@host:17`.
    pub process: Arc<str>,
    pub roles: Roles,
    /// From the end of one round of asking about jobs to the next.
    pub rap_status_interval: Duration,
    /// From a reason to ask earlier, such as a new job request, to asking.
    pub rap_status_debounce: Duration,
    pub backend_status_interval: Duration,
    /// How often a process that stands by tries to take over.
    pub take_over_interval: Duration,
    pub rap_controller: RapControllerSettings,
    pub release_uploads: ReleaseUploadsSettings,
    pub notifications: NotificationSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            process: format!("job-server:{}", std::process::id()).into(),
            roles: Roles::ALL,
            rap_status_interval: Duration::from_secs(60),
            rap_status_debounce: Duration::from_millis(500),
            backend_status_interval: Duration::from_secs(60),
            take_over_interval: Duration::from_secs(3),
            rap_controller: RapControllerSettings::default(),
            release_uploads: ReleaseUploadsSettings::default(),
            notifications: NotificationSettings::default(),
        }
    }
}

/// What the actors work with.
#[derive(Clone)]
pub struct Dependencies {
    /// Needs room for the deliveries of `NotificationSettings`, one more, and what else uses it.
    pub pool: Pool,
    /// For connections outside the pool: a direct one, or a pooler in session mode.
    pub connection: Target,
    pub rap: RapClient,
    /// The controller's address exactly as configured.
    pub rap_url: String,
    pub mailer: Mailer,
    pub slack: Slack,
    pub github: GitHub,
    /// Where released files lie.
    pub storage: Storage,
    pub render_email: RenderEmail,
}

/// The running actors of this process. Cheap to clone; the actors end when the last clone is gone.
#[derive(Clone)]
pub struct Actors {
    /// The name under which this process writes down how its actors are doing.
    pub process: Arc<str>,
    pub health: HealthBoard,
    pub rap_controller: RapController,
    pub release_uploads: ReleaseUploads,
    pub live: LiveUpdates,
    stoppers: Vec<Recipient<Stop>>,
}

impl Actors {
    /// Starts the actors, on the thread of an actix `System`, whose tokio runtime does their work.
    pub fn start(config: Config, dependencies: Dependencies) -> Self {
        let health = HealthBoard::default();
        let cell = health.add("RapController", rap_controller::FRESHNESS_LIMIT);
        let Dependencies { pool, rap, .. } = dependencies.clone();
        let orders = Orders { pool, rap, health: cell.clone() };
        let rap_controller = RapController::start(&config.rap_controller, orders, cell);
        let release_uploads = start_release_uploads(&config, &dependencies, &health);
        let mut stoppers = vec![rap_controller.stopper(), release_uploads.stopper()];
        let mut ears = Vec::new();

        if config.roles.rapstatus {
            let status = start_rap_status(&config, &dependencies, &health);
            ears.push((live::RAP_STATUS, status.clone().recipient()));
            stoppers.push(status.recipient());
            stoppers.push(start_backend_status(&config, &dependencies, &health).recipient());
        }
        if config.roles.web {
            for notifications in start_notifications(&config, &dependencies, &health) {
                ears.push((live::OUTBOX, notifications.clone().recipient()));
                stoppers.push(notifications.recipient());
            }
            stoppers.push(start_upload_sweep(&dependencies, &health).recipient());
        }

        stoppers.push(start_health_report(&config, &dependencies, &health).recipient());

        let live = LiveUpdates::default();
        let cell = health.add("LiveUpdates", live_updates::FRESHNESS_LIMIT);
        let (connection, watched) = (dependencies.connection, live.clone());
        let listening = Driver::start(live_updates::PLAN, cell, move || {
            Listening::new(connection.clone(), watched.clone(), ears.clone())
        });
        stoppers.push(listening.recipient());
        Self { process: config.process, health, rap_controller, release_uploads, live, stoppers }
    }

    /// Asks all actors to finish what is under way and do nothing more, and waits for that. False when some had not
    /// finished in time; what they were doing is then rolled back when the process ends, and done again by another.
    pub async fn stop(&self, within: Duration) -> bool {
        let stopping = self.stoppers.iter().map(|actor| async move {
            let (done, is_done) = oneshot::channel();
            actor.do_send(Stop { done });
            is_done.await.is_ok()
        });
        let in_time = tokio::time::timeout(within, join_all(stopping)).await.is_ok();
        if !in_time {
            let working: Vec<&str> = self
                .health
                .snapshot()
                .iter()
                .filter(|actor| actor.state != State::Stopped)
                .map(|actor| actor.name)
                .collect();
            tracing::warn!(actors = ?working, "some actors did not finish in time");
        }
        in_time
    }
}

/// Three missed intervals, and never less than half a minute: an answer of the controller may take that long.
fn freshness_limit(interval: Duration) -> Duration {
    (3 * interval).max(Duration::from_secs(90))
}

fn start_rap_status(
    config: &Config,
    dependencies: &Dependencies,
    health: &HealthBoard,
) -> actix::Addr<Driver<RapStatus>> {
    let cell = health.add("RapStatus", freshness_limit(config.rap_status_interval));
    let plan =
        rap_status::plan(config.rap_status_interval, config.rap_status_debounce, config.take_over_interval);
    let (dependencies, health) = (dependencies.clone(), cell.clone());
    Driver::start(plan, cell, move || RapStatus {
        lease: LeaseHolder::new(dependencies.connection.clone(), rap_status::LEASE),
        pool: dependencies.pool.clone(),
        rap: dependencies.rap.clone(),
        health: health.clone(),
    })
}

fn start_backend_status(
    config: &Config,
    dependencies: &Dependencies,
    health: &HealthBoard,
) -> actix::Addr<Driver<BackendStatus>> {
    let cell = health.add("BackendStatus", freshness_limit(config.backend_status_interval));
    let plan = backend_status::plan(config.backend_status_interval, config.take_over_interval);
    let dependencies = dependencies.clone();
    Driver::start(plan, cell, move || BackendStatus {
        lease: LeaseHolder::new(dependencies.connection.clone(), backend_status::LEASE),
        pool: dependencies.pool.clone(),
        rap: dependencies.rap.clone(),
        rap_url: dependencies.rap_url.clone(),
    })
}

fn start_notifications(
    config: &Config,
    dependencies: &Dependencies,
    health: &HealthBoard,
) -> [actix::Addr<Driver<Notifications>>; notifications::ACTORS.len()] {
    let settings = Arc::new(config.notifications.clone());
    let deliverer = Arc::new(Deliverer {
        mailer: dependencies.mailer.clone(),
        slack: dependencies.slack.clone(),
        issues: IssueDesk::new(dependencies.github.clone(), dependencies.pool.clone()),
        render_email: dependencies.render_email.clone(),
        mail_from: settings.mail_from.clone(),
        message_id_domain: settings.message_id_domain.clone(),
    });
    notifications::ACTORS.map(|(name, kind)| {
        let cell = health.add(name, notifications::FRESHNESS_LIMIT);
        let pool = dependencies.pool.clone();
        let errand =
            Errand { kind, deliverer: deliverer.clone(), settings: settings.clone(), health: cell.clone() };
        Driver::start(notifications::plan(kind), cell, move || Notifications {
            pool: pool.clone(),
            errand: errand.clone(),
            paused_until: None,
            swept: None,
        })
    })
}

fn start_release_uploads(
    config: &Config,
    dependencies: &Dependencies,
    health: &HealthBoard,
) -> ReleaseUploads {
    let cell = health.add("ReleaseUploads", release_uploads::FRESHNESS_LIMIT);
    let (storage, pool) = (dependencies.storage.clone(), dependencies.pool.clone());
    ReleaseUploads::start(&config.release_uploads, storage, pool, cell)
}

fn start_upload_sweep(dependencies: &Dependencies, health: &HealthBoard) -> actix::Addr<Driver<Sweep>> {
    let cell = health.add("UploadSweep", release_uploads::SWEEP_FRESHNESS_LIMIT);
    let (storage, pool) = (dependencies.storage.clone(), dependencies.pool.clone());
    Driver::start(release_uploads::sweep_plan(), cell, move || Sweep {
        pool: pool.clone(),
        storage: storage.clone(),
    })
}

fn start_health_report(
    config: &Config,
    dependencies: &Dependencies,
    health: &HealthBoard,
) -> actix::Addr<Driver<HealthReport>> {
    let cell = health.add(health_report::NAME, health_report::FRESHNESS_LIMIT);
    let (pool, board, process) = (dependencies.pool.clone(), health.clone(), config.process.clone());
    Driver::start(health_report::plan(), cell, move || HealthReport {
        pool: pool.clone(),
        board: board.clone(),
        process: process.clone(),
    })
}
