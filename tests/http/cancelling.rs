//! Cancelling a job request and a single job: who may, what the controller is asked, what is remembered.

use devkit::standins::{Behaviour, Mode};
use serde_json::{Value, json};

use crate::harness::{Browser, Page, Study, TestApp, a};

struct Scene {
    app: TestApp,
    study: Study,
    browser: Browser,
    job_request: i32,
}

/// A job request of all three actions, with the jobs that the controller has for it copied into the database.
async fn running() -> Scene {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = study.browser(&app).await;
    let fields = [("backend", "test"), ("requested_actions", "run_all")];
    browser.post_form("/asthma/asthma-main/run-jobs/", &fields).await.expect(302);
    let job_request: i32 = app.db.value("SELECT id FROM jobserver_jobrequest", &[]).await;
    for job in app.rap.jobs() {
        a::job(job_request, &job.action, "running").identifier(&job.identifier).insert(&app.db).await;
    }
    Scene { app, study, browser, job_request }
}

impl Scene {
    fn page(&self) -> String {
        format!("/asthma/asthma-main/{}/", self.job_request)
    }

    async fn cancel(&self) -> Page {
        self.browser.post_form(&format!("{}cancel/", self.page()), &[]).await
    }

    async fn cancel_job(&self, action: &str) -> Page {
        self.browser
            .post_form(&format!("{}{}/cancel/", self.page(), self.identifier(action).await), &[])
            .await
    }

    async fn identifier(&self, action: &str) -> String {
        self.app.db.value("SELECT identifier FROM jobserver_job WHERE action = $1", &[&action]).await
    }

    async fn cancelled(&self) -> Value {
        self.app.db.value("SELECT cancelled_actions FROM jobserver_jobrequest", &[]).await
    }

    fn cancelled_at_the_controller(&self) -> Vec<String> {
        let jobs = self.app.rap.jobs();
        jobs.into_iter().filter(|job| job.is_cancelled).map(|job| job.action).collect()
    }
}

#[tokio::test]
async fn all_that_runs_is_cancelled() {
    let scene = running().await;
    let page = scene.cancel().await.expect_redirect(302, &scene.page());
    scene.browser.follow(page).await.shows("cancelled");
    assert_eq!(scene.cancelled_at_the_controller().len(), 3);
    assert_eq!(scene.cancelled().await, json!(["draw_plot", "generate_dataset", "make_table"]));
    let statuses: Vec<String> = scene.app.db.values("SELECT DISTINCT status FROM jobserver_job", &[]).await;
    assert_eq!(statuses, ["running"], "jobs change when the controller says so");
}

#[tokio::test]
async fn one_job_is_cancelled_and_the_others_are_not() {
    let scene = running().await;
    let job_page = format!("{}{}/", scene.page(), scene.identifier("make_table").await);
    let page = scene.cancel_job("make_table").await.expect_redirect(302, &job_page);
    scene.browser.follow(page).await.shows("make_table cancelled").shows("Cancellation requested");
    assert_eq!(scene.cancelled_at_the_controller(), ["make_table"]);
    assert_eq!(scene.cancelled().await, json!(["make_table"]));
}

#[tokio::test]
async fn a_cancelled_action_is_not_cancelled_again() {
    let scene = running().await;
    scene.cancel_job("make_table").await.expect(302);
    let page = scene.cancel_job("make_table").await.expect(302);
    assert_eq!(page.set_cookie("messages"), None, "there is nothing to say");
    assert_eq!(scene.app.rap.control.count("rap/cancel/"), 1);
    scene.cancel().await.expect(302);
    let mut names: Vec<String> = serde_json::from_value(scene.cancelled().await).unwrap();
    names.sort();
    assert_eq!(names, ["draw_plot", "generate_dataset", "make_table"], "each once");
}

#[tokio::test]
async fn what_is_over_is_left_alone() {
    let scene = running().await;
    scene.app.db.execute("UPDATE jobserver_job SET status = 'succeeded'", &[]).await;
    for page in [scene.cancel().await, scene.cancel_job("make_table").await] {
        assert_eq!(page.expect(302).set_cookie("messages"), None);
    }
    assert_eq!(scene.app.rap.control.count("rap/cancel/"), 0);
}

#[tokio::test]
async fn only_active_actions_are_cancelled() {
    let scene = running().await;
    scene
        .app
        .db
        .execute("UPDATE jobserver_job SET status = 'succeeded' WHERE action = 'generate_dataset'", &[])
        .await;
    scene.cancel().await.expect(302);
    assert_eq!(scene.cancelled().await, json!(["draw_plot", "make_table"]));
}

