//! `kill -9` at the worst moments: after a restart everything is as it should be, and nothing was done twice.

use std::time::Duration;

use devkit::standins::{Behaviour, Mode};

use crate::harness::{Browser, Study, TestApp, eventually, stays_true};

const A_WHILE: Duration = Duration::from_secs(40);

async fn scene() -> (TestApp, Study, Browser) {
    let app = TestApp::builder().polling().start().await;
    let (app, study, browser) = Study::of_researcher_on(app).await;
    browser.csrf_token().await;
    (app, study, browser)
}

/// Presses the button in a tab that nobody looks at any more.
fn submit_in_background(browser: &Browser) -> tokio::task::JoinHandle<()> {
    let browser = browser.clone();
    tokio::spawn(async move {
        let token = browser.csrf_token().await;
        let fields = [
            ("csrfmiddlewaretoken", token.as_str()),
            ("backend", "test"),
            ("requested_actions", "run_all"),
            ("will_notify", "True"),
        ];
        browser.try_send(browser.request(reqwest::Method::POST, Study::RUN_JOBS).form(&fields)).await.ok();
    })
}

async fn submit(browser: &Browser) {
    let fields = [("backend", "test"), ("requested_actions", "run_all"), ("will_notify", "True")];
    browser.post_form(Study::RUN_JOBS, &fields).await.expect(302);
}

async fn succeeds_with_one_mail_per_job(app: &TestApp) {
    app.rap.run_to_end();
    eventually("it has succeeded", A_WHILE, async || app.db.newest_status().await == "succeeded").await;
    eventually("the mails arrive", A_WHILE, async || app.smtp.mails().len() >= 3).await;
    let span = Duration::from_secs(3);
    stays_true("each job is announced once", span, async || app.smtp.mails().len() == 3).await;
    let mut subjects: Vec<String> = app.smtp.mails().into_iter().map(|mail| mail.subject).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 3, "{subjects:?}");
    assert_eq!(app.db.count("jobserver_job").await, 3);
}

#[tokio::test]
async fn killed_while_the_controller_creates_the_jobs() {
    let (mut app, _study, browser) = scene().await;
    app.rap.control.set(Behaviour::of(Mode::Hang).on_path("rap/create/"));
    submit_in_background(&browser);
    eventually("the controller has made the jobs", A_WHILE, async || app.rap.jobs().len() == 3).await;
    app.kill();
    assert_eq!(app.db.newest_status().await, "unknown", "it was stored before the controller was asked");
    app.rap.control.set(Behaviour::default());
    app.restart().await;
    succeeds_with_one_mail_per_job(&app).await;
}

#[tokio::test]
async fn killed_before_the_controller_heard_of_it() {
    let (mut app, _study, browser) = scene().await;
    app.rap.control.set(Behaviour::fail(503));
    submit_in_background(&browser);
    eventually("it is stored", A_WHILE, async || app.db.count("jobserver_jobrequest").await == 1).await;
    app.kill();
    app.db.execute("UPDATE jobserver_jobrequest SET _status = 'unknown'", &[]).await;
    app.rap.control.set(Behaviour::default());
    app.restart().await;
    let polls = app.rap.control.count("rap/status/");
    eventually("it has been asked about", A_WHILE, async || app.rap.control.count("rap/status/") > polls + 2)
        .await;
    assert_eq!(app.db.newest_status().await, "unknown", "the call might still be under way elsewhere");
    app.db.execute("UPDATE jobserver_jobrequest SET created_at = now() - interval '11 minutes'", &[]).await;
    eventually("it is given up", A_WHILE, async || app.db.newest_status().await == "failed").await;
}

#[tokio::test]
async fn killed_while_the_controller_answers_about_jobs() {
    let (mut app, _study, browser) = scene().await;
    submit(&browser).await;
    app.rap.control.set(Behaviour::slow(Duration::from_millis(800)).on_path("rap/status/"));
    app.rap.run_to_end();
    let polls = app.rap.control.count("rap/status/");
    eventually("it asks", A_WHILE, async || app.rap.control.count("rap/status/") > polls).await;
    app.kill();
    app.rap.control.set(Behaviour::default());
    app.restart().await;
    succeeds_with_one_mail_per_job(&app).await;
}

