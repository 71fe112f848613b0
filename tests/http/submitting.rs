//! Asking for jobs: what is stored, what the RAP controller is told, and what the researcher reads when it does not
//! answer as it should.

use std::time::Duration;

use devkit::standins::{Behaviour, Mode};
use serde_json::json;

use crate::harness::{Browser, PIPELINE, Page, Study, TestApp, a, eventually, free_port};

async fn submit(browser: &Browser, actions: &[&str]) -> Page {
    let mut fields = vec![("backend", "test")];
    fields.extend(actions.iter().map(|action| ("requested_actions", *action)));
    browser.post_form(Study::RUN_JOBS, &fields).await
}

async fn stored(app: &TestApp) -> (String, Option<String>) {
    let row = &app.db.rows("SELECT _status, status_message FROM jobserver_jobrequest", &[]).await[0];
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn jobs_are_requested_at_the_commit_of_the_branch() {
    let (app, study, browser) = Study::of_researcher().await;
    let fields = [
        ("backend", "test"),
        ("requested_actions", "make_table"),
        ("requested_actions", "draw_plot"),
        ("force_run_dependencies", "on"),
        ("will_notify", "True"),
    ];
    let page = browser.post_form(Study::RUN_JOBS, &fields).await.expect_redirect(302, Study::LOGS);
    browser.follow(page).await.expect(200).shows("scheduled");
    let row = &app
        .db
        .rows(
            "SELECT sha, requested_actions, force_run_dependencies, will_notify, codelists_ok, project_definition,
                    _status, identifier, created_by_id, backend_id, workspace_id, cancelled_actions
             FROM jobserver_jobrequest",
            &[],
        )
        .await[0];
    assert_eq!(row.get::<_, &str>("sha"), study.sha);
    assert_eq!(row.get::<_, Vec<String>>("requested_actions"), ["make_table", "draw_plot"]);
    assert!(row.get::<_, bool>("force_run_dependencies") && row.get::<_, bool>("will_notify"));
    assert!(row.get::<_, bool>("codelists_ok"));
    assert_eq!(row.get::<_, &str>("project_definition"), PIPELINE);
    assert_eq!(row.get::<_, &str>("_status"), "pending");
    let identifier: &str = row.get("identifier");
    assert!(
        identifier.len() == 16
            && identifier.bytes().all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte))
    );
    assert_eq!(row.get::<_, i32>("created_by_id"), study.ada);
    assert_eq!(row.get::<_, serde_json::Value>("cancelled_actions"), json!([]));
    let jobs = app.rap.jobs();
    assert_eq!(jobs.len(), 3, "with what they need");
    assert!(
        jobs.iter().all(|job| job.rap_id == identifier && job.commit == study.sha && job.backend == "test")
    );
}

