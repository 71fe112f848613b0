//! The page of a workspace, editing it and its switches.

use devkit::standins::Behaviour;

use crate::harness::{Page, Study, a};

/// The run-jobs button: its text is there as a link, as something that cannot be used, or not at all.
fn run_button(page: &Page) -> &'static str {
    if page.links_to(Study::RUN_JOBS) {
        "link"
    } else if page.text().contains("Run jobs") {
        "disabled"
    } else {
        "none"
    }
}

#[tokio::test]
async fn everybody_sees_what_a_workspace_is() {
    let (app, _study, _) = Study::of_researcher().await;
    app.db
        .execute(
            "UPDATE jobserver_workspace SET purpose = 'See https://example.org/x?a=b&c=d\nthen <that>'",
            &[],
        )
        .await;
    let page = app.get(Study::PATH).await.expect(200);
    assert_eq!(page.title(), "asthma-main | OpenSAFELY Jobs");
    page.shows("asthma-main")
        .shows("Asthma reviews")
        .shows("Bennett")
        .shows("Ada Lovelace")
        .shows("then <that>");
    assert!(page.links_to("https://example.org/x?a=b&c=d"));
    assert!(page.links_to("https://github.com/opensafely/asthma/tree/main"));
    assert!(page.links_to(Study::LOGS));
    assert_eq!(run_button(&page), "none");
    page.contains("og:title").lacks("archive-toggle");
    for path in ["/asthma/nothing/", "/nothing/asthma-main/"] {
        app.get(path).await.expect(404);
    }
}

#[tokio::test]
async fn members_are_told_why_they_cannot_run_jobs() {
    let (app, study, browser) = Study::of_researcher().await;
    assert_eq!(run_button(&browser.get(Study::PATH).await.expect(200)), "link");

    app.db.execute("DELETE FROM jobserver_backendmembership", &[]).await;
    assert_eq!(run_button(&browser.get(Study::PATH).await), "disabled");
    a::backend_member(&app.db, study.backend, study.ada).await;
    a::member(&app.db, study.project, study.ada, &["ProjectCollaborator"]).await;
    let page = browser.get(Study::PATH).await;
    assert_eq!(run_button(&page), "disabled");
    page.lacks("archive-toggle");
    a::member(&app.db, study.project, study.ada, &["ProjectDeveloper"]).await;
    app.db.execute("UPDATE jobserver_workspace SET is_archived = true", &[]).await;
    let page = browser.get(Study::PATH).await;
    assert_eq!(run_button(&page), "disabled");
    page.shows("This workspace is archived");
    app.get(Study::PATH).await.hides("archived");
}

#[tokio::test]
async fn a_global_role_lets_somebody_run_jobs_who_is_no_member() {
    let (app, study, _) = Study::of_researcher().await;
    let admin = a::user("admin").role("DeploymentAdministrator").insert(&app.db).await;
    a::backend_member(&app.db, study.backend, admin).await;
    let browser = app.browser_of(admin).await;
    assert_eq!(run_button(&browser.get(Study::PATH).await.expect(200)), "link");
    browser.get(Study::RUN_JOBS).await.expect(200);
}

#[tokio::test]
async fn the_last_state_of_each_action_is_shown() {
    let (mut app, study, browser) = Study::of_researcher().await;
    browser.get(Study::PATH).await.shows("Nothing has been run here yet");
    let job_request = study.job_request().status("failed").insert(&app.db).await;
    a::job(job_request, "generate_dataset", "succeeded").insert(&app.db).await;
    let failed = a::job(job_request, "make_table", "failed").insert(&app.db).await;
    app.forget().await;
    let page = browser.get(Study::PATH).await.expect(200);
    page.shows("generate_dataset").shows("Failed make_table");
    assert!(page.links_to(&format!("/asthma/asthma-main/{job_request}/{failed}/")));
    assert!(page.links_to(&format!("/asthma/asthma-main/{job_request}/")));
}

#[tokio::test]
async fn a_private_repository_is_marked_and_github_away_does_no_harm() {
    let (mut app, _study, browser) = Study::of_researcher().await;
    browser.get(Study::PATH).await.expect(200).shows("Private");
    app.github.control.set(Behaviour::fail(503));
    app.forget().await;
    browser.get(Study::PATH).await.expect(200).hides("Private");
}

