//! The main thing, whole: a researcher asks for jobs, watches them finish, and is told.

use std::{collections::HashSet, time::Duration};

use devkit::standins::{Behaviour, Mode, rap::Code, smtp::Mail};

use crate::harness::{Browser, Study, TestApp, a, eventually, stays_true};

const A_WHILE: Duration = Duration::from_secs(40);

async fn request(browser: &Browser, actions: &[&str]) {
    let mut fields = vec![("backend", "test"), ("will_notify", "True")];
    fields.extend(actions.iter().map(|action| ("requested_actions", *action)));
    browser.post_form(Study::RUN_JOBS, &fields).await.expect_redirect(302, Study::LOGS);
}

/// A server that asks the controller every second, with the study on it, and Ada's browser.
async fn polling() -> (TestApp, Study, Browser) {
    Study::of_researcher_on(TestApp::builder().polling().start().await).await
}

fn subjects(mails: &[Mail]) -> HashSet<String> {
    mails.iter().map(|mail| mail.subject.clone()).collect()
}

#[tokio::test]
async fn jobs_walk_to_their_end_and_each_sends_one_mail() {
    let app = TestApp::builder().polling().pace(Duration::from_millis(30)).start().await;
    let (app, _study, browser) = Study::of_researcher_on(app).await;
    request(&browser, &["run_all"]).await;
    let id: i32 = app.db.value("SELECT id FROM jobserver_jobrequest", &[]).await;
    let page = format!("/asthma/asthma-main/{id}/");
    eventually("every job has succeeded", A_WHILE, async || app.db.newest_status().await == "succeeded")
        .await;
    browser.get(&page).await.expect(200).shows("Succeeded").shows("3 of 3 jobs finished");
    browser.get("/event-log/").await.expect(200).shows("3/3");

    eventually("the mails arrive", A_WHILE, async || app.smtp.mails().len() == 3).await;
    let span = Duration::from_secs(3);
    stays_true("no job is announced twice", span, async || app.smtp.mails().len() == 3).await;
    let mails = app.smtp.mails();
    let expected = ["generate_dataset", "make_table", "draw_plot"];
    let expected = expected.iter().map(|action| format!("succeeded: [os asthma-main] {action}")).collect();
    assert_eq!(subjects(&mails), expected);
    for mail in &mails {
        assert_eq!(mail.to, ["ada@example.org"]);
        assert!(mail.header("from").is_some_and(|from| from.contains("notifications@jobs.opensafely.org")));
        let html = mail.html.as_ref().expect("an HTML part");
        let link = mail.text.lines().find(|line| line.starts_with(&app.url)).expect("a link").trim();
        assert!(html.contains(link), "{html}");
        browser.get(link.strip_prefix(&app.url).unwrap()).await.expect(200);
        assert!(mail.text.contains("asthma-main") && mail.text.contains("succeeded"), "{}", mail.text);
    }
}

#[tokio::test]
async fn a_failure_is_shown_with_what_could_not_run_because_of_it() {
    let (app, _study, browser) = polling().await;
    app.rap.will_end("make_table", Code::NonzeroExit);
    request(&browser, &["draw_plot"]).await;
    app.rap.run_to_end();
    eventually("it has failed", A_WHILE, async || app.db.newest_status().await == "failed").await;
    let id: i32 = app.db.value("SELECT id FROM jobserver_jobrequest", &[]).await;
    let page = browser.get(&format!("/asthma/asthma-main/{id}/")).await.expect(200);
    let attention = page.section("attention");
    assert!(attention.contains("make_table") && attention.contains("draw_plot"), "{attention}");
    eventually("the mails arrive", A_WHILE, async || app.smtp.mails().len() == 3).await;
    assert!(subjects(&app.smtp.mails()).contains("failed: [os asthma-main] make_table"));
}

#[tokio::test]
async fn a_cancelled_job_request_ends_and_says_so() {
    let (app, _study, browser) = polling().await;
    request(&browser, &["run_all"]).await;
    eventually("the jobs are known", A_WHILE, async || app.db.count("jobserver_job").await == 3).await;
    let id: i32 = app.db.value("SELECT id FROM jobserver_jobrequest", &[]).await;
    browser.post_form(&format!("/asthma/asthma-main/{id}/cancel/"), &[]).await.expect(302);
    app.rap.run_to_end();
    eventually("it has ended", A_WHILE, async || app.db.newest_status().await == "failed").await;
    browser.get(&format!("/asthma/asthma-main/{id}/")).await.expect(200).shows("Cancelled");
}

