//! Lists of released files, as bots and the outputs viewer read them.

use reqwest::Method;
use serde_json::json;

use crate::harness::{
    Browser, Page, a,
    counting::{can_count, quiet, statements},
    released::Released,
};

const LATEST: &str = "/api/v2/releases/workspace/asthma-main";

/// The names in an index, in its order.
fn names(page: &Page) -> Vec<String> {
    let files = page.json()["files"].as_array().unwrap().clone();
    files.iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect()
}

async fn index(browser: &Browser, path: &str) -> Page {
    // As the outputs viewer asks: past its cache, with a header that says nothing.
    let request = browser.request(Method::GET, &format!("{path}?_=17")).header("authorization", "");
    browser.send(request).await
}

#[tokio::test]
async fn a_release_lists_its_files() {
    let scene = Released::set_up().await;
    let release = scene.release(5).await;
    let deleted = scene.deleted(&release, "output/a.csv").await;
    scene.promised(&release, "output/b.csv").await;
    scene
        .app
        .db
        .execute("UPDATE jobserver_releasefile SET created_at = '2026-03-04T10:00:00.120Z'", &[])
        .await;
    let path = format!("/api/v2/releases/release/{release}");
    for somebody in scene.everybody().await {
        let page = index(&somebody.browser, &path).await;
        if !somebody.may_view {
            let known = somebody.who != "anonymous";
            let detail =
                format!("Invalid user or token{}", if known { " for workspace asthma-main" } else { "" });
            assert_eq!(page.expect(403).json(), json!({"detail": detail}), "{}", somebody.who);
            continue;
        }
        let page = page.expect(200);
        assert_eq!(names(&page), ["output/a.csv", "output/b.csv"], "{}", somebody.who);
        let sha256: String = scene.app.db.value("SELECT md5('output/a.csv')", &[]).await;
        let first = json!({
            "name": "output/a.csv", "id": deleted, "url": format!("/api/v2/releases/file/{deleted}"),
            "user": "checker", "date": "2026-03-04T10:00:00.120000+00:00", "sha256": sha256, "size": 6,
            "is_deleted": true, "backend": "Test", "metadata": null, "review": null,
        });
        assert!(page.body.starts_with(&format!(r#"{{"files":[{first}"#)), "{}", page.body);
    }
    let page = index(&scene.app.browser(), "/api/v2/releases/release/nothing").await.expect(404);
    assert_eq!(page.body, r#"{"detail":"No Release matches the given query."}"#);
    let empty = scene.release(1).await;
    let checker = scene.app.browser_of(scene.checker).await;
    assert_eq!(index(&checker, &format!("/api/v2/releases/release/{empty}")).await.body, r#"{"files":[]}"#);
}

#[tokio::test]
async fn a_workspace_lists_the_newest_of_each_backend_and_name() {
    let scene = Released::set_up().await;
    let emis = a::backend(&scene.app.db, "emis").await;
    let (old, new) = (scene.release(30).await, scene.release(20).await);
    let other = scene.release_from(emis, 10).await;
    scene.uploaded(&old, "b.csv", b"1").await;
    scene.uploaded(&old, "c.csv", b"1").await;
    let newer = scene.promised(&new, "b.csv").await;
    scene.uploaded(&other, "b.csv", b"2").await;
    let checker = scene.app.browser_of(scene.checker).await;
    let page = index(&checker, LATEST).await.expect(200);
    assert_eq!(names(&page), ["emis/b.csv", "test/b.csv", "test/c.csv"]);
    assert_eq!(page.json()["files"][1]["id"], newer.as_str());
    index(&checker, "/api/v2/releases/workspace/nothing").await.expect(404);
}

#[tokio::test]
async fn a_list_takes_few_statements_whatever_its_length() {
    let scene = Released::set_up().await;
    if !can_count(&scene.app.db).await {
        return;
    }
    let release = scene.release(5).await;
    let checker = scene.app.browser_of(scene.checker).await;
    let snapshot = scene.snapshot(&[]).await;
    for files in [1, 300] {
        scene
            .app
            .db
            .execute(
                "INSERT INTO jobserver_releasefile (id, name, path, filehash, size, mtime, created_at, created_by_id,
                                                    release_id, workspace_id)
                 SELECT lpad(($4 * 1000 + number)::text, 26, '0'), 'output/' || number, '', '', 1, now(), now(), $2, $1, $3
                 FROM generate_series(1, $4) AS number",
                &[&release, &scene.checker, &scene.study.workspace, &files],
            )
            .await;
        let paths = [
            format!("/api/v2/releases/release/{release}"),
            LATEST.to_owned(),
            format!("/api/v2/workspaces/asthma-main/snapshots/{snapshot}"),
        ];
        for path in paths {
            checker.get(&path).await.expect(200);
            quiet(&scene.app.db).await;
            let sent = statements(&scene.app, &checker, &path).await;
            assert!((1..=4).contains(&sent), "{path} with {files} files: {sent} statements");
        }
    }
}

/// Hashed with the salt of all personal access tokens, by Django.
const TOKEN: &str = "deadbeef-2026-01-01";
const HASH: &str =
    "argon2$argon2id$v=19$m=102400,t=2,p=8$dXNlcl9wYXQ$rhMG25W3MrD4o86MdRDKE8rSB6BeFboHSpyqhBHlfHA";

#[tokio::test]
async fn a_bot_reads_with_its_token_what_it_may_see() {
    let scene = Released::set_up().await;
    let release = scene.release(5).await;
    scene.promised(&release, "a.csv").await;
    let db = &scene.app.db;
    let bot = a::user("bot").role("ProjectCollaborator").insert(db).await;
    a::user("tokenless").role("ProjectCollaborator").insert(db).await;
    db.execute(
        "UPDATE jobserver_user SET pat_token = $2, pat_expires_at = date_trunc('day', now()) WHERE id = $1",
        &[&bot, &HASH],
    )
    .await;
    let path = format!("/api/v2/releases/release/{release}");
    let checker = scene.app.browser_of(scene.checker).await;
    // A session counts for nothing beside a header.
    let ask = async |credentials: &str| {
        checker.send(checker.request(Method::GET, &path).header("authorization", credentials)).await
    };
    let good = format!("bot:{TOKEN}");
    assert_eq!(names(&ask(&good).await.expect(200)), ["a.csv"], "through the whole day of its expiry");
    let denied = "You do not have permission to perform this action.";
    for (credentials, detail) in [
        ("nobody:x", "Invalid user"),
        ("0123456789abcdef", "Invalid user"),
        ("bot", denied),
        ("bot:", denied),
        ("bot:wrong", denied),
        ("tokenless:wrong", denied),
    ] {
        let page = ask(credentials).await.expect(403);
        assert_eq!(page.json()["detail"], detail, "{credentials}");
    }
    db.execute("UPDATE jobserver_user SET roles = '{}' WHERE id = $1", &[&bot]).await;
    let page = ask(&good).await.expect(403);
    assert_eq!(page.json()["detail"], "Invalid user or token for workspace asthma-main");
    db.execute("UPDATE jobserver_user SET pat_expires_at = now() - '1 day'::interval WHERE id = $1", &[&bot])
        .await;
    assert_eq!(ask(&good).await.expect(403).json()["detail"], denied);
    assert!(!scene.app.log().contains(TOKEN));
}
