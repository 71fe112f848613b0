//! Writing down what the controller answers, or a job-runner reports: cut into slices, each a transaction of its own, so that an interruption
//! leaves whole job requests done or not done. When a slice cannot be written, its job requests are tried one by one,
//! so that a single bad item does not hold up the others.

use std::{
    collections::{HashMap, HashSet},
    slice,
};

use futures_util::future::try_join_all;

use super::{Applied, ReportedJob, StatusAnswer, slice as one_slice};
use crate::{Error, Result, db::Object, ids::BackendId};

/// Job requests in one transaction. A few thousand jobs: long enough to be quick, short enough not to hold locks long.
const SLICE: usize = 250;

/// Who reports, and so what follows from what is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reporter {
    /// The RAP controller. A job that it no longer mentions stays.
    Controller,
    /// A job-runner of this backend, which is heard about the backend's job requests only and tells all jobs of a job request every
    /// time: what it leaves out is gone.
    Runner(BackendId),
}

/// The part of the answer about one job request.
pub(super) struct Reported<'a> {
    pub rap_id: &'a str,
    /// Each identifier once.
    pub jobs: Vec<&'a ReportedJob>,
    pub is_unrecognised: bool,
}

/// Applies the controller's `answer` to the job requests that it was asked about, over as many connections as are given.
/// Jobs of others are ignored. Nothing is ever deleted. What cannot be written is named in the result, and will be tried
/// again with the next answer.
///
/// # Errors
/// Only when the database is out of reach; what was written until then stays.
pub async fn apply_status(
    clients: &mut [Object],
    requested: &[String],
    answer: &StatusAnswer,
) -> Result<Applied> {
    apply(clients, &by_request(requested, answer), Reporter::Controller).await
}

/// Applies what a job-runner of `backend` reports: of every job request that `answer` mentions, all its jobs. Jobs that it
/// leaves out are deleted; job requests of other backends are passed over.
///
/// # Errors
/// As [`apply_status`].
pub async fn apply_report(client: &mut Object, backend: BackendId, answer: &StatusAnswer) -> Result<Applied> {
    let mentioned: Vec<String> = answer.jobs.iter().map(|job| job.rap_id.clone()).collect();
    apply(slice::from_mut(client), &by_request(&mentioned, answer), Reporter::Runner(backend)).await
}

async fn apply(clients: &mut [Object], reported: &[Reported<'_>], reporter: Reporter) -> Result<Applied> {
    let workers = clients.len();
    let working = clients.iter_mut().enumerate().map(|(number, client)| {
        apply_parts(client, reported.chunks(SLICE).skip(number).step_by(workers), reporter)
    });
    let mut applied = Applied::default();
    try_join_all(working).await?.into_iter().for_each(|done| applied.absorb(done));
    log(&applied, reporter);
    Ok(applied)
}

async fn apply_parts<'a>(
    client: &mut Object,
    parts: impl Iterator<Item = &'a [Reported<'a>]>,
    reporter: Reporter,
) -> Result<Applied> {
    let mut applied = Applied::default();
    for part in parts {
        match one_slice::apply(client, part, reporter).await {
            Ok(done) => applied.absorb(done),
            Err(Error::Unavailable(error)) => return Err(Error::Unavailable(error)),
            Err(error) => {
                tracing::warn!(%error, "a slice of a report could not be written; trying one by one");
                apply_one_by_one(client, part, reporter, &mut applied).await?;
            }
        }
    }
    Ok(applied)
}

async fn apply_one_by_one(
    client: &mut Object,
    part: &[Reported<'_>],
    reporter: Reporter,
    applied: &mut Applied,
) -> Result<()> {
    for one in part {
        match one_slice::apply(client, slice::from_ref(one), reporter).await {
            Ok(done) => applied.absorb(done),
            Err(Error::Unavailable(error)) => return Err(Error::Unavailable(error)),
            Err(error) => applied.failed.push((one.rap_id.to_owned(), error.to_string())),
        }
    }
    Ok(())
}

/// Sorts the answer by the RAP ids asked about, in that order, each once. Of a job that the answer holds twice, the
/// later one counts; of an identifier under two RAP ids, the first.
fn by_request<'a>(requested: &'a [String], answer: &'a StatusAnswer) -> Vec<Reported<'a>> {
    let unrecognised: HashSet<&str> = answer.unrecognised.iter().map(String::as_str).collect();
    let mut place: HashMap<&str, usize> = HashMap::with_capacity(requested.len());
    let mut reported: Vec<Reported> = Vec::with_capacity(requested.len());
    for rap_id in requested {
        place.entry(rap_id).or_insert_with(|| {
            reported.push(Reported {
                rap_id,
                jobs: Vec::new(),
                is_unrecognised: unrecognised.contains(rap_id.as_str()),
            });
            reported.len() - 1
        });
    }
    let mut seen: HashMap<&str, (usize, usize)> = HashMap::with_capacity(answer.jobs.len());
    for job in &answer.jobs {
        let Some(&request) = place.get(job.rap_id.as_str()) else { continue };
        match seen.get(job.identifier.as_str()) {
            None => {
                seen.insert(&job.identifier, (request, reported[request].jobs.len()));
                reported[request].jobs.push(job);
            }
            Some(&(owner, index)) if owner == request => reported[request].jobs[index] = job,
            Some(_) => {
                tracing::warn!(
                    identifier = job.identifier,
                    rap_id = job.rap_id,
                    "a job is reported under two RAP ids"
                );
            }
        }
    }
    reported
}

/// One line per kind of event and cycle; long lists are cut, the counts are whole.
fn log(applied: &Applied, reporter: Reporter) {
    const SHOWN: usize = 20;
    let first = |list: &[String]| list.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    if !(applied.created.is_empty() && applied.updated.is_empty()) {
        tracing::info!(
            created = applied.created.len(),
            updated = applied.updated.len(),
            completed = applied.completed.len(),
            created_jobs = ?first(&applied.created),
            updated_jobs = ?first(&applied.updated),
            "jobs created and updated"
        );
    }
    if !applied.unrecognised.is_empty() {
        tracing::warn!(count = applied.unrecognised.len(), rap_ids = ?first(&applied.unrecognised), "the controller does not know RAP ids");
    }
    if !applied.failed_unrecognised.is_empty() {
        tracing::info!(rap_ids = ?first(&applied.failed_unrecognised), "job requests failed because the controller does not know them");
    }
    if !applied.unknown_here.is_empty() {
        tracing::warn!(rap_ids = ?first(&applied.unknown_here), ?reporter, "RAP ids without a job request, or of another backend");
    }
    if !applied.deleted.is_empty() {
        tracing::info!(count = applied.deleted.len(), jobs = ?first(&applied.deleted), "a runner no longer has these jobs");
    }
    if !applied.missing.is_empty() {
        tracing::error!(count = applied.missing.len(), jobs = ?first(&applied.missing), "the controller no longer reports jobs that are known here");
    }
    if !applied.clashes.is_empty() {
        tracing::error!(jobs = ?first(&applied.clashes), "reported jobs belong to other job requests here");
    }
    for (rap_id, reason) in &applied.failed {
        tracing::error!(rap_id, reason, "the controller's answer about a job request could not be written");
    }
}
