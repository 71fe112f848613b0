//! One slice of an answer in one transaction: jobs inserted and updated, statuses of the job requests derived, e-mails
//! queued, watching pages told. A fixed number of statements, whatever the slice holds.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use tokio::try_join;
use tokio_postgres::Row;

use super::{
    Applied, ReportedJob,
    active::StatusChanges,
    apply::{Reported, Reporter},
    finished::{self, Finished},
    jobs::{self, Known},
};
use crate::{
    Result,
    db::{GenericClient, Object},
    ids::JobRequestId,
    status::{Derived, JobRequestStatus, UNKNOWN_ERROR, derive, job_is_completed},
};

/// How long a job request may stay without an outcome of its creation before "the controller does not know it" means
/// that the creation was never made: longer than any create call lasts.
const CREATION_TAKES_AT_MOST: SignedDuration = SignedDuration::from_mins(10);

/// A job request of the slice as it is stored, locked until the end of the transaction.
struct Stored {
    id: JobRequestId,
    status: String,
    created_at: Timestamp,
    wants_mail: bool,
}

/// What has to be written, sorted out of the answer.
#[derive(Default)]
struct Writes<'a> {
    new: Vec<(JobRequestId, &'a ReportedJob)>,
    /// With primary keys.
    existing: Vec<(i32, &'a ReportedJob)>,
    /// Primary keys of jobs that are no longer there.
    gone: Vec<i32>,
    finished: Vec<Finished<'a>>,
    statuses: StatusChanges,
}

pub(super) async fn apply(client: &mut Object, part: &[Reported<'_>], reporter: Reporter) -> Result<Applied> {
    let tx = client.transaction().await?;
    let mut applied = Applied::default();

    let requests = lock(&tx, part, reporter).await?;
    let ids: Vec<JobRequestId> = requests.values().map(|stored| stored.id).collect();
    let known = jobs::known(&tx, &ids, part).await?;
    let writes = sort_out(part, &requests, &known, reporter, &mut applied);

    let (created, updated, deleted) = try_join!(
        jobs::insert(&tx, &writes.new),
        jobs::update(&tx, &writes.existing),
        jobs::delete(&tx, &writes.gone),
    )?;
    let written: HashSet<&str> = created.iter().chain(&updated).map(|job| job.identifier.as_str()).collect();
    let finished: Vec<&Finished> =
        writes.finished.iter().filter(|job| written.contains(job.job.identifier.as_str())).collect();
    let (rewritten, messages) = try_join!(writes.statuses.write(&tx), finished::queue_mails(&tx, &finished))?;

    let mut changed: HashSet<JobRequestId> = rewritten.iter().copied().collect();
    changed.extend(created.iter().chain(&updated).chain(&deleted).map(|job| job.job_request));
    tell_watchers(&tx, changed).await?;
    tx.commit().await?;

    applied.completed = finished.iter().map(|job| job.job.identifier.clone()).collect();
    applied.created = created.into_iter().map(|job| job.identifier).collect();
    applied.updated = updated.into_iter().map(|job| job.identifier).collect();
    applied.deleted = deleted.into_iter().map(|job| job.identifier).collect();
    applied.status_changes = rewritten.len();
    applied.messages = messages;
    Ok(applied)
}

/// The job requests of this slice, by RAP id, locked so that nothing else writes their jobs or statuses meanwhile.
async fn lock(
    db: &impl GenericClient,
    part: &[Reported<'_>],
    reporter: Reporter,
) -> Result<HashMap<String, Stored>> {
    let only_backend = match reporter {
        Reporter::Controller => None,
        Reporter::Runner(backend) => Some(backend),
    };
    let select = db
        .prepare_cached(
            "SELECT identifier, id, _status, created_at, will_notify
             FROM jobserver_jobrequest
             WHERE identifier = ANY($1)
               AND ($2::int IS NULL OR backend_id = $2)
             ORDER BY id
             FOR NO KEY UPDATE",
        )
        .await?;
    let rap_ids: Vec<&str> = part.iter().map(|reported| reported.rap_id).collect();
    let rows = db.query(&select, &[&rap_ids, &only_backend]).await?;
    let read = |row: &Row| {
        let stored =
            Stored { id: row.get(1), status: row.get(2), created_at: row.get(3), wants_mail: row.get(4) };
        (row.get(0), stored)
    };
    Ok(rows.iter().map(read).collect())
}

fn sort_out<'a>(
    part: &[Reported<'a>],
    requests: &HashMap<String, Stored>,
    known: &HashMap<String, Known>,
    reporter: Reporter,
    applied: &mut Applied,
) -> Writes<'a> {
    let mut writes = Writes::default();
    let mut untouched: HashMap<JobRequestId, HashMap<&str, &Known>> = HashMap::new();
    for (identifier, job) in known {
        untouched.entry(job.job_request).or_default().insert(identifier, job);
    }
    for reported in part {
        let Some(stored) = requests.get(reported.rap_id) else {
            applied.unknown_here.push(reported.rap_id.to_owned());
            continue;
        };
        let mut unreported = untouched.remove(&stored.id).unwrap_or_default();
        let mut statuses: Vec<&str> = Vec::with_capacity(reported.jobs.len());
        for &job in &reported.jobs {
            match known.get(&job.identifier) {
                Some(other) if other.job_request != stored.id => {
                    applied.clashes.push(job.identifier.clone());
                    continue;
                }
                Some(same) => writes.existing.push((same.id, job)),
                None => writes.new.push((stored.id, job)),
            }
            let was_finished = unreported
                .remove(job.identifier.as_str())
                .is_some_and(|known| job_is_completed(&known.status));
            if !was_finished && job_is_completed(&job.status) {
                let wants_mail = stored.wants_mail;
                writes.finished.push(Finished { job_request: stored.id, job, wants_mail });
            }
            statuses.push(&job.status);
        }
        match reporter {
            Reporter::Runner(_) => writes.gone.extend(unreported.values().map(|job| job.id)),
            Reporter::Controller => statuses.extend(unreported.values().map(|job| job.status.as_str())),
        }
        if reported.is_unrecognised {
            applied.unrecognised.push(reported.rap_id.to_owned());
        } else if reporter == Reporter::Controller {
            applied.missing.extend(unreported.keys().map(|identifier| (*identifier).to_owned()));
        }
        let derived = new_status(reported, stored, &statuses, applied);
        if derived.differs_from(&stored.status) {
            writes.statuses.add(stored.id, &stored.status, derived);
        }
    }
    writes
}

/// The status that follows from the jobs; for a job request that the controller does not know, also from that.
fn new_status(reported: &Reported<'_>, stored: &Stored, jobs: &[&str], applied: &mut Applied) -> Derived {
    let derived = derive(&stored.status, jobs.iter().copied());
    if !reported.is_unrecognised {
        return derived;
    }
    let was_never_made = match derived.status {
        JobRequestStatus::UnknownErrorCreatingJobs => true,
        JobRequestStatus::Unknown => {
            jobs.is_empty() && Timestamp::now().duration_since(stored.created_at) > CREATION_TAKES_AT_MOST
        }
        _ => false,
    };
    if !was_never_made {
        return derived;
    }
    applied.failed_unrecognised.push(reported.rap_id.to_owned());
    Derived { status: JobRequestStatus::Failed, message: Some(UNKNOWN_ERROR) }
}

async fn tell_watchers(db: &impl GenericClient, changed: HashSet<JobRequestId>) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let notify =
        db.prepare_cached("SELECT pg_notify('job_request', id::text) FROM unnest($1::int[]) AS id").await?;
    let changed: Vec<JobRequestId> = changed.into_iter().collect();
    db.query(&notify, &[&changed]).await?;
    Ok(())
}
