//! Making releases through the API, as Airlock does, and reviewing them: exact bodies, headers and order of checks.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{Page, Study, TestApp, a};

const ID: &str = "01JNG0V6ZQ8T4M2X9K5R7B3CDE";
const CREATE: &str = "/api/v2/releases/workspace/asthma-main";
const NO_CREDENTIALS: &str = r#"{"detail":"Authentication credentials were not provided."}"#;

struct Scene {
    app: TestApp,
    study: Study,
    checker: i32,
    /// Of the study's backend.
    token: String,
}

/// A checker who may release files from the study's backend.
async fn scene() -> Scene {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let checker = a::user("checker").role("OutputChecker").insert(&app.db).await;
    a::backend_member(&app.db, study.backend, checker).await;
    let token = app.db.backend_token("test").await;
    Scene { app, study, checker, token }
}

impl Scene {
    fn asking(&self, path: &str) -> RequestBuilder {
        let request = self.app.browser().request(Method::POST, path);
        request.header("authorization", &self.token).header("os-user", "checker")
    }

    async fn create(&self, body: &Value) -> Page {
        self.app.browser().send(self.asking(CREATE).json(body)).await
    }

    async fn count(&self) -> (i64, i64) {
        (self.app.db.count("jobserver_release").await, self.app.db.count("jobserver_releasefile").await)
    }
}

fn file(name: &str, sha256: &str) -> Value {
    json!({
        "name": name, "url": name, "size": 2048, "sha256": sha256, "date": "2026-03-04T09:30:00.123456+00:00",
        "metadata": {"tool": "airlock", "airlock_id": ID}, "review": null,
    })
}

fn body(id: Option<&str>, files: &[Value]) -> Value {
    let mut metadata = json!({"tool": "airlock"});
    if let Some(id) = id {
        metadata["airlock_id"] = json!(id);
    }
    json!({"files": files, "metadata": metadata, "review": null})
}

