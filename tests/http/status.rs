//! How the backends are doing: for people, and for probes that read plain text.

use std::time::Duration;

use devkit::standins::rap::Maintenance;

use crate::harness::{Study, TestApp, a, eventually};

#[tokio::test]
async fn active_backends_are_shown_with_their_jobs() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let retired = a::backend(&app.db, "retired").await;
    app.db.execute("UPDATE jobserver_backend SET is_active = false WHERE id = $1", &[&retired]).await;
    let job_request = study.job_request().insert(&app.db).await;
    for status in ["running", "pending", "pending", "failed", "Running"] {
        a::job(job_request, status, status).insert(&app.db).await;
    }
    let page = app.get("/status/").await.expect(200);
    page.shows("Test").shows("Running jobs 1").shows("Pending jobs 2").shows("5 minutes").hides("Retired");
    page.contains("id=\"db-maintenance-mode\"");
}

#[tokio::test]
async fn a_silent_backend_is_missing() {
    let app = TestApp::start().await;
    let missing = a::backend(&app.db, "tpp").await;
    a::backend(&app.db, "test").await;
    app.db
        .execute(
            "UPDATE jobserver_backend SET last_seen_at = now() - interval '6 minutes' WHERE id = $1",
            &[&missing],
        )
        .await;
    let page = app.get("/status/").await.expect(200);
    assert_eq!(page.text().matches("Missing").count() - page.text().matches("Missing after").count(), 1);
    app.get("/status/tpp/").await.expect(503);
    app.get("/status/test/").await.expect(200);
}

#[tokio::test]
async fn a_backend_that_was_never_seen_is_not_missing() {
    let app = TestApp::start().await;
    a::backend(&app.db, "new").await;
    app.db.execute("UPDATE jobserver_backend SET last_seen_at = NULL", &[]).await;
    app.get("/status/").await.expect(200).shows("never");
    app.get("/status/new/").await.expect(200);
}

#[tokio::test]
async fn a_probe_reads_the_time_of_the_last_contact() {
    let app = TestApp::start().await;
    a::backend(&app.db, "test").await;
    app.db.execute("UPDATE jobserver_backend SET last_seen_at = '2024-05-06 11:54:00Z'", &[]).await;
    let page = app.get("/status/test/").await.expect(503);
    assert_eq!(page.body, "2024-05-06T11:54:00+00:00");
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    app.get("/status/nothing/").await.expect(404);
}

#[tokio::test]
async fn a_probe_reads_whether_the_tpp_database_is_open() {
    let app = TestApp::start().await;
    let tpp = a::backend(&app.db, "tpp").await;
    a::backend(&app.db, "emis").await;
    let read = async || app.get("/status/tpp/db-availability/").await.expect(200).body;
    assert_eq!(read().await, "DB maintenance mode off");
    app.db
        .execute(
            "UPDATE jobserver_backend
             SET is_in_maintenance_mode = true, last_seen_maintenance_mode = '2024-05-06 11:54:00.5Z'
             WHERE id = $1",
            &[&tpp],
        )
        .await;
    assert_eq!(read().await, "DB maintenance mode on (since 2024-05-06 11:54:00.500000+00:00) ");
    let emis = app.get("/status/emis/db-availability/").await.expect(200);
    assert_eq!(emis.body, "DB maintenance mode not implemented in Emis");
    app.get("/status/nothing/db-availability/").await.expect(404);
}

#[tokio::test]
async fn a_deployment_offers_only_its_backends() {
    let app = TestApp::builder().env("BACKENDS", "test, emis").start().await;
    let study = Study::set_up(&app).await;
    let tpp = a::backend(&app.db, "tpp").await;
    a::backend_member(&app.db, tpp, study.ada).await;
    app.get("/status/").await.expect(200).shows("Test").hides("Tpp");
    let form = study.browser(&app).await.get(Study::RUN_JOBS).await.expect(200);
    assert_eq!(form.offered("backend"), ["test"]);
}

#[tokio::test]
async fn what_the_controller_says_of_backends_is_shown() {
    let mut app = TestApp::builder().polling().start().await;
    let tpp = a::backend(&app.db, "tpp").await;
    app.rap.set_maintenance("tpp", Some(Maintenance::Manual));
    app.rap.tick();
    app.db.execute("UPDATE jobserver_backend SET last_seen_at = NULL WHERE id = $1", &[&tpp]).await;
    // The next look at the backends is a minute away, unless the process has just started.
    app.stop();
    app.restart().await;
    let has_arrived = "SELECT is_in_maintenance_mode AND last_seen_at IS NOT NULL FROM jobserver_backend";
    eventually("the backend's state arrives", Duration::from_secs(15), async || {
        app.db.value::<bool>(has_arrived, &[]).await
    })
    .await;
    app.get("/status/").await.expect(200).shows("Maintenance mode");
    let urls: Vec<String> = app.db.values("SELECT url FROM jobserver_stats", &[]).await;
    assert_eq!(urls, [app.rap.url.as_str()]);
}
