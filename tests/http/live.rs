//! The event stream of a job request's page, and the statuses that the run-jobs page asks for.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::harness::{Browser, Study, TestApp, a, eventually};

/// An open stream, read event by event.
struct Stream {
    response: reqwest::Response,
    received: String,
}

impl Stream {
    async fn open(app: &TestApp, path: &str) -> Stream {
        Stream::open_in(&app.browser(), path).await
    }

    async fn open_in(browser: &Browser, path: &str) -> Stream {
        let response = browser.request(Method::GET, path).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{path}");
        Stream { response, received: String::new() }
    }

    /// The text of events until one contains `text`; fails after `limit`.
    async fn until(&mut self, text: &str, limit: Duration) -> String {
        let deadline = Instant::now() + limit;
        while !self.received.contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let chunk = timeout(left, self.response.chunk()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("no {text:?} within {limit:?}:\n{}", self.received));
            let chunk = chunk
                .expect("the stream goes on")
                .unwrap_or_else(|| panic!("the stream ended without {text:?}"));
            self.received.push_str(&String::from_utf8_lossy(&chunk));
        }
        std::mem::take(&mut self.received)
    }

    async fn end(mut self, limit: Duration) {
        let rest = async { while let Ok(Some(_)) = self.response.chunk().await {} };
        timeout(limit, rest).await.expect("the stream ends");
    }
}

const SOON: Duration = Duration::from_secs(10);
const PROMISED: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_change_reaches_those_who_watch_within_two_seconds() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("running").insert(&app.db).await;
    let job = a::job(job_request, "make_table", "pending").insert(&app.db).await;
    let mut stream = Stream::open(&app, &format!("/api/live/job-requests/{job_request}/")).await;
    let response = &stream.response;
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    assert_eq!(response.headers()["cache-control"], "no-store");
    let first = stream.until("make_table", SOON).await;
    assert!(first.contains("event: live") && first.contains("Pending"), "{first}");

    app.db
        .execute(
            "WITH changed AS (UPDATE jobserver_job SET status = 'running', started_at = now() WHERE identifier = $1)
             SELECT pg_notify('job_request', $2::int::text)",
            &[&job, &job_request],
        )
        .await;
    stream.until("Running", PROMISED).await;
}

#[tokio::test]
async fn the_stream_says_when_nothing_will_follow() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("succeeded").insert(&app.db).await;
    a::job(job_request, "make_table", "succeeded").insert(&app.db).await;
    let mut stream = Stream::open(&app, &format!("/api/live/job-requests/{job_request}/")).await;
    stream.until("event: done", SOON).await;
    stream.end(SOON).await;
}

#[tokio::test]
async fn many_watch_one_page_and_are_counted() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("running").insert(&app.db).await;
    let job = a::job(job_request, "make_table", "pending").insert(&app.db).await;
    let path = format!("/api/live/job-requests/{job_request}/");
    let browser = app.browser();
    let mut streams = futures_util::future::join_all((0..50).map(|_| Stream::open_in(&browser, &path))).await;
    eventually("they are counted", SOON, async || {
        app.get("/metrics").await.body.contains("live_watchers 50")
    })
    .await;
    for stream in &mut streams {
        stream.until("Pending", SOON).await;
    }
    app.db
        .execute(
            "WITH changed AS (UPDATE jobserver_job SET status = 'failed', status_message = 'told' WHERE identifier = $1)
             SELECT pg_notify('job_request', $2::int::text)",
            &[&job, &job_request],
        )
        .await;
    let changed = Instant::now();
    futures_util::stream::iter(&mut streams)
        .for_each_concurrent(None, |stream| async {
            stream.until("told", PROMISED).await;
        })
        .await;
    assert!(changed.elapsed() < PROMISED);
    drop(streams);
    eventually("they are gone", SOON, async || app.get("/metrics").await.body.contains("live_watchers 0"))
        .await;
}

#[tokio::test]
async fn a_stop_ends_the_streams_at_once() {
    let mut app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("running").insert(&app.db).await;
    let mut stream = Stream::open(&app, &format!("/api/live/job-requests/{job_request}/")).await;
    stream.until("event: live", SOON).await;
    let started = Instant::now();
    app.stop();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    stream.end(SOON).await;
}

#[tokio::test]
async fn streams_of_nothing_are_not_found() {
    let app = TestApp::start().await;
    app.get("/api/live/job-requests/1/").await.expect(404);
    app.get("/api/live/job-requests/abc/").await.expect(404);
}

#[tokio::test]
async fn changes_are_heard_again_after_the_listening_connection_broke() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("running").insert(&app.db).await;
    let job = a::job(job_request, "make_table", "pending").insert(&app.db).await;
    let mut stream = Stream::open(&app, &format!("/api/live/job-requests/{job_request}/")).await;
    stream.until("Pending", SOON).await;
    app.db
        .execute(
            "WITH changed AS (UPDATE jobserver_job SET status = 'running', started_at = now() WHERE identifier = $1)
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
            &[&job],
        )
        .await;
    // Nobody was told of this change: it is found because the state is read again after connecting.
    stream.until("Running", SOON).await;
    app.get("/event-log/").await.expect(200);
}

const STATUSES: &str = "/api/v2/workspaces/asthma-main/statuses/";

#[tokio::test]
async fn the_newest_status_of_each_action_is_told() {
    let mut app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let page = app.get(STATUSES).await.expect(200);
    assert_eq!(page.json(), json!({}));
    assert!(page.header("content-type").unwrap().starts_with("application/json"));
    let tpp = a::backend(&app.db, "tpp").await;
    let old = study.job_request().insert(&app.db).await;
    let new = a::job_request(study.workspace, tpp, study.ada).insert(&app.db).await;
    a::job(old, "make_table", "failed").minutes_ago(60).insert(&app.db).await;
    a::job(new, "make_table", "running").minutes_ago(1).insert(&app.db).await;
    a::job(old, "run_all", "succeeded").minutes_ago(60).insert(&app.db).await;
    let elsewhere =
        a::workspace(&app.db, "elsewhere", study.project, a::repo(&app.db, "x").await, study.ada).await;
    let other = a::job_request(elsewhere, tpp, study.ada).insert(&app.db).await;
    a::job(other, "other", "running").insert(&app.db).await;
    // Answers are remembered for a moment.
    app.forget().await;
    assert_eq!(
        app.get(STATUSES).await.expect(200).json(),
        json!({"make_table": "running", "run_all": "succeeded"})
    );
    let of_test = app.get(&format!("{STATUSES}?backend=test")).await.expect(200);
    assert_eq!(of_test.json(), json!({"make_table": "failed", "run_all": "succeeded"}));
    assert_eq!(
        app.get(&format!("{STATUSES}?backend=")).await.json(),
        json!({"make_table": "running", "run_all": "succeeded"})
    );
    assert_eq!(app.get(&format!("{STATUSES}?backend=nowhere")).await.expect(200).json(), json!({}));
}

#[tokio::test]
async fn an_unknown_workspace_has_no_statuses_and_no_page() {
    let app = TestApp::start().await;
    let page = app.get("/api/v2/workspaces/nothing/statuses/").await.expect(404);
    assert_eq!(page.body, "");
}
