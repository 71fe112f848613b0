//! The first page, and what stands around every page.

use std::time::Duration;

use crate::harness::{Study, TestApp, a, eventually};

#[tokio::test]
async fn what_begins_is_soon_seen_by_strangers() {
    let app = TestApp::start().await;
    app.get("/").await.expect(200).shows("Nothing has been run yet");
    Study::set_up(&app).await.job_request().insert(&app.db).await;
    let limit = Duration::from_secs(10);
    eventually("the request is shown", limit, async || app.get("/").await.text().contains("Asthma reviews"))
        .await;
}

#[tokio::test]
async fn strangers_see_what_this_is_and_what_is_going_on() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("succeeded").insert(&app.db).await;
    let page = app.get("/").await.expect(200);
    assert_eq!(page.title(), "OpenSAFELY Jobs | Home");
    page.shows("Asthma reviews").shows("Ada Lovelace").shows("Bennett").contains("id=\"events\"");
    assert!(page.links_to(&format!("/asthma/asthma-main/{job_request}/")));
    assert!(page.links_to("/event-log/"));
    page.contains("<meta name=\"description\"");
}

#[tokio::test]
async fn the_newest_ten_on_active_backends_are_shown() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let retired = a::backend(&app.db, "retired").await;
    app.db.execute("UPDATE jobserver_backend SET is_active = false WHERE id = $1", &[&retired]).await;
    let hidden = a::job_request(study.workspace, retired, study.ada).insert(&app.db).await;
    let mut shown = Vec::new();
    for _ in 0..11 {
        shown.push(study.job_request().insert(&app.db).await);
    }
    let page = app.get("/").await.expect(200);
    let is_shown = |id: i32| page.links_to(&format!("/asthma/asthma-main/{id}/"));
    assert!(!is_shown(hidden), "a job request of an inactive backend");
    assert!(!is_shown(shown[0]), "the eleventh");
    assert!(shown[1..].iter().all(|id| is_shown(*id)));
}

#[tokio::test]
async fn people_find_their_own_things() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let grace = a::user("grace").insert(&app.db).await;
    let own = study.job_request().status("failed").insert(&app.db).await;
    a::job_request(study.workspace, study.backend, grace).insert(&app.db).await;
    let repo = a::repo(&app.db, "other").await;
    let archived = a::workspace(&app.db, "old-one", study.project, repo, study.ada).await;
    app.db.execute("UPDATE jobserver_workspace SET is_archived = true WHERE id = $1", &[&archived]).await;
    let page = study.browser(&app).await.get("/").await.expect(200);
    page.shows("Ada Lovelace")
        .shows("1 job request")
        .hides("1 job requests")
        .shows("1 workspace")
        .shows("1 project");
    page.shows(&format!("asthma-main ({own})")).hides("old-one");
    assert!(page.links_to("/asthma/") && page.links_to("/asthma/asthma-main/"));
    let page = app.browser_of(grace).await.get("/").await.expect(200);
    page.shows("No workspaces yet").shows("No projects yet");
}

#[tokio::test]
async fn what_people_wrote_is_shown_as_text() {
    let app = TestApp::start().await;
    let evil = "<img src=x onerror=alert(1)>";
    let mallory = a::user("mallory").named(evil).insert(&app.db).await;
    let project = a::project(&app.db, "evil", &format!("{evil}project"), mallory).await;
    let repo = a::repo(&app.db, "evil").await;
    let workspace = a::workspace(&app.db, "evil-main", project, repo, mallory).await;
    app.db.execute("UPDATE jobserver_workspace SET purpose = $1", &[&format!("{evil}purpose")]).await;
    let backend = a::backend(&app.db, "test").await;
    a::member(&app.db, project, mallory, &["ProjectDeveloper"]).await;
    let actions = [format!("{evil}action")];
    let job_request = a::job_request(workspace, backend, mallory)
        .actions(&[&actions[0]])
        .definition(&format!("# {evil}definition\nversion: '4.0'\nactions: {{}}"))
        .insert(&app.db)
        .await;
    let job = a::job(job_request, &actions[0], "failed")
        .code("nonzero_exit", &format!("{evil}message"))
        .insert(&app.db)
        .await;
    let failed = a::job_request(workspace, backend, mallory)
        .status("failed")
        .message(&format!("{evil}status"))
        .insert(&app.db)
        .await;
    let browser = app.browser_of(mallory).await;
    for path in [
        "/".to_owned(),
        "/event-log/".to_owned(),
        "/settings/".to_owned(),
        "/evil/".to_owned(),
        "/evil/evil-main/".to_owned(),
        "/evil/evil-main/logs/".to_owned(),
        format!("/evil/evil-main/logs/?q={evil}"),
        format!("/evil/evil-main/{job_request}/"),
        format!("/evil/evil-main/{failed}/"),
        format!("/evil/evil-main/{job_request}/{job}/"),
    ] {
        let page = browser.get(&path).await.expect(200);
        page.lacks("<img src=x").contains("&lt;img");
    }
}

