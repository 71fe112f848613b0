//! The page on which jobs are chosen: who gets there, and what it shows.

use devkit::standins::{Behaviour, Mode};

use crate::harness::{Browser, Page, Study, TestApp, a};

/// The page, freshly asked for: the server remembers code for a few seconds.
async fn fresh_form(app: &mut TestApp, browser: &Browser) -> Page {
    app.forget().await;
    browser.get(Study::RUN_JOBS).await.expect(200)
}

#[tokio::test]
async fn the_checks_come_in_their_order() {
    let (app, study, browser) = Study::of_researcher().await;
    let stranger = app.browser();
    // An unknown workspace leads home, whoever asks.
    stranger.get("/asthma/nothing/run-jobs/").await.expect_redirect(302, "/");
    browser.get("/nothing/asthma-main/run-jobs/").await.expect_redirect(302, "/");
    // Without the permission the page does not exist, archived or not.
    stranger.get(Study::RUN_JOBS).await.expect(404);
    app.db.execute("UPDATE jobserver_workspace SET is_archived = true", &[]).await;
    stranger.get(Study::RUN_JOBS).await.expect(404);
    // Archived comes before backends.
    app.db.execute("DELETE FROM jobserver_backendmembership", &[]).await;
    let page = browser.get(Study::RUN_JOBS).await.expect_redirect(302, Study::PATH);
    browser.follow(page).await.shows("because it is archived");
    app.db.execute("UPDATE jobserver_workspace SET is_archived = false", &[]).await;
    browser.get(Study::RUN_JOBS).await.expect(404);
    browser.post_form(Study::RUN_JOBS, &[]).await.expect(404);
    a::backend_member(&app.db, study.backend, study.ada).await;
    browser.get(Study::RUN_JOBS).await.expect(200);
}

#[tokio::test]
async fn the_actions_of_the_pipeline_are_offered() {
    let (_app, study, browser) = Study::of_researcher().await;
    let page = browser.get(Study::RUN_JOBS).await.expect(200);
    assert_eq!(page.title(), "Run Jobs: asthma-main | OpenSAFELY Jobs");
    assert_eq!(page.offered("requested_actions"), ["generate_dataset", "make_table", "draw_plot", "run_all"]);
    assert_eq!(page.ticked("requested_actions"), Vec::<String>::new());
    assert_eq!(page.ticked("backend"), ["test"], "the only backend is chosen");
    assert_eq!(page.ticked("will_notify"), Vec::<String>::new());
    page.shows(&study.sha[..7])
        .shows("Change the study")
        .contains("/api/v2/workspaces/asthma-main/statuses/");
    assert_eq!(page.field("form_token").len(), 32);
}

#[tokio::test]
async fn choices_are_left_to_the_person_where_there_are_several() {
    let (app, study, browser) = Study::of_researcher().await;
    let tpp = a::backend(&app.db, "tpp").await;
    a::backend_member(&app.db, tpp, study.ada).await;
    app.db.execute("UPDATE jobserver_workspace SET should_notify = true", &[]).await;
    let page = browser.get(Study::RUN_JOBS).await.expect(200);
    assert_eq!(page.offered("backend").len(), 2);
    assert_eq!(page.ticked("backend"), Vec::<String>::new());
    assert_eq!(page.ticked("will_notify"), ["True"]);
}

#[tokio::test]
async fn while_creating_is_off_only_the_test_backends_are_left() {
    let app = TestApp::builder().env("DISABLE_CREATING_JOBS", "True").start().await;
    let study = Study::set_up(&app).await;
    let tpp = a::backend(&app.db, "tpp").await;
    let emis = a::backend(&app.db, "emis").await;
    a::backend_member(&app.db, tpp, study.ada).await;
    a::backend_member(&app.db, emis, study.ada).await;
    let browser = study.browser(&app).await;
    assert_eq!(browser.get(Study::RUN_JOBS).await.expect(200).offered("backend"), ["test"]);
    let fields = [("backend", "tpp"), ("requested_actions", "make_table")];
    browser
        .post_form(Study::RUN_JOBS, &fields)
        .await
        .expect(200)
        .shows("tpp is not one of the available choices");
    app.db.execute("DELETE FROM jobserver_backendmembership WHERE backend_id = $1", &[&study.backend]).await;
    browser.get(Study::RUN_JOBS).await.expect(404);
}

#[tokio::test]
async fn a_mistake_in_the_pipeline_is_shown_as_the_researcher_needs_it() {
    let (mut app, study, browser) = Study::of_researcher().await;
    for (text, says) in [
        (
            "version: '4.0'\nactions:\n  one:\n    run: [\n",
            "the bracket '[' of line 4, column 10 is not closed",
        ),
        ("version: '4.0'\nactions:\n  one:\n    run: python:latest a.py\n", "outputs"),
        (
            "version: '4.0'\nactions:\n  one:\n    run: cohortextractor:latest generate_cohort\n    outputs: {highly_sensitive: {a: output/input.csv}}\n",
            "cohortextractor",
        ),
    ] {
        study.push(&app, "main", &[("project.yaml", Some(text))]);
        let page = fresh_form(&mut app, &browser).await;
        page.shows("There is a mistake in project.yaml").shows(says);
        assert_eq!(page.offered("requested_actions"), Vec::<String>::new());
        let fields = [("backend", "test"), ("requested_actions", "one")];
        browser
            .post_form(Study::RUN_JOBS, &fields)
            .await
            .expect(200)
            .shows("There is a mistake in project.yaml");
    }
    assert_eq!(app.db.count("jobserver_jobrequest").await, 0);
}

