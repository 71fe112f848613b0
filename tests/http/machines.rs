//! What other programs ask: is it well, how is it doing, its files.

use std::time::Duration;

use devkit::scratch::Folder;
use reqwest::Method;

use crate::harness::{Page, TestApp, a, eventually};

#[tokio::test]
async fn a_well_server_says_so_under_both_spellings() {
    let app = TestApp::start().await;
    for path in ["/health-check/", "/health-check"] {
        let page = app.get(path).await.expect(200);
        assert_eq!(page.body, "");
        app.browser().send(app.browser().request(Method::HEAD, path)).await.expect(200);
    }
}

async fn health(app: &TestApp) -> Page {
    let browser = app.browser();
    browser.send(browser.request(Method::GET, "/health-check/").header("accept", "application/json")).await
}

#[tokio::test]
async fn the_details_of_its_health_name_the_actors_of_the_process() {
    for (arguments, works, rests) in [
        (
            vec!["serve"],
            vec!["LiveUpdates", "Notifications", "RapController"],
            vec!["RapStatus", "BackendStatus"],
        ),
        (vec!["rapstatus"], vec!["BackendStatus", "RapStatus"], vec!["Notifications"]),
        (vec![], vec!["BackendStatus", "LiveUpdates", "Notifications", "RapController", "RapStatus"], vec![]),
    ] {
        let app = TestApp::builder().command(&arguments).start().await;
        let details = health(&app).await.expect(200).json();
        assert_eq!((&details["healthy"], &details["database"]), (&true.into(), &true.into()));
        let actors = details["actors"].as_array().unwrap();
        let names: Vec<&str> = actors.iter().filter_map(|actor| actor["name"].as_str()).collect();
        for name in works {
            assert!(names.contains(&name), "{arguments:?} lacks {name}: {names:?}");
        }
        for name in rests {
            assert!(!names.contains(&name), "{arguments:?} runs {name}");
        }
    }
}

#[tokio::test]
async fn a_process_that_only_polls_has_no_pages() {
    let app = TestApp::builder().command(&["rapstatus"]).start().await;
    app.get("/metrics").await.expect(200);
    app.get("/").await.expect(404);
    app.get("/event-log/").await.expect(404);
}

#[tokio::test]
async fn the_numbers_are_in_prometheus_text() {
    let app = TestApp::start().await;
    app.get("/event-log/").await.expect(200);
    app.get("/nowhere/").await.expect(404);
    let page = app.get("/metrics").await.expect(200);
    assert!(page.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    page.contains("http_requests_total{route=\"/event-log/\",status=\"200\"} 1");
    for name in [
        "http_request_seconds_bucket",
        "database_connections{state=\"open\"}",
        "outbox_messages{state=\"dead\"} 0",
    ] {
        page.contains(name);
    }
    page.contains("actor{").contains("live_watchers 0");
    page.lacks("route=\"/nowhere/\"");
}

#[tokio::test]
async fn the_numbers_are_for_this_machine_only_unless_a_token_is_set() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let through_proxy = browser.request(Method::GET, "/metrics").header("x-forwarded-for", "203.0.113.7");
    browser.send(through_proxy).await.expect(404);

    let app = TestApp::builder().env("METRICS_TOKEN", "count-me").start().await;
    let browser = app.browser();
    browser.get("/metrics").await.expect(404);
    for (header, status) in
        [("Bearer count-me", 200), ("Bearer count-you", 404), ("count-me", 404), ("", 404)]
    {
        let request = browser.request(Method::GET, "/metrics").header("authorization", header);
        assert_eq!(browser.send(request).await.status, status, "{header:?}");
    }
}

#[tokio::test]
async fn static_files_are_compressed_and_remembered() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let home = browser.get("/").await;
    let script = home.attributes("script", "src").into_iter().next().expect("a script");
    let plain = browser.get(&script).await.expect(200);
    assert!(plain.header("content-type").unwrap().contains("javascript"));
    assert_eq!(plain.header("cache-control"), Some("max-age=315360000, public, immutable"));
    assert_eq!(plain.header("access-control-allow-origin"), Some("*"));
    let etag = plain.header("etag").unwrap().to_owned();

    let request = browser.request(Method::GET, &script).header("if-none-match", &etag);
    let known = browser.send(request).await.expect(304);
    assert_eq!(known.body, "");
    let request = browser.request(Method::HEAD, &script).header("accept-encoding", "br, gzip");
    let packed = browser.send(request).await.expect(200);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));

    let icon = browser.get("/static/icon.svg").await.expect(200);
    assert_eq!(icon.header("cache-control"), Some("max-age=60, public"));
    assert_eq!(icon.header("content-type"), Some("image/svg+xml"));
}

