//! The database goes away and comes back: error pages with 503 meanwhile, and nothing has to be restarted.

use std::time::{Duration, Instant};

use devkit::standins::Behaviour;

use crate::harness::{Browser, OwnPostgres, Study, TestApp, eventually};

const A_WHILE: Duration = Duration::from_secs(40);

async fn scene() -> (OwnPostgres, TestApp, Browser) {
    let postgres = OwnPostgres::start().await;
    let app = TestApp::builder().database(&postgres.url()).polling().start().await;
    let (app, _, browser) = Study::of_researcher_on(app).await;
    browser.get(Study::RUN_JOBS).await.expect(200);
    (postgres, app, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_recovers_by_itself() {
    let (mut postgres, mut app, browser) = scene().await;
    let fields = [("backend", "test"), ("requested_actions", "run_all"), ("will_notify", "True")];
    browser.post_form(Study::RUN_JOBS, &fields).await.expect(302);
    eventually("the jobs are known", A_WHILE, async || app.db.count("jobserver_job").await == 3).await;

    postgres.stop();
    let session = browser.cookie("sessionid");
    for path in
        ["/", "/event-log/", "/asthma/", Study::RUN_JOBS, "/settings/", "/status/", "/nowhere/at/all/"]
    {
        let started = Instant::now();
        let page = browser.get(path).await;
        assert!(started.elapsed() < Duration::from_secs(10), "{path} took {:?}", started.elapsed());
        // Where there is nothing, that may be said without the database.
        let is_right = page.status == 503 || (path == "/nowhere/at/all/" && page.status == 404);
        assert!(is_right, "{path} gave {}", page.status);
        assert!(page.body.contains("<html"), "{path} is no page: {}", page.body);
    }
    app.get("/event-log/").await.expect(503).shows("503: Service unavailable");
    browser.post_form(Study::RUN_JOBS, &fields).await.expect(503);
    assert_eq!(browser.cookie("sessionid"), session, "nobody is signed out by an outage");
    app.get("/health-check/").await.expect(503);
    app.get("/static/robots.txt").await.expect(200);
    app.get("/metrics").await.expect(200);
    assert!(app.is_running());

    app.rap.run_to_end();
    postgres.resume();
    eventually("it is well again", A_WHILE, async || app.get("/health-check/").await.status == 200).await;
    app.reconnect().await;
    browser.get("/settings/").await.expect(200);
    browser.get("/event-log/").await.expect(200);
    eventually("the jobs have ended", A_WHILE, async || app.db.newest_status().await == "succeeded").await;
    eventually("the mails arrive", A_WHILE, async || app.smtp.mails().len() == 3).await;
    assert!(app.is_running());
    assert!(!app.log().contains("panic"), "{}", app.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_controller_decided_meanwhile_is_written_down_afterwards() {
    let (mut postgres, mut app, browser) = scene().await;
    app.rap.control.set(Behaviour::slow(Duration::from_secs(2)).on_path("rap/create/"));
    let tab = browser.clone();
    let submitting = tokio::spawn(async move {
        let fields = [("backend", "test"), ("requested_actions", "generate_dataset")];
        tab.post_form(Study::RUN_JOBS, &fields).await
    });
    eventually("the controller is asked", A_WHILE, async || app.rap.control.count("rap/create/") > 0).await;
    postgres.stop();
    eventually("the controller has made the job", A_WHILE, async || app.rap.jobs().len() == 1).await;
    postgres.resume();
    app.reconnect().await;
    let page = submitting.await.unwrap();
    assert!(matches!(page.status.as_u16(), 302 | 503), "{}", page.status);
    eventually("the job is known", A_WHILE, async || app.db.count("jobserver_job").await == 1).await;
    assert_eq!(app.db.newest_status().await, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_can_start_before_its_database() {
    let mut postgres = OwnPostgres::start().await;
    let mut app = TestApp::builder().database(&postgres.url()).start().await;
    app.kill();
    postgres.stop();
    let mut early = app.spawn(&["serve"], &[("BIND", &app.environment["BIND"].clone())]);
    let is_well = async || {
        let browser = app.browser();
        let request = browser.request(reqwest::Method::GET, "/health-check/");
        browser.try_send(request).await.is_ok_and(|page| page.status == 200)
    };
    let waits = async || early.log().iter().any(|line| line.contains("waiting for the database"));
    eventually("it says what it waits for", A_WHILE, waits).await;
    assert!(!is_well().await);
    postgres.resume();
    eventually("it is well", A_WHILE, is_well).await;
    assert!(early.ended().is_none());
}
