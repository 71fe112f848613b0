//! Snapshots: their pages in every state, the list of a workspace, and deciding about them.

use std::time::Duration;

use crate::harness::{Page, a, eventually, released::Released};

const OUTPUTS: &str = "/asthma/asthma-main/outputs/";
const LATEST: &str = "/asthma/asthma-main/outputs/latest/";

/// A scene with one release of one file, and a snapshot of it that was asked for.
async fn draft() -> (Released, String, i32) {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    let file = scene.uploaded(&release, "output/age.csv", b"a,b\n").await;
    let snapshot = scene.snapshot(&[&file]).await;
    scene.request(snapshot, None).await;
    (scene, file, snapshot)
}

fn content_url(page: &Page) -> String {
    page.attributes("li", "data-url").into_iter().next().expect("a file")
}

#[tokio::test]
async fn drafts_are_for_those_who_may_see_files_and_published_ones_for_all() {
    let (scene, _, snapshot) = draft().await;
    let url = format!("{OUTPUTS}{snapshot}/");
    let everybody = scene.everybody().await;
    for (decision, is_published) in [(None, false), (Some("rejected"), false), (Some("approved"), true)] {
        if decision.is_some() {
            scene.request(snapshot, decision).await;
        }
        for somebody in &everybody {
            let expected = if is_published || somebody.may_view { 200 } else { 404 };
            for path in [url.clone(), format!("{url}output/age.csv"), format!("{url}download/")] {
                let status =
                    somebody.browser.request(reqwest::Method::GET, &path).send().await.unwrap().status();
                assert_eq!(status, expected, "{path} for {} when {decision:?}", somebody.who);
            }
            let list = somebody.browser.get(OUTPUTS).await.expect(200);
            assert_eq!(list.links_to(&url), expected == 200, "the list for {}", somebody.who);
        }
    }
}

#[tokio::test]
async fn the_newest_request_alone_says_whether_it_is_published() {
    let (scene, file, snapshot) = draft().await;
    let url = format!("{OUTPUTS}{snapshot}/");
    for (decision, status) in [
        (Some("approved"), 200),
        (Some("rejected"), 404),
        (Some("approved"), 200),
        (None, 404),
        (Some("approved"), 200),
    ] {
        scene.request(snapshot, decision).await;
        let page = scene.app.get(&url).await.expect(status);
        let list = scene.app.get(OUTPUTS).await.expect(200);
        let is_published = status == 200;
        assert_eq!(
            list.text().matches("Published on").count(),
            usize::from(is_published),
            "listed once, or not"
        );
        eventually("the project's outputs are up to date", Duration::from_secs(10), async || {
            let project = scene.app.get("/asthma/").await.expect(200);
            project.section("outputs").contains("asthma-main") == is_published
        })
        .await;
        if is_published {
            assert_eq!(content_url(&page), format!("/asthma/asthma-main/published/{file}/"));
        }
    }
    assert!(scene.app.get("/asthma/").await.links_to(&url));
}

#[tokio::test]
async fn a_draft_says_who_prepared_it_and_why_one_may_see_it() {
    let (scene, file, snapshot) = draft().await;
    let url = format!("{OUTPUTS}{snapshot}/");
    let developer = scene.study.browser(&scene.app).await;
    let page = developer.get(&url).await.expect(200);
    assert_eq!(page.title(), format!("Snapshot: {snapshot} | OpenSAFELY Jobs"));
    page.shows("Draft")
        .shows("prepared by Ada Lovelace")
        .shows("as Project Developer")
        .hides("Project Collaborator");
    page.contains(&format!("data-files-url=\"/api/v2/workspaces/asthma-main/snapshots/{snapshot}\""));
    assert_eq!(content_url(&page), format!("/api/v2/releases/file/{file}"));
    assert!(page.links_to(&format!("{url}download/")) && page.links_to(OUTPUTS));
    page.lacks("data-publish-url").lacks("reject/");
    scene.holder("TechSupport").await.get(&url).await.shows("as Tech Support");

    scene.request(snapshot, Some("approved")).await;
    let page = developer.get(&url).await.expect(200);
    page.shows("Published")
        .shows("published by Charlie <b>Checker</b>")
        .shows("Everybody can see these files");
    page.hides("Draft").lacks("<b>Checker");
    let page = scene.app.get(&url).await.expect(200);
    page.shows("Published outputs").shows("published by Charlie <b>Checker</b>").shows("Download");
    page.hides("Everybody can see").hides("Ada Lovelace");
}