#[tokio::test]
async fn what_is_missing_at_github_is_named() {
    let (mut app, study, browser) = Study::of_researcher().await;
    study.push(&app, "main", &[("project.yaml", None)]);
    fresh_form(&mut app, &browser).await.shows("Could not find project.yaml");
    app.db.execute("UPDATE jobserver_workspace SET branch = 'gone'", &[]).await;
    fresh_form(&mut app, &browser).await.shows("Missing branch: 'gone'");
    app.repositories.remove(Study::REPO);
    fresh_form(&mut app, &browser)
        .await
        .shows("There is no repository opensafely/asthma that this site can see");
}

#[tokio::test]
async fn github_in_trouble_is_said_on_the_page() {
    for behaviour in
        [Behaviour::fail(503), Behaviour::fail(401), Behaviour::of(Mode::Rubbish), Behaviour::of(Mode::Half)]
    {
        let (app, _study, browser) = Study::of_researcher().await;
        app.github.control.set(behaviour.clone());
        let page = browser.get(Study::RUN_JOBS).await.expect(200);
        page.shows("Wait a minute and open this page again");
        assert_eq!(page.offered("requested_actions"), Vec::<String>::new(), "{behaviour:?}");
        let fields =
            [("backend", "test"), ("requested_actions", "make_table"), ("force_run_dependencies", "on")];
        let page = browser.post_form(Study::RUN_JOBS, &fields).await.expect(200);
        assert_eq!(page.ticked("requested_actions"), ["make_table"], "what was chosen is kept");
        assert_eq!(app.db.count("jobserver_jobrequest").await, 0);
        app.github.control.set(Behaviour::default());
        browser.get(Study::RUN_JOBS).await.expect(200).shows("draw_plot");
    }
}

#[tokio::test]
async fn a_slow_github_does_not_hold_the_page_for_ever() {
    let (app, _study, browser) = Study::of_researcher().await;
    app.github.control.set(Behaviour::of(Mode::Hang));
    let started = std::time::Instant::now();
    browser.get(Study::RUN_JOBS).await.expect(200).shows("Wait a minute and open this page again");
    assert!(started.elapsed() < std::time::Duration::from_secs(30), "{:?}", started.elapsed());
}

#[tokio::test]
async fn codelists_out_of_date_are_told_and_stop_database_actions() {
    let (mut app, study, browser) = Study::of_researcher().await;
    let files = [
        ("codelists/codelists.txt", Some("org/list/1")),
        ("codelists/codelists.json", Some("{\"out_of_date\": true}")),
    ];
    study.push(&app, "main", &files);
    let page = fresh_form(&mut app, &browser).await;
    page.shows("out of date").shows("opensafely codelists update");
    let post = async |action: &str| {
        browser.post_form(Study::RUN_JOBS, &[("backend", "test"), ("requested_actions", action)]).await
    };
    let page = post("generate_dataset").await.expect(200);
    page.shows("generate_dataset").shows("opensafely codelists update");
    assert_eq!(page.ticked("requested_actions"), ["generate_dataset"]);
    assert_eq!(app.db.count("jobserver_jobrequest").await, 0);
    // An action that only depends on one is the controller's matter.
    post("make_table").await.expect_redirect(302, Study::LOGS);
    let ok: bool = app.db.value("SELECT codelists_ok FROM jobserver_jobrequest", &[]).await;
    assert!(!ok);
}

#[tokio::test]
async fn run_all_with_old_codelists_is_for_the_controller_to_judge() {
    let (app, study, browser) = Study::of_researcher().await;
    let files = [
        ("codelists/codelists.txt", Some("org/list/1")),
        ("codelists/codelists.json", Some("{\"out_of_date\": true}")),
    ];
    study.push(&app, "main", &files);
    let page =
        browser.post_form(Study::RUN_JOBS, &[("backend", "test"), ("requested_actions", "run_all")]).await;
    let page = browser.follow(page.expect(302)).await;
    page.shows("Codelists are out of date");
    assert_eq!(app.db.newest_status().await, "failed");
}

#[tokio::test]
async fn codelists_that_cannot_be_checked_stop_database_actions_only() {
    let (app, study, browser) = Study::of_researcher().await;
    app.opencodelists.control.set(Behaviour::fail(500));
    let files = [
        ("codelists/codelists.txt", Some("org/list/1")),
        ("codelists/codelists.json", Some("{\"files\": {}}")),
    ];
    study.push(&app, "main", &files);
    browser.get(Study::RUN_JOBS).await.expect(200).shows("could not be checked");
    let fields = [("backend", "test"), ("requested_actions", "generate_dataset")];
    browser.post_form(Study::RUN_JOBS, &fields).await.expect(200).shows("generate_dataset");
    assert_eq!(app.db.count("jobserver_jobrequest").await, 0);
}

#[tokio::test]
async fn half_of_the_codelist_files_is_a_mistake() {
    let (app, study, browser) = Study::of_researcher().await;
    study.push(&app, "main", &[("codelists/codelists.txt", Some("org/list/1"))]);
    browser.get(Study::RUN_JOBS).await.expect(200).shows("Could not find codelists.txt or codelists.json");
}

#[tokio::test]
async fn the_last_job_request_is_shown_beside_the_form() {
    let (app, study, browser) = Study::of_researcher().await;
    let job_request = study.job_request().status("failed").insert(&app.db).await;
    a::job(job_request, "make_table", "failed").insert(&app.db).await;
    let page = browser.get(Study::RUN_JOBS).await.expect(200);
    assert!(page.links_to(&format!("/asthma/asthma-main/{job_request}/")));
    page.shows("Failed");
}