#[tokio::test]
async fn who_does_not_want_mail_gets_none() {
    let (app, _study, browser) = polling().await;
    let fields = [("backend", "test"), ("requested_actions", "run_all"), ("will_notify", "False")];
    browser.post_form(Study::RUN_JOBS, &fields).await.expect(302);
    app.rap.run_to_end();
    eventually("it has succeeded", A_WHILE, async || app.db.newest_status().await == "succeeded").await;
    let span = Duration::from_secs(2);
    stays_true("no mail", span, async || app.smtp.mails().is_empty()).await;
    assert_eq!(app.db.count("outbox_message").await, 0);
}

#[tokio::test]
async fn only_the_finished_jobs_of_one_round_are_announced() {
    let (app, study, browser) = polling().await;
    // Finished before anybody listened: no news.
    let old = study.job_request().status("succeeded").notify().insert(&app.db).await;
    a::job(old, "make_table", "succeeded").insert(&app.db).await;
    request(&browser, &["generate_dataset"]).await;
    app.rap.run_to_end();
    eventually("the mail arrives", A_WHILE, async || app.smtp.mails().len() == 1).await;
    let polls = app.rap.control.count("rap/status/");
    eventually("more rounds pass", A_WHILE, async || app.rap.control.count("rap/status/") > polls + 2).await;
    assert_eq!(app.smtp.mails().len(), 1);
}

#[tokio::test]
async fn a_relay_in_trouble_gets_the_mail_later_and_once() {
    let (app, _study, browser) = polling().await;
    app.smtp.control.set(Behaviour::fail(451));
    request(&browser, &["generate_dataset"]).await;
    app.rap.run_to_end();
    eventually("delivery fails", A_WHILE, async || {
        app.db.value::<i64>("SELECT count(*) FROM outbox_message WHERE attempts > 0", &[]).await == 1
    })
    .await;
    let error: String = app.db.value("SELECT last_error FROM outbox_message", &[]).await;
    assert!(!error.is_empty());
    app.get("/metrics").await.contains("outbox_messages{state=\"retrying\"} 1");
    app.smtp.control.set(Behaviour::default());
    eventually("the mail arrives", A_WHILE, async || app.smtp.mails().len() == 1).await;
    let span = Duration::from_secs(2);
    stays_true("it is not sent again", span, async || app.smtp.mails().len() == 1).await;
}

/// How often RapStatus has failed since it last succeeded, as the numbers for machines say.
async fn failures_in_a_row(app: &TestApp) -> f64 {
    let metrics = app.get("/metrics").await.body;
    let is_it = |line: &&str| line.contains("RapStatus") && line.contains("consecutive_failures");
    let line = metrics.lines().find(is_it).expect("a number of failures");
    line.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

#[tokio::test]
async fn a_controller_in_trouble_is_seen_in_the_health_cells_and_left_again() {
    let (app, _study, browser) = polling().await;
    request(&browser, &["generate_dataset"]).await;
    eventually("the job is known", A_WHILE, async || app.db.count("jobserver_job").await == 1).await;
    for behaviour in [Behaviour::of(Mode::Rubbish), Behaviour::of(Mode::Half), Behaviour::fail(502)] {
        app.rap.control.set(behaviour.clone().on_path("rap/status/"));
        eventually("the cell shows it", A_WHILE, async || failures_in_a_row(&app).await > 0.0).await;
        app.get("/health-check/").await.expect(200);
        app.rap.control.set(Behaviour::default());
        eventually("the cell is well again", A_WHILE, async || failures_in_a_row(&app).await == 0.0).await;
    }
    assert_eq!(app.db.newest_status().await, "pending", "nothing was corrupted");
    app.rap.run_to_end();
    eventually("it has succeeded", A_WHILE, async || app.db.newest_status().await == "succeeded").await;
}
