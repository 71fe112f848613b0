//! The snapshots API as the outputs viewer uses it: preparing, listing, publishing.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Browser, Page, a, released::Released};

const SNAPSHOTS: &str = "/api/v2/workspaces/asthma-main/snapshots";
const NO_CREDENTIALS: &str = r#"{"detail":"Authentication credentials were not provided."}"#;

async fn prepare(browser: &Browser, files: &[&str]) -> Page {
    browser.post_json(SNAPSHOTS, &json!({"file_ids": files})).await
}

/// As the viewer does it: it says JSON and sends nothing.
async fn publish(browser: &Browser, snapshot: i32) -> Page {
    let token = browser.csrf_token().await;
    let request = browser.request(Method::POST, &format!("{SNAPSHOTS}/{snapshot}/publish"));
    browser.send(request.header("x-csrftoken", token).header("content-type", "application/json")).await
}

async fn index(browser: &Browser, snapshot: i32) -> Page {
    let request = browser.request(Method::GET, &format!("{SNAPSHOTS}/{snapshot}?_=1"));
    browser.send(request.header("authorization", "")).await
}

struct Scene {
    released: Released,
    developer: Browser,
    publisher: Browser,
    /// Two files that have arrived.
    files: [String; 2],
}

async fn scene() -> Scene {
    let released = Released::set_up().await;
    let release = released.release(10).await;
    let files = [
        released.uploaded(&release, "output/a.csv", b"1").await,
        released.uploaded(&release, "output/b.csv", b"2").await,
    ];
    let developer = released.study.browser(&released.app).await;
    let publisher = released.holder("OutputPublisher").await;
    Scene { released, developer, publisher, files }
}

impl Scene {
    fn ids(&self) -> [&str; 2] {
        [&self.files[0], &self.files[1]]
    }

    async fn only_snapshot(&self) -> i32 {
        self.released.app.db.value("SELECT id FROM jobserver_snapshot", &[]).await
    }

    async fn requests(&self) -> i64 {
        self.released.app.db.count("jobserver_publishrequest").await
    }
}