#[tokio::test]
async fn every_file_that_pages_name_is_there() {
    let app = TestApp::start().await;
    let home = app.get("/").await;
    let mut named = home.attributes("link", "href");
    named.extend(home.attributes("img", "src"));
    named.extend(home.attributes("script", "src"));
    let fixed = [
        "favicon.ico",
        "icon.svg",
        "apple-touch-icon.png",
        "icon-192.png",
        "icon-512.png",
        "manifest.webmanifest",
        "robots.txt",
    ];
    named.extend(fixed.iter().map(|file| format!("/static/{file}")));
    assert!(named.len() > fixed.len() + 2, "{named:?}");
    for address in named {
        app.get(&address).await.expect(200);
    }
    app.get("/static/robots.txt").await.contains("Disallow: /event-log/");
}

#[tokio::test]
async fn hidden_files_and_other_folders_are_not_served() {
    let app = TestApp::start().await;
    for path in [
        "/static/dist/.vite/manifest.json",
        "/static/",
        "/static",
        "/static/dist/",
        "/static/..%2fsrc/main.rs",
        "/static/dist/..%2f..%2fsrc%2fmain.rs",
    ] {
        let page = app.get(path).await;
        assert_ne!(page.status, 200, "{path}");
    }
}

#[tokio::test]
async fn uploaded_logos_are_served_and_nothing_else_is() {
    let folder = Folder::new().unwrap();
    let logos = folder.path().join("org_logos");
    std::fs::create_dir(&logos).unwrap();
    std::fs::write(logos.join("logo.png"), b"\x89PNG").unwrap();
    std::fs::write(logos.join("page.html"), b"<script>alert(1)</script>").unwrap();
    let app = TestApp::builder().env("MEDIA_STORAGE", &folder.path().to_string_lossy()).start().await;
    let logo = app.get("/uploads/org_logos/logo.png").await.expect(200);
    assert_eq!(logo.header("content-type"), Some("image/png"));
    app.get("/uploads/org_logos/none.png").await.expect(404);
    app.get("/uploads/").await.expect(404);
    app.get("/uploads/org_logos/").await.expect(404);
    app.get("/uploads/..%2F..%2Fetc%2Fpasswd").await.expect(404);
    app.get("/uploads/org_logos/page.html").await.expect(404);
}

#[tokio::test]
async fn it_stops_when_asked_and_says_nothing_bad() {
    let mut app = TestApp::builder().polling().start().await;
    app.get("/").await.expect(200);
    eventually("it has polled", Duration::from_secs(10), async || app.rap.control.count("rap/status/") > 0)
        .await;
    app.stop();
    let log = app.log();
    assert!(!log.contains("ERROR") && !log.contains("panic"), "{log}");
}

#[tokio::test]
async fn requests_are_logged_with_their_visitor_and_without_secrets() {
    let app = TestApp::builder().env("LOG_FORMAT", "json").start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    browser.get("/event-log/?q=private").await.expect(200);
    let line = app.logged(&["request_finished", "/event-log/"]).await;
    let line: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
    assert_eq!((line["code"].as_u64(), line["method"].as_str()), (Some(200), Some("GET")));
    assert_eq!(line["user_id"].as_str(), Some(ada.to_string().as_str()));
    for secret in [
        "test-secret-key",
        "client-secret",
        "slack-token",
        "github-token",
        &browser.cookie("sessionid").unwrap(),
    ] {
        assert!(!app.log().contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_log_names_the_browsers_address() {
    let app = TestApp::builder()
        .env("TRUSTED_PROXIES", "127.0.0., 10.1.0.0/16")
        .env("LOG_FORMAT", "json")
        .start()
        .await;
    let browser = app.browser();
    for (forwarded, logged) in [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("1.2.3.4, 203.0.113.7", "203.0.113.7"),
        ("10.1.2.3", "10.1.2.3"),
        (" ,, ", "127.0.0.1"),
    ] {
        let request = browser.request(Method::GET, "/event-log/").header("x-forwarded-for", forwarded);
        let id = browser.send(request).await.expect(200).header("x-request-id").unwrap().to_owned();
        let line: serde_json::Value = serde_json::from_str(&app.logged(&[&id]).await).unwrap();
        assert_eq!(line["ip"].as_str(), Some(logged), "X-Forwarded-For: {forwarded}");
    }
}
