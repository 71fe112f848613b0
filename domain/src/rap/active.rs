//! Which job requests the controller is asked about: those that can still change and are younger than a year, and older
//! ones that still have a waiting or running job. Statuses that have fallen behind their jobs (a restored dump) are put
//! right on the way.

use crate::{
    Result,
    db::GenericClient,
    ids::JobRequestId,
    status::{Derived, derive},
};

/// The RAP ids to ask about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActiveIds {
    /// In the order of the job requests' primary keys.
    pub ids: Vec<String>,
    /// Identifiers of a shape that the controller refuses: one of them would make the whole call fail.
    pub malformed: Vec<String>,
}

/// The RAP ids of all job requests that are still active, after bringing stale stored statuses up to date.
pub async fn active_rap_ids(db: &impl GenericClient) -> Result<ActiveIds> {
    let select = db
        .prepare_cached(
            "SELECT job_request.id, job_request.identifier, job_request._status,
                    ARRAY(SELECT DISTINCT job.status
                          FROM jobserver_job AS job
                          WHERE job.job_request_id = job_request.id) AS statuses
             FROM jobserver_jobrequest AS job_request
             WHERE job_request._status IN ('pending', 'running', 'unknown', 'unknown_error_creating_jobs')
               AND (job_request.created_at >= now() - interval '52 weeks'
                    OR EXISTS (SELECT
                               FROM jobserver_job AS job
                               WHERE job.job_request_id = job_request.id
                                 AND job.status IN ('pending', 'running')))
             ORDER BY job_request.id",
        )
        .await?;
    let mut active = ActiveIds::default();
    let mut stale = StatusChanges::default();
    for row in db.query(&select, &[]).await? {
        let (id, identifier, stored): (JobRequestId, String, &str) = (row.get(0), row.get(1), row.get(2));
        let statuses: Vec<&str> = row.get(3);
        let derived = derive(stored, statuses);
        if derived.status.is_active() {
            let list = if is_well_formed(&identifier) { &mut active.ids } else { &mut active.malformed };
            list.push(identifier);
        }
        if derived.differs_from(stored) {
            stale.add(id, stored, derived);
        }
    }
    if !active.malformed.is_empty() {
        tracing::warn!(identifiers = ?active.malformed, "not asking the controller about malformed RAP ids");
    }
    stale.write(db).await?;
    Ok(active)
}

/// The shape that the controller accepts: 16 lower-case letters and digits.
fn is_well_formed(rap_id: &str) -> bool {
    rap_id.len() == 16 && rap_id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// New statuses of job requests, each written only if the stored one is still the one it was derived from.
#[derive(Default)]
pub(super) struct StatusChanges {
    ids: Vec<JobRequestId>,
    old: Vec<String>,
    new: Vec<String>,
    messages: Vec<Option<&'static str>>,
}

impl StatusChanges {
    pub(super) fn add(&mut self, id: JobRequestId, stored: &str, derived: Derived) {
        self.ids.push(id);
        self.old.push(stored.to_owned());
        self.new.push(derived.status.as_str().to_owned());
        self.messages.push(derived.message);
    }

    /// Writes them in one statement and returns those that were written.
    pub(super) async fn write(&self, db: &impl GenericClient) -> Result<Vec<JobRequestId>> {
        if self.ids.is_empty() {
            return Ok(Vec::new());
        }
        let update = db
            .prepare_cached(
                "UPDATE jobserver_jobrequest AS job_request
                 SET _status = change.new, status_message = change.message
                 FROM unnest($1::int[], $2::text[], $3::text[], $4::text[]) AS change (id, old, new, message)
                 WHERE job_request.id = change.id
                   AND job_request._status = change.old
                 RETURNING job_request.id",
            )
            .await?;
        let rows = db.query(&update, &[&self.ids, &self.old, &self.new, &self.messages]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}
