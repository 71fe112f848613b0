//! The rows of `jobserver_job`: reading what is known, inserting and updating many at once. Inserts and updates are
//! separate statements, because an upsert takes a number from the id sequence for every row it only updates: at the
//! pace of the status loop the 31 bits of the column would be used up within weeks.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Row, types::ToSql};

use super::{ReportedJob, apply::Reported};
use crate::{Result, db::GenericClient, ids::JobRequestId};

/// A job as it is stored.
pub(super) struct Known {
    pub id: i32,
    pub job_request: JobRequestId,
    pub status: String,
}

/// A job that was inserted, deleted, or updated because something of it had changed.
pub(super) struct Written {
    pub identifier: String,
    pub job_request: JobRequestId,
}

/// All jobs of these job requests, and any others that bear a reported identifier; by identifier.
pub(super) async fn known(
    db: &impl GenericClient,
    job_requests: &[JobRequestId],
    part: &[Reported<'_>],
) -> Result<HashMap<String, Known>> {
    let by_request = db
        .prepare_cached(
            "SELECT identifier, id, job_request_id, status
             FROM jobserver_job
             WHERE job_request_id = ANY($1)",
        )
        .await?;
    let mut known: HashMap<String, Known> =
        db.query(&by_request, &[&job_requests]).await?.iter().map(read).collect();

    let strangers: Vec<&str> = part
        .iter()
        .flat_map(|reported| &reported.jobs)
        .map(|job| job.identifier.as_str())
        .filter(|identifier| !known.contains_key(*identifier))
        .collect();
    if !strangers.is_empty() {
        let by_identifier = db
            .prepare_cached(
                "SELECT identifier, id, job_request_id, status
                 FROM jobserver_job
                 WHERE identifier = ANY($1)",
            )
            .await?;
        known.extend(db.query(&by_identifier, &[&strangers]).await?.iter().map(read));
    }
    Ok(known)
}

fn read(row: &Row) -> (String, Known) {
    (row.get(0), Known { id: row.get(1), job_request: row.get(2), status: row.get(3) })
}

/// Inserts jobs, in the order given.
pub(super) async fn insert(
    db: &impl GenericClient,
    jobs: &[(JobRequestId, &ReportedJob)],
) -> Result<Vec<Written>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let insert = db
        .prepare_cached(
            "INSERT INTO jobserver_job
                 (job_request_id, identifier, action, run_command, status, status_code, status_message,
                  created_at, updated_at, started_at, completed_at, trace_context, metrics)
             SELECT job_request_id, identifier, action, run_command, status, status_code, status_message,
                    coalesce(created_at, now()), updated_at, started_at, completed_at, trace_context, metrics
             FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[],
                         $12::jsonb[], $13::jsonb[])
                  WITH ORDINALITY
                  AS reported (job_request_id, identifier, action, run_command, status, status_code,
                               status_message, created_at, updated_at, started_at, completed_at,
                               trace_context, metrics, position)
             ORDER BY position
             ON CONFLICT (identifier) DO NOTHING
             RETURNING identifier, job_request_id",
        )
        .await?;
    let owners: Vec<JobRequestId> = jobs.iter().map(|(owner, _)| *owner).collect();
    let columns = Columns::of(jobs.iter().map(|(_, job)| *job));
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&owners];
    values.extend(columns.values());
    written(db.query(&insert, &values).await?)
}

