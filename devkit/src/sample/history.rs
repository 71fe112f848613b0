//! Some weeks of finished job requests, worked out from the sample pipelines: what depends on what, how long it took,
//! and what went wrong.

use std::collections::{HashMap, HashSet};

use data_encoding::BASE32_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use tokio_postgres::Transaction;

use super::{
    catalogue::{WORKSPACES, Workspace},
    repositories,
};
use crate::{
    Error, Result,
    standins::{
        rap::{Code, job_identifier},
        repositories::{Commit, Repositories},
    },
};

/// How a request ended.
enum End {
    Succeeded,
    /// Actions with this in their name exit with an error.
    Fails(&'static str),
    /// Actions with this in their name were cancelled by their requester.
    Cancelled(&'static str),
    /// Never had jobs: status and message.
    NoJobs(&'static str, &'static str),
}

struct Past {
    workspace: &'static str,
    backend: &'static str,
    by: &'static str,
    hours_ago: i64,
    actions: &'static [&'static str],
    end: End,
}

const fn past(
    workspace: &'static str,
    backend: &'static str,
    by: &'static str,
    hours_ago: i64,
    actions: &'static [&'static str],
    end: End,
) -> Past {
    Past { workspace, backend, by, hours_ago, actions, end }
}

const ADA: &str = "ada-researcher";
const BELA: &str = "bela-researcher";
const KIM: &str = "kim-everything";
const RUN_ALL: &[&str] = &["run_all"];

const HISTORY: &[Past] = &[
    past("vaccine-coverage-2024", "tpp", BELA, 1_400, RUN_ALL, End::Fails("unmatched")),
    past("asthma-reviews-main", "tpp", ADA, 1_180, &["generate_dataset"], End::Succeeded),
    past("asthma-reviews-main", "tpp", ADA, 1_100, &["draw_review_trend"], End::Fails("draw")),
    past("long-covid-and-work", "tpp", BELA, 960, &["extract_exposed"], End::Succeeded),
    past("asthma-reviews-main", "emis", ADA, 800, RUN_ALL, End::Succeeded),
    past("database-checks", "test", KIM, 700, RUN_ALL, End::Succeeded),
    past("opioid-trends-2026", "tpp", ADA, 650, &["round_morphine", "round_codeine"], End::Succeeded),
    past(
        "long-covid-and-work",
        "tpp",
        BELA,
        600,
        &["match_contemporary", "match_historical"],
        End::Cancelled("historical"),
    ),
    past("database-checks", "test", KIM, 532, RUN_ALL, End::Fails("latest_build")),
    past("asthma-reviews-sensitivity", "tpp", ADA, 480, RUN_ALL, End::Fails("fail")),
    past(
        "asthma-reviews-draft",
        "tpp",
        ADA,
        470,
        &["coverage_map"],
        End::NoJobs("failed", "Action 'coverage_map' not found in project.yaml"),
    ),
    past("opioid-trends-2026", "tpp", ADA, 400, RUN_ALL, End::Fails("mortality_fentanyl")),
    past("database-checks", "test", KIM, 364, RUN_ALL, End::Succeeded),
    past("long-covid-and-work", "tpp", ADA, 300, RUN_ALL, End::Fails("forest")),
    past("asthma-reviews-main", "tpp", ADA, 190, RUN_ALL, End::Succeeded),
    past("database-checks", "test", KIM, 196, RUN_ALL, End::Succeeded),
    past(
        "asthma-reviews-main",
        "tpp",
        ADA,
        150,
        RUN_ALL,
        End::NoJobs("nothing_to_do", "All actions have already completed successfully"),
    ),
    past("long-covid-and-work", "tpp", BELA, 75, &["write_report"], End::Succeeded),
    past("opioid-trends-2026", "tpp", ADA, 50, &["report"], End::Succeeded),
    past("database-checks", "test", KIM, 28, RUN_ALL, End::Succeeded),
    past("asthma-reviews-sensitivity", "tpp", ADA, 20, &["describe_strict", "describe_wide"], End::Succeeded),
    past("database-checks", "test", KIM, 8_900, RUN_ALL, End::Succeeded),
];

pub(super) async fn insert(transaction: &Transaction<'_>) -> Result<()> {
    let repositories = repositories()?;
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut requests = Requests::default();
    let mut jobs = Jobs::default();
    for (number, past) in HISTORY.iter().enumerate() {
        let at = now - SignedDuration::from_hours(past.hours_ago)
            + SignedDuration::from_secs(seed(past.workspace) % 3600);
        let workspace = WORKSPACES
            .iter()
            .find(|workspace| workspace.name == past.workspace)
            .ok_or_else(|| Error::StandIn(format!("no sample workspace {}", past.workspace)))?;
        let commit = commit_at(&repositories, workspace, at)?;
        let rap_id = identifier(number);
        let definition = commit.files.get("project.yaml").cloned().unwrap_or_default();
        let made = jobs.add(&rap_id, past, &definition, at)?;
        requests.add(past, rap_id, commit.sha, definition, at, &made);
    }
    requests.insert(transaction).await?;
    jobs.insert(transaction).await
}

