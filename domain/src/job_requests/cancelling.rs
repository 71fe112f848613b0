//! Cancelling: what can be cancelled of a job request, and writing down what is.

use serde_json::Value;
use tokio_postgres::Row;

use crate::{
    Result,
    audit::{self, About, Event, Kind},
    db::{GenericClient, Object},
    ids::{JobRequestId, ProjectId},
    status::{JobRequestStatus, derive},
};

/// What somebody wants cancelled.
#[derive(Debug, Clone)]
pub struct CancelOrder {
    pub job_request: JobRequestId,
    /// None: all that waits or runs.
    pub actions: Option<Vec<String>>,
    /// Username of the member of staff who orders it in somebody's place: that is put on record.
    pub staff: Option<String>,
}

impl CancelOrder {
    /// Everything, for the person themselves.
    pub fn all(job_request: JobRequestId) -> CancelOrder {
        CancelOrder { job_request, actions: None, staff: None }
    }
}

/// What can be cancelled of a job request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancellation {
    /// Ask the controller to cancel these actions of this RAP id.
    Actions { identifier: String, actions: Vec<String> },
    /// Its jobs are not known yet: worth another try in a minute.
    NotStartedYet,
    /// None of the actions asked for is waiting or running.
    NothingActive,
}

/// What to cancel: all actions that wait or run, or those of them that are wanted. Actions whose cancellation was
/// already asked for are included as long as they are active. None: no such job request.
pub async fn cancellation(db: &impl GenericClient, order: &CancelOrder) -> Result<Option<Cancellation>> {
    let select = db
        .prepare_cached(
            "SELECT job_request.identifier, job_request._status,
                    ARRAY(SELECT DISTINCT job.action
                          FROM jobserver_job AS job
                          WHERE job.job_request_id = job_request.id
                            AND job.status IN ('pending', 'running')
                          ORDER BY job.action) AS active,
                    ARRAY(SELECT DISTINCT job.status
                          FROM jobserver_job AS job
                          WHERE job.job_request_id = job_request.id) AS statuses
             FROM jobserver_jobrequest AS job_request
             WHERE job_request.id = $1",
        )
        .await?;
    let Some(row) = db.query_opt(&select, &[&order.job_request]).await? else { return Ok(None) };
    let mut actions: Vec<String> = row.get(2);
    if let Some(wanted) = &order.actions {
        actions.retain(|action| wanted.contains(action));
    }
    if !actions.is_empty() {
        return Ok(Some(Cancellation::Actions { identifier: row.get(0), actions }));
    }
    let statuses: Vec<&str> = row.get(3);
    Ok(Some(match derive(row.get(1), statuses).status {
        JobRequestStatus::Pending | JobRequestStatus::UnknownErrorCreatingJobs => Cancellation::NotStartedYet,
        _ => Cancellation::NothingActive,
    }))
}

/// Remembers that `actions` are to be cancelled, adding only names that are not there yet; one statement, so that two
/// cancellations at once lose nothing. What staff changed is put on record with it. Watching pages are told.
pub async fn add_cancelled_actions(db: &mut Object, order: &CancelOrder, actions: &[String]) -> Result<()> {
    let tx = db.transaction().await?;
    add(&tx, order, actions).await?;
    Ok(tx.commit().await?)
}

async fn add(tx: &impl GenericClient, order: &CancelOrder, actions: &[String]) -> Result<()> {
    let update = tx
        .prepare_cached(
            "WITH stored AS (
                 SELECT job_request.id, job_request.cancelled_actions, workspace.project_id
                 FROM jobserver_jobrequest AS job_request
                 JOIN jobserver_workspace AS workspace ON workspace.id = job_request.workspace_id
                 WHERE job_request.id = $1
                 FOR UPDATE OF job_request
             ),
             written AS (
                 UPDATE jobserver_jobrequest AS job_request
                 SET cancelled_actions = stored.cancelled_actions || (
                     SELECT coalesce(jsonb_agg(added.name ORDER BY added.position), '[]')
                     FROM (SELECT named.name, min(named.position) AS position
                           FROM unnest($2::text[]) WITH ORDINALITY AS named (name, position)
                           GROUP BY named.name) AS added
                     WHERE NOT stored.cancelled_actions ? added.name)
                 FROM stored
                 WHERE job_request.id = stored.id
                 RETURNING stored.project_id, stored.cancelled_actions AS before, job_request.cancelled_actions AS after
             )
             SELECT project_id, before, after, pg_notify('job_request', $1::integer::text)
             FROM written",
        )
        .await?;
    let Some(row) = tx.query_opt(&update, &[&order.job_request, &actions]).await? else { return Ok(()) };
    match &order.staff {
        Some(staff) => audit::record(tx, &event(order.job_request, staff, &row)?).await,
        None => Ok(()),
    }
}

/// None if all of them were to be cancelled before.
fn event(id: JobRequestId, staff: &str, row: &Row) -> Result<Vec<Event>> {
    let project: ProjectId = row.try_get("project_id")?;
    let (before, after) = (names(row.try_get("before")?), names(row.try_get("after")?));
    let event = Event::new(Kind::JobRequestCancelled, staff, About::job_request(id, id.to_string()))
        .project(project)
        .change("cancelled_actions", before.join(", "), after.join(", "));
    Ok(if event.has_changes() { vec![event] } else { Vec::new() })
}

/// The texts of a JSON list, passing over whatever else old rows may hold.
pub(crate) fn names(list: Value) -> Vec<String> {
    match list {
        Value::Array(items) => {
            items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}
