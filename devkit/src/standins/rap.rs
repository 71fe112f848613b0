//! Stand-in for the RAP controller: its four endpoints word for word, and jobs that really walk through their states,
//! wait for each other, fail and are cancelled. Pipelines come from the shared `Repositories`.
//! Besides `/_control/` there are: `GET /_control/jobs`, `POST /_control/tick` and `POST /_control/backends/<slug>`.

mod api;
mod create;
mod jobs;
mod schema;
mod store;
mod walk;

use std::{
    collections::BTreeMap,
    net::ToSocketAddrs,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use actix_web::web;

use super::{control::Control, repositories::Repositories, server::Server};
use crate::Result;

pub use jobs::{Code, Job, job_identifier};
pub use store::Maintenance;

/// How the stand-in is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    pub repositories: Repositories,
    /// Which backends each token may touch.
    pub tokens: BTreeMap<String, Vec<String>>,
    /// GitHub organisations whose repositories may run.
    pub github_orgs: Vec<String>,
    /// The time between two ticks, of which a job takes about twenty; none: only `Rap::tick` moves jobs.
    pub pace: Option<Duration>,
    /// How many jobs a backend runs at once.
    pub workers: usize,
    /// Where jobs are kept from one start to the next.
    pub state_file: Option<PathBuf>,
}

impl Settings {
    /// One token for backends tpp, emis and test; jobs move only by `Rap::tick`.
    pub fn for_tests(repositories: Repositories) -> Settings {
        let backends = ["tpp", "emis", "test"].map(str::to_owned).to_vec();
        Settings {
            repositories,
            tokens: BTreeMap::from([(TOKEN.to_owned(), backends)]),
            github_orgs: vec!["opensafely".to_owned()],
            pace: None,
            workers: 8,
            state_file: None,
        }
    }
}

/// The token of `Settings::for_tests` and of the development set-up.
pub const TOKEN: &str = "stand-in-rap-token";

/// A running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct Rap {
    /// What to give as `RAP_API_BASE_URL`, with a trailing slash.
    pub url: String,
    pub control: Control,
    state: State,
    _server: Server,
    walker: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

/// What the endpoints, the walker and the handle share.
#[derive(Debug, Clone)]
struct State {
    store: Arc<Mutex<store::Store>>,
    settings: Arc<Settings>,
}

impl State {
    fn store(&self) -> MutexGuard<'_, store::Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the stand-in on the first of `address` that is free, with the jobs of its state file if there is one.
pub fn start(address: impl ToSocketAddrs, settings: Settings) -> Result<Rap> {
    let control = Control::default();
    let backends = settings.tokens.values().flatten().cloned();
    let store = store::Store::load(settings.state_file.clone(), backends, settings.workers)?;
    let state = State { store: Arc::new(Mutex::new(store)), settings: Arc::new(settings) };
    let data = web::Data::new(state.clone());
    let server = Server::start(address, &control, move |config| {
        config.app_data(data.clone());
        api::routes(config);
    })?;
    let walker = state.settings.pace.map(|pace| walk_at(pace, state.clone()));
    let url = format!("{}/controller/v1/", server.url());
    Ok(Rap { url, control, state, _server: server, walker })
}

impl Rap {
    /// Lets one unit of time pass.
    pub fn tick(&self) {
        self.state.store().tick();
    }

    /// Lets time pass until no job is pending or running, or none can move (a paused backend).
    pub fn run_to_end(&self) {
        let mut store = self.state.store();
        for _ in 0..100_000 {
            if !store.has_active() {
                break;
            }
            store.tick();
        }
    }

    /// All jobs, oldest first.
    pub fn jobs(&self) -> Vec<Job> {
        self.state.store().jobs.clone()
    }

    /// How the next jobs of that action name will end, whatever the name says.
    pub fn will_end(&self, action: &str, outcome: Code) {
        self.state.store().outcomes.insert(action.to_owned(), outcome);
    }

    /// Switches database maintenance on, for that reason, or off. An unknown backend is left alone.
    pub fn set_maintenance(&self, backend: &str, maintenance: Option<Maintenance>) {
        if let Some(backend) = self.state.store().backends.get_mut(backend) {
            backend.set_maintenance(maintenance);
        }
    }

    /// Lets no more jobs start on a backend, or lets them again.
    pub fn set_paused(&self, backend: &str, is_paused: bool) {
        if let Some(backend) = self.state.store().backends.get_mut(backend) {
            backend.set_paused(is_paused);
        }
    }
}

impl Drop for Rap {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.walker.take() {
            drop(stop);
            thread.join().ok();
        }
    }
}

/// Ticks until the sender is dropped.
fn walk_at(pace: Duration, state: State) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        while stopped.recv_timeout(pace) == Err(mpsc::RecvTimeoutError::Timeout) {
            state.store().tick();
        }
    });
    (stop, thread)
}