#[tokio::test]
async fn what_has_not_been_heard_of_yet_can_be_cancelled_in_a_minute() {
    for status in ["pending", "unknown_error_creating_jobs"] {
        let scene = running().await;
        scene.app.db.execute("DELETE FROM jobserver_job", &[]).await;
        scene.app.db.execute("UPDATE jobserver_jobrequest SET _status = $1", &[&status]).await;
        let page = scene.cancel().await.expect(302);
        scene.browser.follow(page).await.shows("Wait a minute and try again");
        assert_eq!(scene.cancelled().await, json!([]));
    }
}

#[tokio::test]
async fn nothing_active_is_an_error_that_is_told() {
    let scene = running().await;
    scene.app.db.execute("UPDATE jobserver_job SET status = 'odd'", &[]).await;
    scene.app.db.execute("UPDATE jobserver_jobrequest SET _status = 'running'", &[]).await;
    let page = scene.cancel().await.expect(302);
    scene.browser.follow(page).await.shows("unexpected error");
}

#[tokio::test]
async fn a_controller_in_trouble_changes_nothing_here() {
    for behaviour in [Behaviour::fail(500), Behaviour::fail(400), Behaviour::fail(404)] {
        let scene = running().await;
        scene.app.rap.control.set(behaviour.clone());
        let page = scene.cancel().await.expect_redirect(302, &scene.page());
        scene.browser.follow(page).await.shows("unexpected error");
        assert_eq!(scene.cancelled().await, json!([]), "{behaviour:?}");
    }
}

#[tokio::test]
async fn a_cancellation_whose_answer_makes_no_sense_is_not_believed() {
    let scene = running().await;
    scene.app.rap.control.set(Behaviour::of(Mode::Rubbish));
    let page = scene.cancel().await.expect_redirect(302, &scene.page());
    scene.browser.follow(page).await.shows("unexpected error");
    assert_eq!(scene.cancelled().await, json!([]));
}

#[tokio::test]
async fn only_the_creator_and_those_with_the_permission_may() {
    let scene = running().await;
    let app = &scene.app;
    let member = a::user("member").insert(&app.db).await;
    a::member(&app.db, scene.study.project, member, &["ProjectCollaborator"]).await;
    let staff = a::user("staff").staff().insert(&app.db).await;
    let elsewhere = a::user("elsewhere").insert(&app.db).await;
    let other = a::project(&app.db, "other", "Other", elsewhere).await;
    a::member(&app.db, other, elsewhere, &["ProjectDeveloper"]).await;
    let job = scene.identifier("make_table").await;
    for browser in [
        app.browser(),
        app.browser_of(member).await,
        app.browser_of(staff).await,
        app.browser_of(elsewhere).await,
    ] {
        browser.post_form(&format!("{}cancel/", scene.page()), &[]).await.expect(404);
        browser.post_form(&format!("{}{job}/cancel/", scene.page()), &[]).await.expect(404);
    }
    assert_eq!(app.rap.control.count("rap/cancel/"), 0);
    // Who asked for the jobs may take that back, whatever became of their roles.
    a::member(&app.db, scene.study.project, scene.study.ada, &[]).await;
    scene.cancel_job("draw_plot").await.expect(302);
    let admin = a::user("admin").role("DeploymentAdministrator").insert(&app.db).await;
    app.browser_of(admin).await.post_form(&format!("{}cancel/", scene.page()), &[]).await.expect(302);
    assert_eq!(scene.cancelled_at_the_controller().len(), 3);
}

#[tokio::test]
async fn addresses_that_do_not_fit_together_cancel_nothing() {
    let scene = running().await;
    let job = scene.identifier("make_table").await;
    let other = scene.study.job_request().insert(&scene.app.db).await;
    let id = scene.job_request;
    for path in [
        format!("/other/asthma-main/{id}/cancel/"),
        format!("/asthma/other/{id}/cancel/"),
        format!("/asthma/asthma-main/{other}/{job}/cancel/"),
        format!("/other/asthma-main/{id}/{job}/cancel/"),
        format!("/asthma/asthma-main/{id}/{}/cancel/", &job[..8]),
        format!("/asthma/asthma-main/{id}/nothing/cancel/"),
    ] {
        scene.browser.post_form(&path, &[]).await.expect(404);
    }
    scene.browser.get(&format!("{}cancel/", scene.page())).await.expect(405);
    assert_eq!(scene.app.rap.control.count("rap/cancel/"), 0);
}
