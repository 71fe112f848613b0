//! The page of a project.

use devkit::standins::Behaviour;

use crate::harness::{Study, TestApp, a};

#[tokio::test]
async fn a_project_shows_its_workspaces_people_and_repositories() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let grace = a::user("grace").named("Grace Hopper").insert(&app.db).await;
    a::member(&app.db, study.project, grace, &[]).await;
    let cora = a::user("cora").named("Cora Pilot").insert(&app.db).await;
    app.db
        .execute(
            "UPDATE jobserver_project SET copilot_id = $1, copilot_notes = 'among us' WHERE id = $2",
            &[&cora, &study.project],
        )
        .await;
    let page = app.get("/asthma/").await.expect(200);
    assert_eq!(page.title(), "Asthma reviews | OpenSAFELY Jobs");
    page.shows("Asthma reviews")
        .shows("Bennett")
        .shows("Ada Lovelace")
        .shows("Grace Hopper")
        .shows("asthma-main");
    assert!(page.section("private-repos").contains("asthma"), "{}", page.text());
    page.shows("No code has run").hides("Project Developer").hides("ongoing");
    assert!(page.links_to("/asthma/asthma-main/"));
    assert!(!page.links_to("new-workspace/"), "strangers are offered a new workspace");
    page.hides("Cora Pilot").hides("among us");
}

#[tokio::test]
async fn members_see_roles_and_what_is_archived() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let repo = a::repo(&app.db, "asthma").await;
    let old = a::workspace(&app.db, "aaa-old", study.project, repo, study.ada).await;
    app.db.execute("UPDATE jobserver_workspace SET is_archived = true WHERE id = $1", &[&old]).await;
    let page = study.browser(&app).await.get("/asthma/").await.expect(200);
    page.shows("Project Developer").shows("Archived").shows("Active");
    assert!(page.links_to("new-workspace/"));
    let text = page.text();
    assert!(text.find("asthma-main").unwrap() < text.find("aaa-old").unwrap(), "archived ones come last");
    app.get("/asthma/").await.hides("Archived").hides("Project Developer");
}

#[tokio::test]
async fn public_repositories_are_told_apart_and_unknown_ones_count_as_private() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    app.repositories.edit(Study::REPO, |repository| repository.is_private = false).unwrap();
    let page = app.get("/asthma/").await.expect(200);
    assert_eq!(
        (page.section("public-repos").contains("asthma"), page.section("private-repos").as_str()),
        (true, "")
    );

    let app = TestApp::start().await;
    Study::set_up(&app).await;
    app.github.control.set(Behaviour::fail(500));
    let page = app.get("/asthma/").await.expect(200);
    assert_eq!(
        (page.section("public-repos").as_str(), page.section("private-repos").contains("asthma")),
        ("", true)
    );
}

#[tokio::test]
async fn a_project_without_anything_has_a_page() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    a::project(&app.db, "empty", "Empty", ada).await;
    a::project(&app.db, "opensafely-internal", "Internal", ada).await;
    app.get("/empty/").await.expect(200).shows("No workspaces yet");
    app.get("/opensafely-internal/").await.expect(200).shows("internal project");
    app.get("/nothing/").await.expect(404);
    app.get("/EMPTY/").await.expect(404);
}

#[tokio::test]
async fn the_first_run_is_that_of_the_oldest_job() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().status("succeeded").hours_ago(48).insert(&app.db).await;
    a::job(job_request, "make_table", "succeeded").minutes_ago(60 * 47).insert(&app.db).await;
    let page = app.get("/asthma/").await.expect(200);
    page.hides("No code has run").shows("older than the project itself");
}

#[tokio::test]
async fn a_numbered_project_leads_to_its_purpose() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    assert!(app.get("/asthma/").await.links_to("https://www.opensafely.org/projects/not-found/"));
    app.db.execute("UPDATE jobserver_project SET number = '42' WHERE id = $1", &[&study.project]).await;
    let page = app.get("/asthma/").await;
    assert!(page.links_to("https://www.opensafely.org/project/42/"));
    page.shows("42");
}