/// The commit that was the head of the workspace's branch at that time.
fn commit_at(repositories: &Repositories, workspace: &Workspace, at: Timestamp) -> Result<Commit> {
    let slug = format!("opensafely/{}", workspace.repository);
    let repository =
        repositories.get(&slug).ok_or_else(|| Error::StandIn(format!("there is no repository {slug}")))?;
    let newest_then = repository.history(workspace.branch).find(|commit| commit.at <= at);
    let commit = newest_then.or_else(|| repository.history(workspace.branch).last());
    commit.cloned().ok_or_else(|| Error::StandIn(format!("{slug} has no branch {}", workspace.branch)))
}

/// Looks random, is the same every time.
fn identifier(number: usize) -> String {
    let digest = Sha1::digest(format!("sample job request {number}").as_bytes());
    BASE32_NOPAD.encode(&digest[..10]).to_ascii_lowercase()
}

fn seed(text: &str) -> i64 {
    text.bytes().fold(11, |sum: i64, byte| (sum * 31 + i64::from(byte)) % 100_003)
}

#[derive(Default)]
struct Requests {
    workspaces: Vec<&'static str>,
    backends: Vec<&'static str>,
    people: Vec<&'static str>,
    identifiers: Vec<String>,
    shas: Vec<String>,
    definitions: Vec<String>,
    actions: Vec<String>,
    cancelled: Vec<Value>,
    times: Vec<Timestamp>,
    statuses: Vec<&'static str>,
    messages: Vec<Option<&'static str>>,
}

impl Requests {
    fn add(
        &mut self,
        past: &Past,
        id: String,
        sha: String,
        definition: String,
        at: Timestamp,
        made: &[Made],
    ) {
        let (status, message) = match past.end {
            End::NoJobs(status, message) => (status, Some(message)),
            _ if made.iter().all(|job| job.code == Code::Succeeded) => ("succeeded", None),
            _ => ("failed", Some("Failed due to job failure")),
        };
        let cancelled = made.iter().filter(|job| job.code == Code::CancelledByUser);
        self.workspaces.push(past.workspace);
        self.backends.push(past.backend);
        self.people.push(past.by);
        self.identifiers.push(id);
        self.shas.push(sha);
        self.definitions.push(definition);
        self.actions.push(past.actions.join(","));
        self.cancelled.push(cancelled.map(|job| job.action.clone()).collect());
        self.times.push(at);
        self.statuses.push(status);
        self.messages.push(message);
    }

    async fn insert(&self, transaction: &Transaction<'_>) -> Result<()> {
        transaction
            .execute(
                "INSERT INTO jobserver_jobrequest
                   (force_run_dependencies, cancelled_actions, requested_actions, sha, identifier, will_notify,
                    project_definition, created_at, backend_id, created_by_id, workspace_id, codelists_ok,
                    _status, status_message)
                 SELECT false, cancelled, string_to_array(actions, ','), sha, given.identifier, false,
                        definition, given.created_at, jobserver_backend.id, jobserver_user.id,
                        jobserver_workspace.id, true, given.status, message
                   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                               $7::text[], $8::jsonb[], $9::timestamptz[], $10::text[], $11::text[])
                        AS given (workspace, backend, username, identifier, sha, definition,
                                  actions, cancelled, created_at, status, message)
                   JOIN jobserver_workspace ON jobserver_workspace.name = workspace
                   JOIN jobserver_backend ON jobserver_backend.slug = backend
                   JOIN jobserver_user USING (username)
                  ORDER BY given.created_at",
                &[
                    &self.workspaces,
                    &self.backends,
                    &self.people,
                    &self.identifiers,
                    &self.shas,
                    &self.definitions,
                    &self.actions,
                    &self.cancelled,
                    &self.times,
                    &self.statuses,
                    &self.messages,
                ],
            )
            .await?;
        Ok(())
    }
}

/// A job that has ended.
#[derive(Clone)]
struct Made {
    action: String,
    code: Code,
    /// None if it never started.
    started_at: Option<Timestamp>,
    completed_at: Timestamp,
}

#[derive(Default)]
struct Jobs {
    rap_ids: Vec<String>,
    identifiers: Vec<String>,
    actions: Vec<String>,
    commands: Vec<String>,
    statuses: Vec<&'static str>,
    codes: Vec<&'static str>,
    messages: Vec<&'static str>,
    created: Vec<Timestamp>,
    started: Vec<Option<Timestamp>>,
    completed: Vec<Timestamp>,
    traces: Vec<Value>,
    metrics: Vec<Value>,
}

