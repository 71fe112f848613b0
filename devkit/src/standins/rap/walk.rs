//! How jobs move: one step of time for all of them. What an action is called decides how it ends: a name with `fail` in
//! it exits with an error, one with `unmatched` misses its outputs, one with `reboot` is sent back to the queue once.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    jobs::{Code, Job, now},
    store::{Backend, Store},
};

/// Database jobs that a backend runs at once.
const DB_WORKERS: usize = 3;
/// While a job executes, its metrics are taken every so many ticks.
const METRICS_EVERY: u32 = 4;

impl Store {
    /// One unit of time.
    pub fn tick(&mut self) {
        let now = now();
        for backend in self.backends.values_mut() {
            backend.last_seen = Some(Timestamp::now());
        }
        if !self.has_active() {
            return;
        }
        // What a job waits for is judged as it was before this tick, so that no chain ends within one.
        let codes: HashMap<String, Code> =
            self.jobs.iter().map(|job| (job.identifier.clone(), job.code)).collect();
        let mut crowd = Crowd::of(&self.jobs);
        let mut has_changed = false;
        for job in self.jobs.iter_mut().filter(|job| job.code.is_active()) {
            job.age += 1;
            let next = if job.is_cancelled {
                Some(Code::CancelledByUser)
            } else if job.code.status() == "pending" {
                next_pending(job, &codes, self.backends.get(&job.backend), &mut crowd, self.workers)
            } else {
                next_running(job, self.backends.get(&job.backend), self.outcomes.get(&job.action).copied())
            };
            if let Some(code) = next.filter(|code| *code != job.code) {
                job.go_to(code, now);
                has_changed = true;
            } else if job.code == Code::Executing && job.age.is_multiple_of(METRICS_EVERY) {
                job.metrics = measured(job);
                job.updated_at = now;
                has_changed = true;
            }
        }
        if has_changed {
            self.save();
        }
    }
}

impl Job {
    fn go_to(&mut self, code: Code, now: Timestamp) {
        self.code = code;
        code.message().clone_into(&mut self.message);
        self.age = 0;
        self.updated_at = now;
        self.was_rebooted |= code == Code::WaitingOnReboot;
        match code.status() {
            // Back in the queue, a job counts as not started.
            "pending" => self.started_at = None,
            "running" => self.started_at = self.started_at.or(Some(now)),
            // A cancelled job was completed when it was cancelled.
            _ => self.completed_at = self.completed_at.or(Some(now)),
        }
    }
}

/// How many jobs run on each backend: all, and those on its database.
#[derive(Default)]
struct Crowd {
    by_backend: HashMap<String, (usize, usize)>,
}

impl Crowd {
    fn of(jobs: &[Job]) -> Crowd {
        let mut crowd = Crowd::default();
        for job in jobs.iter().filter(|job| job.code.status() == "running") {
            crowd.add(job);
        }
        crowd
    }

    fn add(&mut self, job: &Job) {
        let (all, on_db) = self.by_backend.entry(job.backend.clone()).or_default();
        *all += 1;
        *on_db += usize::from(job.requires_db);
    }

    fn count(&self, backend: &str) -> (usize, usize) {
        self.by_backend.get(backend).copied().unwrap_or_default()
    }
}

fn next_pending(
    job: &Job,
    codes: &HashMap<String, Code>,
    backend: Option<&Backend>,
    crowd: &mut Crowd,
    workers: usize,
) -> Option<Code> {
    let needed = || job.waits_for.iter().filter_map(|identifier| codes.get(identifier));
    let (running, on_db) = crowd.count(&job.backend);
    if needed().any(|code| code.status() == "failed") {
        Some(Code::DependencyFailed)
    } else if needed().any(|code| code.is_active()) {
        Some(Code::WaitingOnDependencies)
    } else if backend.is_some_and(|backend| backend.is_paused) {
        Some(Code::Paused)
    } else if job.requires_db && backend.is_some_and(|backend| backend.maintenance.is_some()) {
        Some(Code::WaitingDbMaintenance)
    } else if job.requires_db && on_db >= DB_WORKERS {
        Some(Code::WaitingOnDbWorkers)
    } else if running >= workers {
        Some(Code::WaitingOnWorkers)
    } else if job.age < 2 {
        // A moment in which it can be seen to be pending.
        None
    } else {
        crowd.add(job);
        Some(Code::Initiated)
    }
}

fn next_running(job: &Job, backend: Option<&Backend>, told: Option<Code>) -> Option<Code> {
    if job.requires_db && backend.is_some_and(|backend| backend.maintenance.is_some()) {
        return Some(Code::WaitingDbMaintenance);
    }
    let (ticks, next) = match job.code {
        Code::Initiated => (1, Code::Preparing),
        Code::Preparing => (2, Code::Prepared),
        Code::Prepared => (1, Code::Executing),
        Code::Executing if job.action.contains("reboot") && !job.was_rebooted => (3, Code::WaitingOnReboot),
        Code::Executing => (executing_ticks(job), Code::Executed),
        Code::Executed => (1, told.unwrap_or_else(|| outcome(&job.action))),
        Code::Finalizing => (1, Code::Finalized),
        Code::Finalized => (1, Code::Succeeded),
        _ => return None,
    };
    // What succeeds still has its outputs recorded; what fails ends here.
    let next = if job.code == Code::Executed && next == Code::Succeeded { Code::Finalizing } else { next };
    (job.age >= ticks).then_some(next)
}

/// Between 8 and 24: an action always takes about the same time.
fn executing_ticks(job: &Job) -> u32 {
    8 + job.action.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 17
}

fn outcome(action: &str) -> Code {
    if action.contains("unmatched") {
        Code::UnmatchedPatterns
    } else if action.contains("fail") {
        Code::NonzeroExit
    } else {
        Code::Succeeded
    }
}

fn measured(job: &Job) -> Map<String, Value> {
    let samples = f64::from(job.age / METRICS_EVERY);
    let base = f64::from(executing_ticks(job));
    let (cpu, memory) = (base * 5.5, base * 120.0 + samples * 64.0);
    let metrics = json!({
        "cpu_sample": cpu,
        "cpu_cumsum": cpu * samples,
        "cpu_mean": cpu,
        "cpu_peak": cpu * 1.3,
        "mem_mb_sample": memory,
        "mem_mb_cumsum": memory * samples,
        "mem_mb_mean": memory * 0.8,
        "mem_mb_peak": memory,
        "container_id": format!("os-job-{}", job.identifier),
    });
    metrics.as_object().cloned().unwrap_or_default()
}