#[tokio::test]
async fn the_same_files_give_the_same_snapshot() {
    let scene = scene().await;
    let page = prepare(&scene.developer, &scene.ids()).await.expect(201);
    let id = scene.only_snapshot().await;
    assert_eq!(page.body, format!(r#"{{"url":"/asthma/asthma-main/outputs/{id}/"}}"#));
    let [a, b] = scene.ids();
    let again = prepare(&scene.developer, &[b, a, b]).await.expect(201);
    assert_eq!((again.body.as_str(), scene.requests().await), (page.body.as_str(), 1));
    let alone = [a];
    let (one, two) = tokio::join!(prepare(&scene.developer, &alone), prepare(&scene.developer, &alone));
    assert_eq!(one.expect(201).body, two.expect(201).body, "also at the same moment");
    assert_eq!(scene.released.app.db.count("jobserver_snapshot").await, 2);
    assert_eq!(scene.requests().await, 2);
}

#[tokio::test]
async fn only_files_of_the_workspace_can_be_prepared_and_deleted_ones_are_left_out() {
    let scene = scene().await;
    let db = &scene.released.app.db;
    let release = scene.released.release(5).await;
    let deleted = scene.released.deleted(&release, "output/gone.csv").await;
    let other = a::project(db, "other", "Other", scene.released.study.ada).await;
    let repo = a::repo(db, "other").await;
    let workspace = a::workspace(db, "other-main", other, repo, scene.released.study.ada).await;
    let foreign = scene.released.promised(&release, "output/foreign.csv").await;
    db.execute("UPDATE jobserver_releasefile SET workspace_id = $2 WHERE id = $1", &[&foreign, &workspace])
        .await;

    let page = prepare(&scene.developer, &[&scene.files[0], "zz", &foreign]).await.expect(400);
    assert_eq!(page.json()["detail"], format!("Unknown file IDs: {foreign}, zz"));
    for nothing in [vec![], vec![deleted.as_str()]] {
        let page = prepare(&scene.developer, &nothing).await.expect(400);
        assert!(page.json()["detail"].is_string());
    }
    assert_eq!(db.count("jobserver_snapshot").await, 0);
    prepare(&scene.developer, &[&scene.files[0], &deleted]).await.expect(201);
    assert_eq!(db.count("jobserver_snapshot_files").await, 1);
}

#[tokio::test]
async fn checks_come_in_their_order() {
    let scene = scene().await;
    let anonymous = scene.released.app.browser();
    let page = anonymous.post_json("/api/v2/workspaces/nothing/snapshots", &json!({})).await.expect(404);
    assert_eq!(page.body, r#"{"detail":"No Workspace matches the given query."}"#);
    for (body, expected) in [
        (json!({}), r#"{"file_ids":["This field is required."]}"#),
        (json!({"file_ids": "a"}), r#"{"file_ids":["Expected a list of items but got type \"str\"."]}"#),
        (
            json!({"file_ids": ["a", {}, null]}),
            r#"{"file_ids":{"1":["Not a valid string."],"2":["This field may not be null."]}}"#,
        ),
    ] {
        assert_eq!(anonymous.post_json(SNAPSHOTS, &body).await.expect(400).body, expected);
    }
    for browser in [&anonymous, &scene.publisher] {
        assert_eq!(prepare(browser, &["zz"]).await.expect(403).body, NO_CREDENTIALS);
    }
    let forged = scene.developer.request(Method::POST, "/api/v2/workspaces/nothing/snapshots");
    let page = scene.developer.send(forged.json(&json!({}))).await.expect(403);
    assert!(page.json()["detail"].as_str().unwrap().starts_with("CSRF Failed: "));
}

#[tokio::test]
async fn a_draft_is_for_those_who_may_see_files_and_a_published_one_for_all() {
    let scene = scene().await;
    prepare(&scene.developer, &scene.ids()).await.expect(201);
    let id = scene.only_snapshot().await;
    let everybody = scene.released.everybody().await;
    for somebody in &everybody {
        let page = index(&somebody.browser, id).await;
        match (somebody.may_view, somebody.who) {
            (true, _) => {
                let files = page.expect(200).json()["files"].clone();
                assert_eq!(files[0]["name"], "output/a.csv");
                assert_eq!(files[0]["url"], format!("/api/v2/releases/file/{}", scene.files[0]));
            }
            (false, "anonymous") => {
                assert_eq!(page.expect(403).json()["detail"], "Invalid user or token");
            }
            (false, _) => {
                let detail = format!("Invalid user or token for snapshot pk={id}");
                assert_eq!(page.expect(403).json()["detail"], detail, "{}", somebody.who);
            }
        }
    }
    let page = publish(&scene.publisher, id).await.expect(200);
    assert_eq!(page.body, "");
    for somebody in &everybody {
        let files = index(&somebody.browser, id).await.expect(200).json()["files"].clone();
        assert_eq!(files[1]["url"], format!("/asthma/asthma-main/published/{}/", scene.files[1]));
    }
    for path in [
        format!("{SNAPSHOTS}/99999"),
        format!("{SNAPSHOTS}/99999999999999999999"),
        format!("/api/v2/workspaces/nothing/snapshots/{id}"),
    ] {
        let page = scene.developer.get(&path).await.expect(404);
        assert_eq!(page.body, r#"{"detail":"No Snapshot matches the given query."}"#);
    }
}

#[tokio::test]
async fn publishing_needs_its_own_permission_and_keeps_the_first_decision() {
    let scene = scene().await;
    prepare(&scene.developer, &scene.ids()).await.expect(201);
    let id = scene.only_snapshot().await;
    let checker = scene.released.app.browser_of(scene.released.checker).await;
    for browser in [&scene.developer, &checker, &scene.released.app.browser()] {
        assert_eq!(publish(browser, id).await.expect(403).body, NO_CREDENTIALS);
    }
    publish(&scene.publisher, id).await.expect(200);
    let decided =
        "SELECT decision, decision_at::text, decision_by_id, updated_by_id FROM jobserver_publishrequest";
    let first = scene.released.app.db.rows(decided, &[]).await;
    assert_eq!(first[0].get::<_, &str>(0), "approved");
    assert_eq!(first[0].get::<_, i32>(2), first[0].get::<_, i32>(3), "who decided was the last to change it");
    let second = scene.released.holder("OutputPublisher").await;
    publish(&second, id).await.expect(200);
    let again = scene.released.app.db.rows(decided, &[]).await;
    assert_eq!(first[0].get::<_, &str>(1), again[0].get::<_, &str>(1));
    assert_eq!(first[0].get::<_, i32>(2), again[0].get::<_, i32>(2));
    assert_eq!(
        publish(&scene.publisher, 99_999).await.expect(404).json()["detail"],
        "No Snapshot matches the given query."
    );
}

#[tokio::test]
async fn preparing_published_files_again_leaves_them_published() {
    let scene = scene().await;
    let first = prepare(&scene.developer, &scene.ids()).await.expect(201);
    let id = scene.only_snapshot().await;
    publish(&scene.publisher, id).await.expect(200);
    let again = prepare(&scene.developer, &scene.ids()).await.expect(201);
    assert_eq!((again.body, scene.requests().await), (first.body, 1));
    index(&scene.released.app.browser(), id).await.expect(200);
}

#[tokio::test]
async fn the_newest_request_alone_decides() {
    let scene = scene().await;
    prepare(&scene.developer, &scene.ids()).await.expect(201);
    let id = scene.only_snapshot().await;
    publish(&scene.publisher, id).await.expect(200);
    scene.released.request(id, Some("rejected")).await;
    let anonymous = scene.released.app.browser();
    index(&anonymous, id).await.expect(403);
    prepare(&scene.developer, &scene.ids()).await.expect(201);
    assert_eq!(scene.requests().await, 3, "a new request waits");
    index(&anonymous, id).await.expect(403);
    publish(&scene.publisher, id).await.expect(200);
    index(&anonymous, id).await.expect(200);
    assert_eq!(scene.requests().await, 3);
}

#[tokio::test]
async fn a_snapshot_that_nobody_asked_for_can_be_published() {
    let scene = scene().await;
    let id = scene.released.snapshot(&scene.ids()).await;
    publish(&scene.publisher, id).await.expect(200);
    index(&scene.released.app.browser(), id).await.expect(200);
}

#[tokio::test]
async fn files_of_one_name_are_told_apart() {
    let scene = scene().await;
    let emis = a::backend(&scene.released.app.db, "emis").await;
    let release = scene.released.release_from(emis, 1).await;
    let same_name = scene.released.uploaded(&release, "output/a.csv", b"3").await;
    prepare(&scene.developer, &[&scene.files[0], &scene.files[1], &same_name]).await.expect(201);
    let page = index(&scene.developer, scene.only_snapshot().await).await.expect(200);
    let files = page.json()["files"].as_array().unwrap().clone();
    let mut names: Vec<&str> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["emis/output/a.csv", "output/b.csv", "test/output/a.csv"]);
}