#[tokio::test]
async fn killed_while_mails_are_handed_over() {
    let (mut app, _study, browser) = scene().await;
    submit(&browser).await;
    app.smtp.control.set(Behaviour::slow(Duration::from_secs(2)));
    app.rap.run_to_end();
    eventually("the relay is spoken to", A_WHILE, async || app.smtp.control.count("MAIL") > 0).await;
    app.kill();
    assert_eq!(app.smtp.mails().len(), 0);
    app.smtp.control.set(Behaviour::default());
    app.restart().await;
    succeeds_with_one_mail_per_job(&app).await;
}

#[tokio::test]
async fn killed_while_cancelling() {
    let (mut app, _study, browser) = scene().await;
    submit(&browser).await;
    eventually("the jobs are known", A_WHILE, async || app.db.count("jobserver_job").await == 3).await;
    let id: i32 = app.db.value("SELECT id FROM jobserver_jobrequest", &[]).await;
    app.rap.control.set(Behaviour::of(Mode::Hang).on_path("rap/cancel/"));
    let tab = browser.clone();
    let token = browser.csrf_token().await;
    tokio::spawn(async move {
        let path = format!("/asthma/asthma-main/{id}/cancel/");
        let request = tab.request(reqwest::Method::POST, &path).form(&[("csrfmiddlewaretoken", token)]);
        tab.try_send(request).await.ok();
    });
    let all_cancelled = async || app.rap.jobs().iter().all(|job| job.is_cancelled);
    eventually("the controller has cancelled", A_WHILE, all_cancelled).await;
    app.kill();
    app.rap.control.set(Behaviour::default());
    app.restart().await;
    app.rap.run_to_end();
    eventually("it has ended", A_WHILE, async || app.db.newest_status().await == "failed").await;
    browser.get(&format!("/asthma/asthma-main/{id}/")).await.expect(200).shows("Cancelled");
}

#[tokio::test]
async fn killed_again_and_again() {
    let (mut app, _study, browser) = scene().await;
    submit(&browser).await;
    for round in 0..6u64 {
        for _ in 0..8 {
            app.rap.tick();
        }
        // At another moment of its work each time.
        tokio::time::sleep(Duration::from_millis(60 + 110 * round)).await;
        app.forget().await;
    }
    app.rap.run_to_end();
    eventually("it has succeeded", A_WHILE, async || app.db.newest_status().await == "succeeded").await;
    eventually("every mail is delivered", A_WHILE, async || app.db.undelivered().await == 0).await;
    let mut subjects: Vec<String> = app.smtp.mails().into_iter().map(|mail| mail.subject).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 3, "a mail was lost: {subjects:?}");
    assert_eq!((app.db.count("jobserver_job").await, app.db.count("outbox_message").await), (3, 3));
}

#[tokio::test]
async fn an_orderly_stop_finishes_what_it_began() {
    let (mut app, _study, browser) = scene().await;
    submit(&browser).await;
    app.smtp.control.set(Behaviour::slow(Duration::from_secs(1)));
    app.rap.run_to_end();
    eventually("the relay is spoken to", A_WHILE, async || app.smtp.control.count("MAIL") > 0).await;
    app.stop();
    let delivered: i64 =
        app.db.value("SELECT count(*) FROM outbox_message WHERE delivered_at IS NOT NULL", &[]).await;
    assert_eq!(app.smtp.mails().len() as i64, delivered, "what was sent is known to be sent");
    app.smtp.control.set(Behaviour::default());
    app.restart().await;
    succeeds_with_one_mail_per_job(&app).await;
}

#[tokio::test]
async fn of_two_pollers_one_polls_and_the_other_takes_over() {
    let app = TestApp::start().await;
    let polls = |log: Vec<String>| {
        log.iter().filter(|line| line.contains("asking the RAP controller about active")).count()
    };
    let mut first = app.spawn(&["rapstatus"], &[]);
    eventually("the first polls", A_WHILE, async || polls(first.log()) > 1).await;
    let mut second = app.spawn(&["rapstatus"], &[]);
    eventually("the second is up", A_WHILE, async || second.log().iter().any(|line| line.contains("ready")))
        .await;
    let span = Duration::from_secs(4);
    stays_true("the second does not poll", span, async || polls(second.log()) == 0).await;
    first.kill();
    let ten_seconds = Duration::from_secs(10);
    eventually("the second polls", ten_seconds, async || polls(second.log()) > 1).await;
    let mut third = app.spawn(&["rapstatus"], &[]);
    eventually("the third is up", A_WHILE, async || third.log().iter().any(|line| line.contains("ready")))
        .await;
    assert_eq!(second.stop().code(), Some(0));
    eventually("the third polls", ten_seconds, async || polls(third.log()) > 1).await;
    assert_eq!(third.stop().code(), Some(0));
}
