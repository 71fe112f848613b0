//! Many browsers that watch the page of one job request, and how soon each is told of a change that was committed by
//! somebody else, as the status loop commits it.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{Client as Browser, RequestBuilder};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time,
};
use tokio_postgres::Client;

use crate::{
    error::{Error, Result},
    report::say,
    server::Server,
};

pub const WATCHERS: usize = 2_000;
/// How many connect at the same time.
const AT_ONCE: usize = 50;
const CONNECT_LIMIT: Duration = Duration::from_secs(60);
/// How long the slowest is waited for.
const TOLD_LIMIT: Duration = Duration::from_secs(15);

/// How long after the change each of them had all of the new page, in seconds.
#[derive(Debug)]
pub struct Told {
    pub median: f64,
    pub p99: f64,
    pub last: f64,
    /// Of the server, while they watch; in megabytes.
    pub memory: f64,
    /// What each of them is sent, in bytes.
    pub bytes: usize,
}

/// A watched job request that is not finished, and one of its jobs.
struct Watched {
    job_request: i32,
    job: i32,
    status_message: String,
}

/// The whole page arrived at one of them.
struct Arrival {
    watcher: usize,
    at: Instant,
    bytes: usize,
}

/// Lets them watch, changes something `rounds` times, and puts it back.
pub async fn told(server: &Server, db: &Client, rounds: usize) -> Result<Told> {
    let watched = find(db).await?;
    let url = format!("{}/api/live/job-requests/{}/", server.url, watched.job_request);
    let (tell, mut told) = mpsc::unbounded_channel();
    let mut watchers = come(&url, tell)?;
    say(&format!("{WATCHERS} browsers watch job request {}", watched.job_request));
    wait_for_all(&mut told, &mut watchers, CONNECT_LIMIT).await?;

    let mut delays = Vec::with_capacity(rounds * WATCHERS);
    let mut bytes = 0;
    for round in 0..rounds {
        while told.try_recv().is_ok() {}
        let started = Instant::now();
        change(db, &watched, &format!("Measuring, round {round}")).await?;
        for arrival in wait_for_all(&mut told, &mut watchers, TOLD_LIMIT).await? {
            delays.push(arrival.at.duration_since(started).as_secs_f64());
            bytes = arrival.bytes;
        }
    }
    let memory = server.memory()?;
    watchers.abort_all();
    change(db, &watched, &watched.status_message).await?;
    delays.sort_by(f64::total_cmp);
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize];
    Ok(Told { median: at(0.5), p99: at(0.99), last: at(1.0), memory, bytes })
}

/// The running one with the most jobs.
async fn find(db: &Client) -> Result<Watched> {
    let row = db
        .query_opt(
            "SELECT job_request.id, max(job.id), (array_agg(job.status_message ORDER BY job.id DESC))[1]
             FROM jobserver_jobrequest AS job_request
             JOIN jobserver_job AS job ON job.job_request_id = job_request.id
             WHERE job_request._status = 'running'
             GROUP BY job_request.id
             HAVING bool_or(job.status IN ('pending', 'running'))
             ORDER BY count(*) DESC, job_request.id
             LIMIT 1",
            &[],
        )
        .await?
        .ok_or_else(|| Error::Unmeasurable("no job request is running that could be watched".to_owned()))?;
    Ok(Watched { job_request: row.get(0), job: row.get(1), status_message: row.get(2) })
}

/// One statement, so that it is committed before this returns.
async fn change(db: &Client, watched: &Watched, status_message: &str) -> Result<()> {
    db.execute(
        "WITH changed AS (
             UPDATE jobserver_job
             SET status_message = $2, updated_at = now()
             WHERE id = $1
             RETURNING job_request_id
         )
         SELECT pg_notify('job_request', job_request_id::text)
         FROM changed",
        &[&watched.job, &status_message],
    )
    .await?;
    Ok(())
}

/// The first error of any watcher ends the measuring: all are needed.
type Watchers = JoinSet<Result<()>>;

fn come(url: &str, tell: mpsc::UnboundedSender<Arrival>) -> Result<Watchers> {
    let browser = Browser::builder().no_proxy().http1_only().pool_max_idle_per_host(0).build()?;
    let door = Arc::new(Semaphore::new(AT_ONCE));
    let mut watchers = JoinSet::new();
    for watcher in 0..WATCHERS {
        let (asking, door, tell) = (browser.get(url), door.clone(), tell.clone());
        let tell = move |at, bytes| drop(tell.send(Arrival { watcher, at, bytes }));
        watchers.spawn(watch(asking, door, tell));
    }
    Ok(watchers)
}

/// Others may come in through the door once this one has seen the page.
async fn watch(asking: RequestBuilder, door: Arc<Semaphore>, tell: impl Fn(Instant, usize)) -> Result<()> {
    let place = door.acquire().await.map_err(|_| Error::Unmeasurable("no more watchers".to_owned()))?;
    let mut place = Some(place);
    let mut stream = asking.send().await?.error_for_status()?;
    let mut received = Vec::new();
    while let Some(piece) = stream.chunk().await? {
        // The end of an event may lie across two pieces.
        let mut searched = received.len().saturating_sub(1);
        received.extend_from_slice(&piece);
        while let Some(end) = received[searched..].windows(2).position(|bytes| bytes == b"\n\n") {
            let event: Vec<u8> = received.drain(..searched + end + 2).collect();
            searched = 0;
            if event.starts_with(b"event: live\n") {
                place.take();
                tell(Instant::now(), event.len());
            }
        }
    }
    Err(Error::Unmeasurable("the server ended the stream of a watcher".to_owned()))
}

/// The first arrival at each of them.
async fn wait_for_all(
    told: &mut mpsc::UnboundedReceiver<Arrival>,
    watchers: &mut Watchers,
    limit: Duration,
) -> Result<Vec<Arrival>> {
    let mut arrivals = HashMap::with_capacity(WATCHERS);
    let waiting = async {
        while arrivals.len() < WATCHERS {
            tokio::select! {
                Some(arrival) = told.recv() => {
                    arrivals.entry(arrival.watcher).or_insert(arrival);
                }
                Some(ended) = watchers.join_next() => {
                    ended.map_err(|error| Error::Unmeasurable(format!("a watcher died: {error}")))??;
                }
            }
        }
        Ok(())
    };
    match time::timeout(limit, waiting).await {
        Ok(outcome) => outcome.map(|()| arrivals.into_values().collect()),
        Err(_) => Err(Error::Unmeasurable(format!(
            "only {} of {WATCHERS} watchers were told within {} seconds",
            arrivals.len(),
            limit.as_secs()
        ))),
    }
}