#[tokio::test]
async fn a_draft_is_prepared_from_the_latest_outputs_without_scripts() {
    let (scene, _, snapshot) = draft().await;
    let release = scene.release(0).await;
    let new = scene.uploaded(&release, "output/new.csv", b"b").await;
    let developer = scene.study.browser(&scene.app).await;
    let prepared = developer.post_form(&format!("{LATEST}prepare/"), &[]).await;
    let url = prepared.location().to_owned();
    let page = developer.get(&url).await.expect(200);
    page.shows("Draft").contains(&new);
    let again = developer.post_form(&format!("{LATEST}prepare/"), &[]).await;
    assert_eq!(again.location(), url, "the same files are the same draft");
    assert_eq!(scene.app.db.count("jobserver_snapshot").await, 2);
    assert_ne!(url, format!("{OUTPUTS}{snapshot}/"));

    scene
        .app
        .db
        .execute("UPDATE jobserver_releasefile SET deleted_at = now(), deleted_by_id = $1", &[&scene.checker])
        .await;
    let page = developer.post_form(&format!("{LATEST}prepare/"), &[]).await;
    assert_eq!(page.location(), LATEST);
    developer.get(LATEST).await.shows("There are no files to prepare");
}

#[tokio::test]
async fn publishers_publish_reject_and_take_back() {
    let (scene, _, snapshot) = draft().await;
    let url = format!("{OUTPUTS}{snapshot}/");
    let (publish, reject) = (format!("{url}publish/"), format!("{url}reject/"));
    let id = a::user("publisher").named("Pat Publisher").role("OutputPublisher").role("TechSupport");
    let publisher = scene.app.browser_of(id.insert(&scene.app.db).await).await;
    let decision = async || {
        let rows = scene
            .app
            .db
            .rows(
                "SELECT decision, person.username
                 FROM jobserver_publishrequest AS request
                 LEFT JOIN jobserver_user AS person ON person.id = decision_by_id
                 WHERE snapshot_id = $1
                 ORDER BY request.id DESC",
                &[&snapshot],
            )
            .await;
        assert_eq!(rows.len(), 1, "no request is added");
        (rows[0].get::<_, Option<String>>(0), rows[0].get::<_, Option<String>>(1))
    };
    let decided = |decision: &str| (Some(decision.to_owned()), Some("publisher".to_owned()));

    let page = publisher.get(&url).await.expect(200);
    assert!(page.has_form_to(&publish) && page.has_form_to(&reject));
    page.contains(&format!(
        "data-publish-url=\"/api/v2/workspaces/asthma-main/snapshots/{snapshot}/publish\""
    ));
    publisher.post_form(&reject, &[]).await.expect_redirect(302, &url);
    assert_eq!(decision().await, decided("rejected"));
    let page = publisher.get(&url).await.expect(200);
    page.shows("Rejected: the files stay a draft").shows("Publication was rejected by Pat Publisher");
    assert!(page.has_form_to(&publish) && !page.has_form_to(&reject));

    publisher.post_form(&publish, &[]).await.expect_redirect(302, &url);
    assert_eq!(decision().await, decided("approved"));
    let page = publisher.get(&url).await.expect(200);
    assert!(!page.has_form_to(&publish) && page.has_form_to(&reject));
    page.shows("Unpublish").shows("published by Pat Publisher");
    scene.app.get(&url).await.expect(200);

    publisher.post_form(&reject, &[]).await.expect_redirect(302, &url);
    assert_eq!(decision().await, decided("rejected"));
    scene.app.get(&url).await.expect(404);
}