impl Jobs {
    /// The jobs of a request, in the order in which they could run.
    fn add(&mut self, rap_id: &str, past: &Past, definition: &str, at: Timestamp) -> Result<Vec<Made>> {
        if matches!(past.end, End::NoJobs(..)) {
            return Ok(Vec::new());
        }
        let pipeline = pipeline::parse(definition)
            .map_err(|error| Error::StandIn(format!("a sample pipeline is wrong: {}", error.message)))?;
        let wanted = closure(&pipeline, past.actions);
        let mut made: HashMap<String, Made> = HashMap::new();
        let mut order = Vec::new();
        while order.len() < wanted.len() {
            let ready: Vec<&pipeline::Action> = pipeline
                .actions
                .iter()
                .filter(|action| wanted.contains(&action.name) && !made.contains_key(&action.name))
                .filter(|action| action.needs.iter().all(|need| made.contains_key(need)))
                .collect();
            if ready.is_empty() {
                return Err(Error::StandIn(format!(
                    "the sample pipeline of {} goes in a circle",
                    past.workspace
                )));
            }
            for action in ready {
                let job = past.run(action, &made, at);
                self.push(rap_id, action, &job, at);
                order.push(job.clone());
                made.insert(action.name.clone(), job);
            }
        }
        Ok(order)
    }

    fn push(&mut self, rap_id: &str, action: &pipeline::Action, job: &Made, created_at: Timestamp) {
        let identifier = job_identifier(rap_id, &action.name);
        let trace = data_encoding::HEXLOWER.encode(&Sha1::digest(identifier.as_bytes()));
        let size = seed(&action.name);
        let cpu = 20 + size % 75;
        let memory = 400 + size % 7_000;
        self.rap_ids.push(rap_id.to_owned());
        self.identifiers.push(identifier);
        self.actions.push(action.name.clone());
        self.commands.push(action.run.clone());
        self.statuses.push(job.code.status());
        self.codes.push(job.code.as_str());
        self.messages.push(job.code.message());
        self.created.push(created_at + SignedDuration::from_secs(4));
        self.started.push(job.started_at);
        self.completed.push(job.completed_at);
        self.traces.push(json!({"traceparent": format!("00-{}-{}-03", &trace[..32], &trace[24..40])}));
        self.metrics.push(match job.started_at {
            None => json!({}),
            Some(_) => json!({
                "cpu_mean": cpu, "cpu_peak": cpu + 20, "mem_mb_mean": memory, "mem_mb_peak": memory * 5 / 4,
            }),
        });
    }

    async fn insert(&self, transaction: &Transaction<'_>) -> Result<()> {
        transaction
            .execute(
                "INSERT INTO jobserver_job
                   (identifier, action, run_command, status, status_code, status_message,
                    created_at, updated_at, started_at, completed_at, trace_context, metrics, job_request_id)
                 SELECT given.identifier, action, run_command, status, status_code, given.status_message,
                        given.created_at, completed_at, started_at, completed_at, trace_context, metrics,
                        jobserver_jobrequest.id
                   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                               $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::jsonb[], $12::jsonb[])
                        WITH ORDINALITY
                        AS given (rap_id, identifier, action, run_command, status, status_code, status_message,
                                  created_at, started_at, completed_at, trace_context, metrics, position)
                   JOIN jobserver_jobrequest ON jobserver_jobrequest.identifier = rap_id
                  ORDER BY position",
                &[
                    &self.rap_ids,
                    &self.identifiers,
                    &self.actions,
                    &self.commands,
                    &self.statuses,
                    &self.codes,
                    &self.messages,
                    &self.created,
                    &self.started,
                    &self.completed,
                    &self.traces,
                    &self.metrics,
                ],
            )
            .await?;
        Ok(())
    }
}

impl Past {
    /// What became of an action, given what became of those it needs.
    fn run(&self, action: &pipeline::Action, made: &HashMap<String, Made>, at: Timestamp) -> Made {
        let needed = || action.needs.iter().filter_map(|need| made.get(need));
        let queued = at + SignedDuration::from_secs(30 + seed(&action.name) % 90);
        let ready = needed().map(|job| job.completed_at).max().unwrap_or(at).max(queued);
        let ended = |code, started_at, completed_at| Made {
            action: action.name.clone(),
            code,
            started_at,
            completed_at,
        };
        if needed().any(|job| job.code != Code::Succeeded) {
            return ended(Code::DependencyFailed, None, ready);
        }
        let started = ready + SignedDuration::from_secs(15);
        let whole = SignedDuration::from_secs(45 + seed(&action.name) % 2_400);
        match self.end {
            End::Fails(part) if action.name.contains(part) => {
                let code = if part == "unmatched" { Code::UnmatchedPatterns } else { Code::NonzeroExit };
                ended(code, Some(started), started + whole / 2)
            }
            End::Cancelled(part) if action.name.contains(part) => {
                ended(Code::CancelledByUser, Some(started), started + whole / 3)
            }
            _ => ended(Code::Succeeded, Some(started), started + whole),
        }
    }
}

/// The actions asked for and all they need.
fn closure(pipeline: &pipeline::Pipeline, asked: &[&str]) -> HashSet<String> {
    let everything = asked.contains(&"run_all");
    let mut wanted = HashSet::new();
    let mut open: Vec<&pipeline::Action> = pipeline
        .actions
        .iter()
        .filter(|action| everything || asked.contains(&action.name.as_str()))
        .collect();
    while let Some(action) = open.pop() {
        if wanted.insert(action.name.clone()) {
            open.extend(pipeline.actions.iter().filter(|other| action.needs.contains(&other.name)));
        }
    }
    wanted
}