#[tokio::test]
async fn a_release_is_made_with_its_files() {
    let scene = scene().await;
    let page = scene.create(&body(Some(ID), &[file("output/b.csv", "bb"), file("output/ü.csv", "aa")])).await;
    let page = page.expect(201);
    assert_eq!(page.header("release-id"), Some(ID));
    let url = format!("{}/asthma/asthma-main/releases/{ID}/", scene.app.url);
    assert_eq!(page.body, format!(r#"{{"release_id":"{ID}","release_url":"{url}"}}"#));
    assert_eq!(page.header("content-type"), Some("application/json"));
    assert_eq!(page.header("vary"), Some("Accept, Cookie"));
    assert_eq!(page.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
    assert!(page.header("content-security-policy").is_none());

    let rows = scene
        .app
        .db
        .rows("SELECT requested_files, metadata, review, status, created_by_id FROM jobserver_release", &[])
        .await;
    let (requested, metadata): (Value, Value) = (rows[0].get(0), rows[0].get(1));
    assert_eq!(requested[0]["date"], "2026-03-04T09:30:00.123Z");
    assert_eq!(metadata, json!({"tool": "airlock"}), "without the id");
    assert_eq!(rows[0].get::<_, Option<Value>>(2), None);
    assert_eq!(rows[0].get::<_, String>(3), "REQUESTED");
    assert_eq!(rows[0].get::<_, i32>(4), scene.checker);
    let files = scene
        .app
        .db
        .rows(
            "SELECT name, filehash, path, size, uploaded_at IS NULL, mtime::text, metadata
             FROM jobserver_releasefile ORDER BY filehash",
            &[],
        )
        .await;
    assert_eq!(files.len(), 2);
    assert_eq!(files[0].get::<_, &str>(0), "output/ü.csv");
    assert_eq!((files[0].get::<_, &str>(1), files[0].get::<_, &str>(2)), ("aa", ""));
    assert_eq!((files[0].get::<_, i32>(3), files[0].get::<_, bool>(4)), (2048, true));
    assert!(files[0].get::<_, &str>(5).contains("09:30:00.123456"));
    assert_eq!(files[0].get::<_, Value>(6), json!({"tool": "airlock", "airlock_id": ID}));
}

#[tokio::test]
async fn asking_again_makes_nothing_new_also_for_somebody_else() {
    let scene = scene().await;
    let files = [file("output/a.csv", "aa"), file("output/b.csv", "bb")];
    scene.create(&body(Some(ID), &files)).await.expect(201);
    let other = a::user("other").role("OutputChecker").insert(&scene.app.db).await;
    a::backend_member(&scene.app.db, scene.study.backend, other).await;
    let mut reordered = body(Some(ID), &[files[1].clone(), files[0].clone()]);
    reordered["files"][0]["date"] = json!("2027-01-01T00:00:00Z");
    let request = scene.app.browser().request(Method::POST, CREATE).header("authorization", &scene.token);
    let page =
        scene.app.browser().send(request.header("os-user", " other ").json(&reordered)).await.expect(201);
    assert_eq!(page.header("release-id"), Some(ID));
    assert_eq!(scene.count().await, (1, 2));
    let by: i32 = scene.app.db.value("SELECT created_by_id FROM jobserver_release", &[]).await;
    assert_eq!(by, scene.checker);
}

#[tokio::test]
async fn an_id_stands_for_one_list_of_files_in_one_place() {
    let scene = scene().await;
    scene.create(&body(Some(ID), &[file("output/a.csv", "aa")])).await.expect(201);
    for files in [
        vec![file("output/a.csv", "ab")],
        vec![file("output/renamed.csv", "aa")],
        vec![file("output/a.csv", "aa"), file("output/b.csv", "bb")],
        vec![],
    ] {
        let page = scene.create(&body(Some(ID), &files)).await.expect(400);
        assert_eq!(page.json()["detail"], format!("Release {ID} exists already, with other files"));
    }
    let repo = a::repo(&scene.app.db, "asthma").await;
    a::workspace(&scene.app.db, "second", scene.study.project, repo, scene.study.ada).await;
    let request = scene.asking("/api/v2/releases/workspace/second");
    let page = scene.app.browser().send(request.json(&body(Some(ID), &[file("output/a.csv", "aa")]))).await;
    let detail = format!("Release {ID} belongs to another workspace or backend");
    assert_eq!(page.expect(400).json()["detail"], detail);
    assert_eq!(scene.count().await, (1, 1));
}

#[tokio::test]
async fn two_who_ask_at_once_get_one_release() {
    let scene = scene().await;
    let body = body(Some(ID), &[file("output/a.csv", "aa"), file("output/b.csv", "bb")]);
    let (one, two, three) = tokio::join!(scene.create(&body), scene.create(&body), scene.create(&body));
    for page in [one, two, three] {
        page.expect(201);
    }
    assert_eq!(scene.count().await, (1, 2));
}

#[tokio::test]
async fn without_an_id_each_release_is_new() {
    let scene = scene().await;
    let files = [file("output/a.csv", "aa")];
    let first = scene.create(&body(None, &files)).await.expect(201);
    let mut with_null = body(None, &files);
    with_null["metadata"]["airlock_id"] = Value::Null;
    let second = scene.create(&with_null).await.expect(201);
    let ids = [first.header("release-id").unwrap(), second.header("release-id").unwrap()];
    assert_ne!(ids[0], ids[1]);
    assert!(ids.iter().all(|id| domain::ulid::is_one(id)), "{ids:?}");
    scene.create(&body(None, &[])).await.expect(201);
    assert_eq!(scene.count().await, (3, 2));
}

#[tokio::test]
async fn ids_and_names_that_would_do_harm_are_refused() {
    let scene = scene().await;
    for id in ["", "short", "01jng0v6zq8t4m2x9k5r7b3cde", "../../../../../../etc/passw", &format!("{ID}X")] {
        let page = scene.create(&body(Some(id), &[file("output/a.csv", "aa")])).await.expect(400);
        assert!(page.json()["detail"].is_string(), "{id}: {}", page.body);
    }
    let mut number = body(None, &[]);
    number["metadata"]["airlock_id"] = json!(7);
    scene.create(&number).await.expect(400);
    for name in ["../x", "/etc/passwd", "output/..", "output/", "output//x", "a\nb.csv", "..\\x", "a\u{0}b"] {
        let page = scene.create(&body(Some(ID), &[file(name, "aa")])).await;
        assert_eq!(page.status, 400, "{name:?}: {}", page.body);
    }
    let twice = scene.create(&body(Some(ID), &[file("a.csv", "aa"), file("a.csv", "bb")])).await.expect(400);
    assert_eq!(twice.json()["detail"], "The file 'a.csv' is named twice");
    let both = scene.create(&body(Some(ID), &[file("a/b/c.csv", "aa"), file("a/b", "bb")])).await.expect(400);
    assert_eq!(both.json()["detail"], "'a/b' cannot be both a file and the folder of another file");
    assert_eq!(scene.count().await, (0, 0));
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told_field_by_field() {
    let scene = scene().await;
    let mut large = file("output/file.csv", "aa");
    large["size"] = json!(100_000_000);
    for (sent, expected) in [
        (
            json!({"files": [file("a", "a"), large], "metadata": {}, "review": null}),
            r#"{"files":{"1":{"size":["File size should be <16Mb. output/file.csv is 95.37MbMb"]}}}"#,
        ),
        (json!([]), r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#),
        (
            json!({"files": {}, "metadata": null, "review": null}),
            r#"{"files":{"non_field_errors":["Expected a list of items but got type \"dict\"."]},"metadata":["This field may not be null."]}"#,
        ),
        (json!({"files": [], "metadata": {}}), r#"{"review":["This field is required."]}"#),
    ] {
        let page = scene.create(&sent).await.expect(400);
        assert_eq!(page.body, expected);
    }
}

#[tokio::test]
async fn who_may_not_release_learns_only_that() {
    let scene = scene().await;
    let browser = scene.app.browser();
    let send = async |path: &str, token: Option<&str>, user: Option<&str>| {
        let mut request = browser.request(Method::POST, path);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        if let Some(user) = user {
            request = request.header("os-user", user);
        }
        browser.send(request.json(&body(None, &[]))).await
    };
    let token = Some(scene.token.as_str());
    let unknown = "/api/v2/releases/workspace/nothing";
    let page = send(unknown, None, None).await.expect(404);
    assert_eq!(page.body, r#"{"detail":"No Workspace matches the given query."}"#);
    for (token, detail) in [
        (None, "Authorization header is missing"),
        (Some(""), "Authorization header is empty"),
        (Some("wrong"), "Invalid token"),
        (Some(&*scene.token.to_uppercase()), "Invalid token"),
        (Some(&*format!("Bearer {}", scene.token)), "Invalid token"),
    ] {
        let page = send(CREATE, token, Some("checker")).await.expect(403);
        assert_eq!(page.body, format!(r#"{{"detail":"{detail}"}}"#));
        assert!(page.header("www-authenticate").is_none());
    }
    let db = &scene.app.db;
    let ada = scene.study.ada;
    a::user("stranger").role("OutputChecker").insert(db).await;
    let elsewhere = a::backend(db, "emis").await;
    a::backend_member(db, elsewhere, ada).await;
    for user in [None, Some(""), Some("nobody"), Some("CHECKER"), Some("stranger"), Some("ada")] {
        let page = send(CREATE, token, user).await.expect(403);
        assert_eq!(page.body, NO_CREDENTIALS, "{user:?}");
    }
    assert_eq!(scene.count().await, (0, 0));
}

#[tokio::test]
async fn two_backends_with_one_token_do_no_harm() {
    let scene = scene().await;
    a::backend(&scene.app.db, "emis").await;
    scene
        .app
        .db
        .execute("UPDATE jobserver_backend SET auth_token = $1, is_active = false", &[&scene.token])
        .await;
    scene.create(&body(Some(ID), &[])).await.expect(201);
    let backend: i32 = scene.app.db.value("SELECT backend_id FROM jobserver_release", &[]).await;
    assert_eq!(backend, scene.study.backend);
}

#[tokio::test]
async fn somebody_who_is_signed_in_must_show_where_the_request_comes_from() {
    let scene = scene().await;
    let browser = scene.app.browser_of(scene.checker).await;
    let send = async |cookie: Option<&str>, header: Option<&str>, origin: Option<&str>| {
        browser.forget_cookie("csrftoken");
        if let Some(cookie) = cookie {
            browser.set_cookie("csrftoken", cookie);
        }
        let mut request = browser.request(Method::POST, CREATE).header("os-user", "checker");
        if let Some(header) = header {
            request = request.header("x-csrftoken", header);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        browser.send(request.header("authorization", &scene.token).json(&body(None, &[]))).await
    };
    let (good, other) = ("a".repeat(32), "b".repeat(32));
    let header = "CSRF token from the 'X-Csrftoken' HTTP header";
    for (cookie, token, origin, reason) in [
        (None, None, None, "CSRF cookie not set."),
        (Some("short"), None, None, "CSRF cookie has incorrect length."),
        (Some(&*"-".repeat(32)), None, None, "CSRF cookie has invalid characters."),
        (Some(&*good), None, None, "CSRF token missing."),
        (Some(&*good), Some("short"), None, &*format!("{header} has incorrect length.")),
        (Some(&*good), Some(&*"-".repeat(32)), None, &*format!("{header} has invalid characters.")),
        (Some(&*good), Some(&*other), None, &*format!("{header} incorrect.")),
        (
            Some(&*good),
            Some(&*good),
            Some("https://evil.example"),
            "Origin checking failed - https://evil.example does not match any trusted origins.",
        ),
    ] {
        let page = send(cookie, token, origin).await.expect(403);
        assert_eq!(page.json(), json!({"detail": format!("CSRF Failed: {reason}")}));
    }
    send(Some(&good), Some(&good), None).await.expect(201);
}

#[tokio::test]
async fn bodies_of_other_kinds_are_refused_as_json() {
    let scene = scene().await;
    let send = async |kind: Option<&str>, body: Vec<u8>| {
        let mut request = scene.asking(CREATE).body(body);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        scene.app.browser().send(request).await
    };
    let page = send(Some("application/xml"), b"<a/>".to_vec()).await.expect(415);
    assert_eq!(page.body, r#"{"detail":"Unsupported media type \"application/xml\" in request."}"#);
    send(None, b"{}".to_vec()).await.expect(415);
    for broken in [&b"{"[..], b"\xff\xfe", b"{\"a\": NaN}", b"\"\\ud800\""] {
        let page = send(Some("application/json"), broken.to_vec()).await.expect(400);
        assert!(page.json()["detail"].as_str().unwrap().starts_with("JSON parse error - "), "{}", page.body);
    }
    let deep = "[".repeat(100_000);
    send(Some("application/json"), deep.into_bytes()).await.expect(400);
    let empty = send(Some("application/json"), Vec::new()).await.expect(400);
    assert_eq!(empty.json()["files"], json!(["This field is required."]));
    let large = send(Some("application/json"), vec![b' '; 2_621_441]).await.expect(413);
    assert!(large.json()["detail"].is_string());
}

#[tokio::test]
async fn conventions_hold_with_and_without_a_slash() {
    let scene = scene().await;
    let browser = scene.app.browser();
    for path in [CREATE.to_owned(), format!("{CREATE}/")] {
        let page = browser.send(browser.request(Method::PUT, &path)).await.expect(405);
        assert_eq!(page.body, r#"{"detail":"Method \"PUT\" not allowed."}"#);
        assert_eq!(page.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
        let page = browser.send(browser.request(Method::GET, &path).header("accept", "text/csv")).await;
        assert_eq!(page.expect(406).body, r#"{"detail":"Could not satisfy the request Accept header."}"#);
        let page = browser.send(browser.request(Method::GET, &path).header("accept", "text/html")).await;
        assert_eq!(page.expect(403).body, r#"{"detail":"Invalid user or token"}"#);
        let page = browser.send(browser.request(Method::HEAD, &path)).await.expect(403);
        assert_eq!(page.body, "");
        browser.send(browser.request(Method::OPTIONS, &path)).await.expect(204);
    }
    let status = "/api/v2/workspaces/asthma-main/status";
    let page = browser.get(status).await.expect(200);
    assert_eq!(page.body, r#"{"uses_new_release_flow":true}"#);
    assert_eq!(page.header("vary"), Some("Accept"));
    browser.get(&format!("{status}/")).await.expect(200);
    browser.get("/api/v2/workspaces/nothing/status").await.expect(404);
    for path in ["/api/v2/nothing", "/api/v2/releases/", "/api/v2/workspaces/asthma-main/snapshots/x"] {
        assert!(browser.get(path).await.expect(404).json()["detail"].is_string());
    }
}

#[tokio::test]
async fn a_review_is_recorded_by_checkers_only() {
    let scene = scene().await;
    scene.create(&body(Some(ID), &[file("a.csv", "aa"), file("b.csv", "bb")])).await.expect(201);
    let path = format!("/api/v2/releases/release/{ID}/reviews");
    let reviewed = |sha256: &str| {
        let mut file = file("a.csv", sha256);
        file["review"] = json!({"status": "APPROVED", "comments": {"why": "fine"}});
        file
    };
    let mut good = body(None, &[reviewed("aa")]);
    good["review"] = json!({"status": "APPROVED"});
    let ada = scene.app.browser_of(scene.study.ada).await;
    for browser in [scene.app.browser(), ada] {
        assert_eq!(browser.post_json(&path, &good).await.expect(403).body, NO_CREDENTIALS);
    }
    let checker = scene.app.browser_of(scene.checker).await;
    let mut unknown = reviewed("aa");
    unknown["name"] = json!("zz.csv");
    let page = checker.post_json(&path, &body(None, &[unknown, reviewed("ab")])).await.expect(400);
    assert_eq!(page.body, r#"["Unknown file zz.csv","Expected sha ab for file a.csv"]"#);
    let page = checker.post_json(&path, &body(None, &[file("a.csv", "aa")])).await.expect(400);
    assert_eq!(page.body, r#"{"files":{"0":{"review":["This field may not be null."]}}}"#);
    assert_eq!(scene.app.db.count("jobserver_releasefilereview").await, 0);

    assert_eq!(checker.post_json(&path, &good).await.expect(200).body, "");
    checker.post_json(&path, &good).await.expect(200);
    assert_eq!(scene.app.db.count("jobserver_releasefilereview").await, 2, "reviews add up");
    let review: Value = scene.app.db.value("SELECT review FROM jobserver_release", &[]).await;
    assert_eq!(review, json!({"status": "APPROVED"}));
    checker.post_json("/api/v2/releases/release/nothing/reviews", &good).await.expect(404);
}