/// Overwrites jobs, given with their primary keys, where anything differs from what is stored.
pub(super) async fn update(db: &impl GenericClient, jobs: &[(i32, &ReportedJob)]) -> Result<Vec<Written>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let update = db
        .prepare_cached(
            "UPDATE jobserver_job AS job
             SET action = reported.action,
                 run_command = reported.run_command,
                 status = reported.status,
                 status_code = reported.status_code,
                 status_message = reported.status_message,
                 created_at = coalesce(reported.created_at, job.created_at),
                 updated_at = reported.updated_at,
                 started_at = reported.started_at,
                 completed_at = reported.completed_at,
                 trace_context = CASE WHEN reported.has_trace THEN reported.trace_context
                                      ELSE job.trace_context END,
                 metrics = CASE WHEN reported.has_metrics THEN reported.metrics ELSE job.metrics END
             FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[],
                         $12::jsonb[], $13::jsonb[], $14::bool[], $15::bool[])
                  AS reported (id, identifier, action, run_command, status, status_code, status_message,
                               created_at, updated_at, started_at, completed_at, trace_context, metrics,
                               has_trace, has_metrics)
             WHERE job.id = reported.id
               AND ((job.action, job.run_command, job.status, job.status_code, job.status_message,
                     job.created_at, job.updated_at, job.started_at, job.completed_at)
                    IS DISTINCT FROM
                    (reported.action, reported.run_command, reported.status, reported.status_code,
                     reported.status_message, coalesce(reported.created_at, job.created_at),
                     reported.updated_at, reported.started_at, reported.completed_at)
                    OR reported.has_trace AND job.trace_context IS DISTINCT FROM reported.trace_context
                    OR reported.has_metrics AND job.metrics IS DISTINCT FROM reported.metrics)
             RETURNING job.identifier, job.job_request_id",
        )
        .await?;
    let ids: Vec<i32> = jobs.iter().map(|(id, _)| *id).collect();
    let has_trace: Vec<bool> = jobs.iter().map(|(_, job)| job.trace_context.is_some()).collect();
    let has_metrics: Vec<bool> = jobs.iter().map(|(_, job)| job.metrics.is_some()).collect();
    let columns = Columns::of(jobs.iter().map(|(_, job)| *job));
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&ids];
    values.extend(columns.values());
    values.extend([&has_trace as &(dyn ToSql + Sync), &has_metrics]);
    written(db.query(&update, &values).await?)
}

/// Deletes jobs by their primary keys.
pub(super) async fn delete(db: &impl GenericClient, jobs: &[i32]) -> Result<Vec<Written>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let delete = db
        .prepare_cached("DELETE FROM jobserver_job WHERE id = ANY($1) RETURNING identifier, job_request_id")
        .await?;
    written(db.query(&delete, &[&jobs]).await?)
}

fn written(rows: Vec<Row>) -> Result<Vec<Written>> {
    Ok(rows.iter().map(|row| Written { identifier: row.get(0), job_request: row.get(1) }).collect())
}

/// Jobs turned into one array per column.
#[derive(Default)]
struct Columns<'a> {
    identifier: Vec<&'a str>,
    action: Vec<&'a str>,
    run_command: Vec<&'a str>,
    status: Vec<&'a str>,
    status_code: Vec<&'a str>,
    status_message: Vec<&'a str>,
    created_at: Vec<Option<Timestamp>>,
    updated_at: Vec<Option<Timestamp>>,
    started_at: Vec<Option<Timestamp>>,
    completed_at: Vec<Option<Timestamp>>,
    trace_context: Vec<Option<&'a Value>>,
    metrics: Vec<Option<&'a Value>>,
}

impl<'a> Columns<'a> {
    fn of(jobs: impl Iterator<Item = &'a ReportedJob>) -> Self {
        let mut columns = Self::default();
        for job in jobs {
            columns.identifier.push(&job.identifier);
            columns.action.push(&job.action);
            columns.run_command.push(&job.run_command);
            columns.status.push(&job.status);
            columns.status_code.push(&job.status_code);
            columns.status_message.push(&job.status_message);
            columns.created_at.push(job.created_at);
            columns.updated_at.push(job.updated_at);
            columns.started_at.push(job.started_at);
            columns.completed_at.push(job.completed_at);
            columns.trace_context.push(job.trace_context.as_ref().and_then(Option::as_ref));
            columns.metrics.push(job.metrics.as_ref().and_then(Option::as_ref));
        }
        columns
    }

    fn values(&self) -> [&(dyn ToSql + Sync); 12] {
        [
            &self.identifier,
            &self.action,
            &self.run_command,
            &self.status,
            &self.status_code,
            &self.status_message,
            &self.created_at,
            &self.updated_at,
            &self.started_at,
            &self.completed_at,
            &self.trace_context,
            &self.metrics,
        ]
    }
}
