//! The status loop on a busy day: how long it takes to write down an answer of the RAP controller about 2,000 job
//! requests of 20 jobs each. In a database of its own beside the 300,000 jobs of the data set.

use std::time::{Duration, Instant};

use domain::{
    db::{GenericClient, Object},
    rap::{ReportedJob, StatusAnswer, active_rap_ids, apply_status},
};
use jiff::Timestamp;

use crate::error::{Error, Result};

pub const REQUESTS: usize = 2_000;
pub const JOBS_EACH: usize = 20;

/// One answer applied.
#[derive(Debug)]
pub struct Step {
    pub what: &'static str,
    pub took: Duration,
    pub written: usize,
    pub messages: u64,
}

/// What happens to all of the jobs, one after the other.
const STEPS: [(&str, &str); 4] = [
    ("new jobs, all waiting", "pending"),
    ("all running", "running"),
    ("all succeeded, an e-mail for each", "succeeded"),
    ("nothing new", "succeeded"),
];

/// Over two connections, as RapStatus does it.
pub async fn apply_all(connections: &mut [Object; 2]) -> Result<Vec<Step>> {
    let rap_ids: Vec<String> = (0..REQUESTS).map(|number| format!("bench{number:011}")).collect();
    add_job_requests(&connections[0], &rap_ids).await?;
    let mut steps = Vec::with_capacity(STEPS.len() + 1);
    for (what, status) in STEPS {
        let answer = answer(&rap_ids, status)?;
        let started = Instant::now();
        let applied = apply_status(connections, &rap_ids, &answer).await?;
        steps.push(Step {
            what,
            took: started.elapsed(),
            written: applied.created.len() + applied.updated.len(),
            messages: applied.messages,
        });
        if !applied.failed.is_empty() {
            return Err(Error::Unmeasurable(format!(
                "{} job requests could not be written",
                applied.failed.len()
            )));
        }
        if status == "running" {
            let started = Instant::now();
            let active = active_rap_ids(&connections[0]).await?;
            let (what, took) = ("finding out which are active", started.elapsed());
            steps.push(Step { what, took, written: 0, messages: 0 });
            if active.ids.len() < REQUESTS {
                return Err(Error::Unmeasurable(format!(
                    "only {} job requests are active",
                    active.ids.len()
                )));
            }
        }
    }
    Ok(steps)
}

/// Spread over the workspaces.
async fn add_job_requests(db: &impl GenericClient, rap_ids: &[String]) -> Result<()> {
    db.execute(
        "INSERT INTO jobserver_jobrequest
             (identifier, workspace_id, backend_id, created_by_id, created_at, sha, project_definition,
              codelists_ok, requested_actions, cancelled_actions, force_run_dependencies, will_notify, _status)
         SELECT identifier, 1 + number % (SELECT count(*) FROM jobserver_workspace), 1, 2, now(),
                repeat('0', 40), 'version: ''4.0''', true, '{run_all}', '[]', false, true, 'pending'
         FROM unnest($1::text[]) WITH ORDINALITY AS new (identifier, number)",
        &[&rap_ids],
    )
    .await?;
    db.batch_execute("ANALYZE jobserver_jobrequest").await?;
    Ok(())
}

fn answer(rap_ids: &[String], status: &str) -> Result<StatusAnswer> {
    let jobs = rap_ids
        .iter()
        .flat_map(|rap_id| (0..JOBS_EACH).map(move |number| job(rap_id, number, status)))
        .collect::<Result<Vec<ReportedJob>>>()?;
    Ok(StatusAnswer { jobs, unrecognised: Vec::new() })
}

/// As the controller reports one, with the usual trace and metrics.
fn job(rap_id: &str, number: usize, status: &str) -> Result<ReportedJob> {
    let (code, message) = match status {
        "pending" => ("created", "Created"),
        "running" => ("executing", "Executing job on the backend"),
        _ => ("succeeded", "Completed successfully"),
    };
    let is_started = status != "pending";
    let is_over = status == "succeeded";
    Ok(ReportedJob {
        rap_id: rap_id.to_owned(),
        identifier: format!("{rap_id}{number:02}"),
        action: format!("action_{number}"),
        run_command: "python:v2 python analysis/describe.py --input output/dataset.csv.gz".to_owned(),
        status: status.to_owned(),
        status_code: code.to_owned(),
        status_message: message.to_owned(),
        created_at: Some(at("2025-11-03T09:00:04.412345Z")?),
        updated_at: Some(at("2025-11-03T09:06:10.000001Z")?),
        started_at: is_started.then(|| at("2025-11-03T09:01:30Z")).transpose()?,
        completed_at: is_over.then(|| at("2025-11-03T09:06:10Z")).transpose()?,
        trace_context: Some(Some(serde_json::json!({
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        }))),
        metrics: Some(
            is_over.then(|| serde_json::json!({"cpu_cumsum": 812.5, "cpu_mean": 88.1, "mem_mb_peak": 3120})),
        ),
    })
}

fn at(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|_| Error::Unmeasurable(format!("{text} is not a time")))
}
