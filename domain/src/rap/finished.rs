//! The e-mail to a job request's creator about each job that has just finished, queued in the transaction that wrote
//! the job down. The words are the template's; here are the facts.

use std::collections::HashMap;

use serde_json::json;

use super::ReportedJob;
use crate::{
    Result,
    db::GenericClient,
    ids::JobRequestId,
    outbox::{self, Kind, NewMessage},
};

/// A job that was not finished before and is now.
pub(super) struct Finished<'a> {
    pub job_request: JobRequestId,
    pub job: &'a ReportedJob,
    pub wants_mail: bool,
}

/// What the e-mail says about the job request.
struct Addressee {
    email: String,
    workspace: String,
    project: String,
}

/// Queues an e-mail for each of `finished` whose job request asks for it and whose creator has an address.
/// Returns how many.
pub(super) async fn queue_mails(db: &impl GenericClient, finished: &[&Finished<'_>]) -> Result<u64> {
    let wanted: Vec<&&Finished> = finished.iter().filter(|job| job.wants_mail).collect();
    if wanted.is_empty() {
        return Ok(0);
    }
    let mut ids: Vec<JobRequestId> = wanted.iter().map(|job| job.job_request).collect();
    ids.dedup();
    let addressees = addressees(db, &ids).await?;
    let messages: Vec<NewMessage> = wanted
        .iter()
        .filter_map(|job| addressees.get(&job.job_request).map(|addressee| message(job, addressee)))
        .collect();
    outbox::enqueue(db, &messages).await
}

async fn addressees(
    db: &impl GenericClient,
    job_requests: &[JobRequestId],
) -> Result<HashMap<JobRequestId, Addressee>> {
    let select = db
        .prepare_cached(
            "SELECT job_request.id, creator.email, workspace.name, project.slug
             FROM jobserver_jobrequest AS job_request
             JOIN jobserver_user AS creator ON creator.id = job_request.created_by_id
             JOIN jobserver_workspace AS workspace ON workspace.id = job_request.workspace_id
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             WHERE job_request.id = ANY($1)
               AND creator.email <> ''",
        )
        .await?;
    let rows = db.query(&select, &[&job_requests]).await?;
    Ok(rows
        .iter()
        .map(|row| (row.get(0), Addressee { email: row.get(1), workspace: row.get(2), project: row.get(3) }))
        .collect())
}

fn message(finished: &Finished<'_>, addressee: &Addressee) -> NewMessage {
    let Finished { job_request, job, .. } = finished;
    let Addressee { email, workspace, project } = addressee;
    // A job that runs again and finishes again is worth a second e-mail; hearing of one end twice is not.
    let end = job.completed_at.map_or_else(|| job.status.clone(), |at| at.to_string());
    NewMessage {
        kind: Kind::Email,
        ordering_key: None,
        payload: json!({
            "template": "job_finished",
            "to": [email],
            "subject": format!("{}: [os {workspace}] {}", job.status, job.action),
            "facts": {
                "action": job.action,
                "workspace": workspace,
                "status": job.status,
                "status_message": job.status_message,
                "elapsed_seconds": elapsed_seconds(job),
                "job_path": format!("/{project}/{workspace}/{job_request}/{}/", job.identifier),
            },
        }),
        marker: format!("job-finished:{}:{end}", job.identifier),
    }
}

/// Whole seconds from start to end; none when that is unknown, zero or negative.
fn elapsed_seconds(job: &ReportedJob) -> Option<i64> {
    let elapsed = job.completed_at?.duration_since(job.started_at?).as_secs();
    (elapsed > 0).then_some(elapsed)
}