#[tokio::test]
async fn a_branch_or_a_beginning_of_a_commit_becomes_a_whole_commit() {
    let (app, study, browser) = Study::of_researcher().await;
    let newer = study.push(&app, "main", &[("a.txt", Some("a"))]);
    let side = study.push(&app, "side", &[("project.yaml", Some(PIPELINE)), ("b.txt", Some("b"))]);
    for (reference, commit) in
        [(study.sha.as_str(), &study.sha), (&study.sha[..8], &study.sha), ("side", &side), (&newer, &newer)]
    {
        let fields = [("backend", "test"), ("requested_actions", "make_table")];
        browser
            .post_form(&format!("{}{reference}/", Study::RUN_JOBS), &fields)
            .await
            .expect_redirect(302, Study::LOGS);
        let sha: String =
            app.db.value("SELECT sha FROM jobserver_jobrequest ORDER BY id DESC LIMIT 1", &[]).await;
        assert_eq!(sha, *commit, "run-jobs/{reference}/");
    }
    for reference in
        ["nothing", "0000000000000000000000000000000000000000", "%00", "a%20b", "..", "%2e%2e%2f"]
    {
        let page = browser.get(&format!("{}{reference}/", Study::RUN_JOBS)).await;
        assert!(page.status.as_u16() < 500, "run-jobs/{reference}/ gave {}", page.status);
        assert_eq!(page.offered("requested_actions"), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_form_that_says_too_little_comes_back_with_all_that_is_wrong() {
    let (app, _study, browser) = Study::of_researcher().await;
    let page = browser.post_form(Study::RUN_JOBS, &[]).await.expect(200);
    page.shows("Select at least one action").shows("Choose a backend");
    let fields = [
        ("backend", "tpp"),
        ("requested_actions", "make_table"),
        ("requested_actions", "<b>none</b>"),
        ("will_notify", "True"),
    ];
    let page = browser.post_form(Study::RUN_JOBS, &fields).await.expect(200);
    page.shows("Select a valid choice. tpp is not one of the available choices.");
    page.shows("Select a valid choice. <b>none</b> is not one of the available choices.").lacks("<b>none");
    assert_eq!(page.ticked("requested_actions"), ["make_table"]);
    assert_eq!(page.ticked("will_notify"), ["True"]);
    assert_eq!(app.db.count("jobserver_jobrequest").await, 0);
    assert_eq!(app.rap.control.count("rap/create/"), 0);
}

#[tokio::test]
async fn a_form_sent_twice_asks_once() {
    let (app, _study, browser) = Study::of_researcher().await;
    let token = browser.get(Study::RUN_JOBS).await.field("form_token");
    let fields = [("backend", "test"), ("requested_actions", "make_table"), ("form_token", &token)];
    let (one, two) = tokio::join!(
        browser.post_form(Study::RUN_JOBS, &fields),
        browser.post_form(Study::RUN_JOBS, &fields)
    );
    let later = browser.post_form(Study::RUN_JOBS, &fields).await;
    for page in [one, two, later] {
        page.expect_redirect(302, Study::LOGS);
    }
    assert_eq!(app.db.count("jobserver_jobrequest").await, 1);
    assert_eq!(app.rap.control.count("rap/create/"), 1);
    browser.get(Study::LOGS).await.shows("Nothing was requested twice");
    submit(&browser, &["make_table"]).await.expect(302);
    assert_eq!(app.db.count("jobserver_jobrequest").await, 2, "a fresh form asks again");
}

#[tokio::test]
async fn somebody_elses_form_token_is_not_taken() {
    let (app, study, browser) = Study::of_researcher().await;
    let grace = a::user("grace").insert(&app.db).await;
    a::member(&app.db, study.project, grace, &["ProjectDeveloper"]).await;
    a::backend_member(&app.db, study.backend, grace).await;
    let token = browser.get(Study::RUN_JOBS).await.field("form_token");
    let fields = [("backend", "test"), ("requested_actions", "make_table"), ("form_token", &token)];
    browser.post_form(Study::RUN_JOBS, &fields).await.expect(302);
    let page = app.browser_of(grace).await.post_form(Study::RUN_JOBS, &fields).await.expect(200);
    assert_ne!(page.field("form_token"), token);
    assert_eq!(page.ticked("requested_actions"), ["make_table"], "nothing that was chosen is lost");
    assert_eq!(app.db.count("jobserver_jobrequest").await, 1);
}

#[tokio::test]
async fn nothing_to_do_is_said_with_the_controllers_reason() {
    let (app, _study, browser) = Study::of_researcher().await;
    submit(&browser, &["run_all"]).await.expect(302);
    app.rap.run_to_end();
    let page = submit(&browser, &["run_all"]).await;
    browser
        .follow(page)
        .await
        .shows("No actions scheduled")
        .shows("Nothing to do")
        .shows("All actions have already completed successfully");
    assert_eq!(app.db.newest_status().await, "nothing_to_do");
}

#[tokio::test]
async fn a_refusal_of_the_controller_is_shown_as_it_said_it() {
    let (app, study, browser) = Study::of_researcher().await;
    let unknown = a::backend(&app.db, "unknown").await;
    a::backend_member(&app.db, unknown, study.ada).await;
    let fields = [("backend", "unknown"), ("requested_actions", "make_table")];
    let page = browser.post_form(Study::RUN_JOBS, &fields).await.expect_redirect(302, Study::LOGS);
    browser.follow(page).await.shows("No actions scheduled. Failed (Unknown error");
    assert_eq!(app.db.newest_status().await, "failed");
}

#[tokio::test]
async fn an_answer_that_is_not_the_controllers_leaves_the_outcome_open() {
    for behaviour in [Behaviour::fail(503), Behaviour::fail(500), Behaviour::of(Mode::Half)] {
        let (app, _study, browser) = Study::of_researcher().await;
        app.rap.control.set(behaviour.clone().on_path("rap/create/"));
        let page = submit(&browser, &["make_table"]).await.expect_redirect(302, Study::LOGS);
        browser.follow(page).await.expect(200).shows("No actions scheduled");
        assert_eq!(app.db.newest_status().await, "unknown_error_creating_jobs", "{behaviour:?}");
    }
}

#[tokio::test]
async fn an_answer_without_sense_is_a_failure_that_is_told() {
    let (app, _study, browser) = Study::of_researcher().await;
    app.rap.control.set(Behaviour::of(Mode::Rubbish).on_path("rap/create/"));
    let page = submit(&browser, &["make_table"]).await.expect_redirect(302, Study::LOGS);
    browser.follow(page).await.expect(200).shows("Unknown error creating jobs").hides("captive portal");
    assert_eq!(stored(&app).await, ("failed".to_owned(), Some("Unknown error creating jobs".to_owned())));
}

#[tokio::test]
async fn a_controller_that_is_away_leaves_the_outcome_open() {
    let app = TestApp::builder()
        .env("RAP_API_BASE_URL", &format!("http://127.0.0.1:{}/controller/v1/", free_port()))
        .start()
        .await;
    let (app, _study, browser) = Study::of_researcher_on(app).await;
    let page = submit(&browser, &["make_table"]).await.expect_redirect(302, Study::LOGS);
    browser.follow(page).await.shows("Unknown error creating jobs");
    assert_eq!(app.db.newest_status().await, "unknown_error_creating_jobs");
}

#[tokio::test]
async fn what_the_controller_did_without_saying_so_is_found_out() {
    let (app, _study, browser) = Study::of_researcher_on(TestApp::builder().polling().start().await).await;
    app.rap.control.set(Behaviour::of(Mode::Half).on_path("rap/create/"));
    submit(&browser, &["make_table"]).await.expect(302);
    app.rap.run_to_end();
    eventually("the jobs are known", Duration::from_secs(15), async || {
        app.db.newest_status().await == "succeeded"
    })
    .await;
    assert_eq!(app.db.count("jobserver_job").await, 2);
}

#[tokio::test]
async fn a_job_request_that_the_controller_never_got_fails() {
    let (app, _study, browser) = Study::of_researcher_on(TestApp::builder().polling().start().await).await;
    app.rap.control.set(Behaviour::fail(503).on_path("rap/create/"));
    submit(&browser, &["make_table"]).await.expect(302);
    eventually("it has failed", Duration::from_secs(15), async || app.db.newest_status().await == "failed")
        .await;
    assert_eq!(stored(&app).await.1.as_deref(), Some("Unknown error creating jobs"));
}

#[tokio::test]
async fn a_slow_controller_does_not_keep_others_from_working() {
    let (app, _study, browser) = Study::of_researcher().await;
    app.rap.control.set(Behaviour::slow(Duration::from_secs(3)).on_path("rap/create/"));
    let slow = browser.clone();
    let submitting = tokio::spawn(async move { submit(&slow, &["make_table"]).await });
    eventually("the controller is asked", Duration::from_secs(20), async || {
        app.rap.control.count("rap/create/") > 0
    })
    .await;
    let started = std::time::Instant::now();
    app.get("/event-log/").await.expect(200);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(app.db.newest_status().await, "unknown", "it was stored before the controller was asked");
    submitting.await.unwrap().expect_redirect(302, Study::LOGS);
    assert_eq!(app.db.newest_status().await, "pending");
}

#[tokio::test]
async fn a_browser_that_leaves_changes_nothing() {
    let (app, _study, browser) = Study::of_researcher().await;
    browser.csrf_token().await;
    app.rap.control.set(Behaviour::slow(Duration::from_secs(1)).on_path("rap/create/"));
    let impatient = browser.clone();
    let submitting = tokio::spawn(async move { submit(&impatient, &["make_table"]).await });
    eventually("the controller is asked", Duration::from_secs(20), async || {
        app.rap.control.count("rap/create/") > 0
    })
    .await;
    submitting.abort();
    eventually("the outcome is recorded", Duration::from_secs(10), async || {
        app.db.newest_status().await == "pending"
    })
    .await;
}

#[tokio::test]
async fn without_a_controller_runners_fetch_the_jobs_themselves() {
    let app = TestApp::builder().without_env("RAP_API_BASE_URL").without_env("RAP_API_TOKEN").start().await;
    let (app, _study, browser) = Study::of_researcher_on(app).await;
    let page = submit(&browser, &["make_table"]).await.expect_redirect(302, Study::LOGS);
    browser.follow(page).await.shows("scheduled");
    assert_eq!(app.db.newest_status().await, "pending");
}

#[tokio::test]
async fn a_pipeline_of_thousands_of_actions_can_be_submitted_whole() {
    let (app, study, browser) = Study::of_researcher().await;
    let mut text = String::from("version: '4.0'\nactions:\n");
    let names: Vec<String> = (0..3_900).map(|number| format!("action_{number}")).collect();
    for name in &names {
        text.push_str(&format!(
            "  {name}:\n    run: python:latest python {name}.py\n    outputs:\n      moderately_sensitive:\n        out: output/{name}.csv\n"
        ));
    }
    study.push(&app, "main", &[("project.yaml", Some(&text))]);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    submit(&browser, &names).await.expect_redirect(302, Study::LOGS);
    let count: i32 =
        app.db.value("SELECT cardinality(requested_actions) FROM jobserver_jobrequest", &[]).await;
    assert_eq!(count, 3_900);
    assert_eq!(app.rap.jobs().len(), 3_900);
}