#[tokio::test]
async fn only_publishers_decide() {
    let (scene, _, snapshot) = draft().await;
    let url = format!("{OUTPUTS}{snapshot}/");
    for somebody in scene.everybody().await {
        if somebody.who == "a publisher" {
            continue;
        }
        for action in ["publish/", "reject/"] {
            somebody.browser.post_form(&format!("{url}{action}"), &[]).await.expect(404);
            somebody.browser.get(&format!("{url}{action}")).await.expect(405);
        }
        if somebody.may_view {
            let page = somebody.browser.get(&url).await.expect(200);
            assert!(!page.has_form_to(&format!("{url}publish/")), "{}", somebody.who);
            assert!(!page.has_form_to(&format!("{url}reject/")), "{}", somebody.who);
        }
    }
    let decided: i64 = scene
        .app
        .db
        .value("SELECT count(*) FROM jobserver_publishrequest WHERE decision IS NOT NULL", &[])
        .await;
    assert_eq!(decided, 0);
    let publisher = scene.holder("OutputPublisher").await;
    publisher.post_bare(&format!("{url}publish/"), &[]).await.expect(400);
    publisher.post_form(&format!("{url}publish/"), &[]).await.expect(302);
    scene.app.get(&url).await.expect(200);
}

#[tokio::test]
async fn a_snapshot_is_found_only_where_it_belongs() {
    let (scene, _, snapshot) = draft().await;
    scene.request(snapshot, Some("approved")).await;
    let repo = a::repo(&scene.app.db, "other").await;
    a::workspace(&scene.app.db, "other-main", scene.study.project, repo, scene.study.ada).await;
    for path in [
        format!("/asthma/other-main/outputs/{snapshot}/"),
        format!("/nothing/asthma-main/outputs/{snapshot}/"),
        format!("{OUTPUTS}99999/"),
        format!("{OUTPUTS}99999999999999999999/"),
        format!("{OUTPUTS}99999/download/"),
        "/asthma/nothing/outputs/".to_owned(),
    ] {
        scene.app.get(&path).await.expect(404);
    }
    scene
        .app
        .get(&format!("{OUTPUTS}{snapshot}"))
        .await
        .expect_redirect(301, &format!("{OUTPUTS}{snapshot}/"));
}

#[tokio::test]
async fn the_list_shows_who_made_what_and_its_state_to_those_who_may_know() {
    let scene = Released::set_up().await;
    let developer = scene.study.browser(&scene.app).await;
    for browser in [&developer, &scene.app.browser()] {
        let page = browser.get(OUTPUTS).await.expect(200);
        assert_eq!(page.title(), "Published outputs: asthma-main | OpenSAFELY Jobs");
        page.shows("Nothing has been published for asthma-main yet").shows("Bennett").shows("Asthma reviews");
    }
    let release = scene.release(1).await;
    let first = scene.uploaded(&release, "a.csv", b"a").await;
    let second = scene.uploaded(&release, "b.csv", b"b").await;
    scene.snapshot(&[&first]).await;
    let published = scene.snapshot(&[&first, &second]).await;
    scene.request(published, Some("approved")).await;
    let page = developer.get(OUTPUTS).await.expect(200);
    let text = page.section("snapshots");
    assert!(text.contains("Draft") && text.contains("Published") && text.contains("Created on"), "{text}");
    assert!(text.contains("1 file") && text.contains("2 files") && text.contains("Ada Lovelace"), "{text}");
    let page = scene.app.get(OUTPUTS).await.expect(200);
    let text = page.section("snapshots");
    assert!(text.contains("Published on") && text.contains("2 files") && !text.contains("Draft"), "{text}");
}

#[tokio::test]
async fn files_of_one_name_are_told_apart() {
    let scene = Released::set_up().await;
    let emis = a::backend(&scene.app.db, "emis").await;
    let (here, there) = (scene.release(2).await, scene.release_from(emis, 1).await);
    let files = [
        scene.uploaded(&here, "a.csv", b"a").await,
        scene.uploaded(&there, "a.csv", b"b").await,
        scene.uploaded(&here, "b.csv", b"c").await,
    ];
    let snapshot = scene.snapshot(&files.each_ref().map(String::as_str)).await;
    let page = scene.study.browser(&scene.app).await.get(&format!("{OUTPUTS}{snapshot}/")).await.expect(200);
    assert_eq!(page.attributes("li", "data-name"), ["emis/a.csv", "test/a.csv", "b.csv"]);
}