#[tokio::test]
async fn notices_of_staff_are_for_people_and_cannot_run_scripts() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    a::site_alert(
        &app.db,
        "danger",
        "Closed <b>today</b>",
        "<p>Back <a href=\"/status/\">soon</a><script>alert(1)</script></p>",
    )
    .await;
    app.get("/").await.hides("Closed");
    let page = app.browser_of(ada).await.get("/event-log/").await.expect(200);
    page.shows("Back soon").shows("Closed").lacks("alert(1)").contains("is-danger");
    assert!(page.links_to("/status/"));
}

#[tokio::test]
async fn maintenance_of_the_tpp_database_is_told_where_jobs_are() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let tpp = a::backend(&app.db, "tpp").await;
    app.db.execute("UPDATE jobserver_backend SET is_in_maintenance_mode = true WHERE id = $1", &[&tpp]).await;
    let job_request = study.job_request().insert(&app.db).await;
    let job = a::job(job_request, "make_table", "pending").insert(&app.db).await;
    let browser = study.browser(&app).await;
    for path in [
        "/asthma/asthma-main/run-jobs/".to_owned(),
        "/asthma/asthma-main/logs/".to_owned(),
        format!("/asthma/asthma-main/{job_request}/"),
        format!("/asthma/asthma-main/{job_request}/{job}/"),
    ] {
        browser
            .get(&path)
            .await
            .expect(200)
            .shows("Database maintenance mode enabled")
            .contains("db-maintenance-banner");
    }
    for path in ["/", "/event-log/", "/asthma/", "/asthma/asthma-main/"] {
        browser.get(path).await.expect(200).lacks("db-maintenance-banner");
    }
    app.get(&format!("/asthma/asthma-main/{job_request}/")).await.expect(200).lacks("db-maintenance-banner");
}

#[tokio::test]
async fn a_strip_tells_where_one_is_developing_and_that_jobs_cannot_be_created() {
    let app = TestApp::builder().debug().env("DISABLE_CREATING_JOBS", "True").start().await;
    app.get("/").await.expect(200).shows("Development").shows("Jobs cannot be created at the moment");
    let app = TestApp::builder().env("DISABLE_CREATING_JOBS", "true").start().await;
    app.get("/").await.expect(200).hides("Development").hides("Jobs cannot be created at the moment");
}

#[tokio::test]
async fn notices_are_shown_once() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    let fields = [("settings", "1"), ("fullname", "Ada"), ("email", "ada@example.org")];
    browser.post_form("/settings/", &fields).await.expect_redirect(302, "/settings/");
    let cookie = browser.cookie("messages").expect("a notice waits");
    browser.get("/event-log/").await.shows("Settings saved successfully");
    browser.get("/event-log/").await.hides("Settings saved successfully");
    let stranger = app.browser();
    stranger.set_cookie("messages", &cookie.replacen('a', "b", 1));
    stranger.get("/").await.expect(200).hides("Settings saved");
}

#[tokio::test]
async fn the_gallery_of_components_is_there() {
    let app = TestApp::start().await;
    let page = app.get("/ui-components/").await.expect(200);
    assert!(page.title().contains("UI components"), "{}", page.title());
}