#[tokio::test]
async fn code_that_ran_long_ago_must_not_stay_private() {
    let (app, study, browser) = Study::of_researcher().await;
    let job_request = study.job_request().status("succeeded").hours_ago(24 * 400).insert(&app.db).await;
    let job = a::job(job_request, "make_table", "succeeded").minutes_ago(60 * 24 * 399).insert(&app.db).await;
    let page = browser.get(Study::PATH).await.expect(200);
    page.shows("Repository is currently private");
    assert!(page.links_to(&format!("/asthma/asthma-main/{job_request}/{job}/")));
    app.get(Study::PATH).await.hides("Repository is currently private");
}

#[tokio::test]
async fn a_workspace_is_archived_and_taken_back() {
    let (app, _study, browser) = Study::of_researcher().await;
    let is_archived = async || app.db.value::<bool>("SELECT is_archived FROM jobserver_workspace", &[]).await;
    for (posted, expected) in [("True", true), ("", false), ("true", true), ("False", false)] {
        let page = browser.post_form("/asthma/asthma-main/archive-toggle/", &[("is_archived", posted)]).await;
        page.expect_redirect(302, "/asthma/");
        assert_eq!(is_archived().await, expected, "is_archived={posted}");
    }
    let page = browser.get(Study::PATH).await;
    assert!(page.has_form_to("/asthma/asthma-main/archive-toggle/"));
}

#[tokio::test]
async fn notifications_are_switched_on_and_off() {
    let (app, _study, browser) = Study::of_researcher().await;
    let should_notify =
        async || app.db.value::<bool>("SELECT should_notify FROM jobserver_workspace", &[]).await;
    for (posted, expected) in [("True", true), ("", false)] {
        let page = browser
            .post_form("/asthma/asthma-main/notifications-toggle/", &[("should_notify", posted)])
            .await;
        page.expect_redirect(302, Study::PATH);
        assert_eq!(should_notify().await, expected);
    }
}

#[tokio::test]
async fn switches_are_for_those_who_may_use_them() {
    let (app, study, _) = Study::of_researcher().await;
    let collaborator = a::user("collaborator").insert(&app.db).await;
    a::member(&app.db, study.project, collaborator, &["ProjectCollaborator"]).await;
    let staff = a::user("staff").staff().insert(&app.db).await;
    let elsewhere = a::user("elsewhere").insert(&app.db).await;
    let other = a::project(&app.db, "other", "Other", elsewhere).await;
    a::member(&app.db, other, elsewhere, &["ProjectDeveloper"]).await;
    for browser in [
        app.browser(),
        app.browser_of(collaborator).await,
        app.browser_of(staff).await,
        app.browser_of(elsewhere).await,
    ] {
        for switch in ["archive-toggle", "notifications-toggle"] {
            let fields = [("is_archived", "True"), ("should_notify", "True")];
            browser.post_form(&format!("/asthma/asthma-main/{switch}/"), &fields).await.expect(404);
        }
        browser.get("/asthma/asthma-main/edit/").await.expect(403);
        browser.post_form("/asthma/asthma-main/edit/", &[("purpose", "x")]).await.expect(403);
        browser.get("/asthma/new-workspace/").await.expect(404);
        browser.get(Study::RUN_JOBS).await.expect(404);
    }
    let changed: i64 = app
        .db
        .value(
            "SELECT count(*) FROM jobserver_workspace WHERE is_archived OR should_notify OR purpose <> ''",
            &[],
        )
        .await;
    assert_eq!(changed, 0);
    let developer = study.browser(&app).await;
    developer.post_form("/asthma/nothing/archive-toggle/", &[]).await.expect(404);
    developer.get("/asthma/asthma-main/archive-toggle/").await.expect(405);
}

#[tokio::test]
async fn the_purpose_is_edited() {
    let (app, study, browser) = Study::of_researcher().await;
    let page = browser.get("/asthma/asthma-main/edit/").await.expect(200);
    assert_eq!(page.title(), "Edit asthma-main | OpenSAFELY Jobs");
    for blank in ["", "  \n "] {
        let page = browser.post_form("/asthma/asthma-main/edit/", &[("purpose", blank)]).await.expect(200);
        page.shows("Say what the workspace is for");
    }
    let page = browser.post_form("/asthma/asthma-main/edit/", &[("purpose", " To <see> ")]).await;
    page.expect_redirect(302, Study::PATH);
    let row = &app.db.rows("SELECT purpose, updated_by_id FROM jobserver_workspace", &[]).await[0];
    assert_eq!((row.get::<_, &str>(0), row.get::<_, i32>(1)), ("To <see>", study.ada));
    browser.get("/asthma/asthma-main/edit/").await.contains("To &lt;see&gt;</textarea>");
    browser.get("/asthma/nothing/edit/").await.expect(404);
}
