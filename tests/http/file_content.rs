//! Handing out the bytes of released files: to whom, with which headers, whole and in part, and as what.

use devkit::{scratch::Folder, standins::s3};
use reqwest::Method;

use crate::harness::{Browser, Checking, Page, checking::content, released::Released};

fn api(file: &str) -> String {
    format!("/api/v2/releases/file/{file}")
}

fn published(file: &str) -> String {
    format!("/asthma/asthma-main/published/{file}/")
}

async fn get_with(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Page {
    let request = browser.request(Method::GET, path);
    browser.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

/// A file that anybody may read.
async fn public_file(released: &Released, name: &str, bytes: &[u8]) -> String {
    let release = released.release(10).await;
    let file = released.uploaded(&release, name, bytes).await;
    let snapshot = released.snapshot(&[&file]).await;
    released.request(snapshot, Some("approved")).await;
    file
}

#[tokio::test]
async fn those_who_may_see_a_projects_files_get_their_bytes() {
    let released = Released::set_up().await;
    let release = released.release(10).await;
    let file = released.uploaded(&release, "output/age.csv", b"a,b\n1,2\n").await;
    for somebody in released.everybody().await {
        let page = somebody.browser.get(&api(&file)).await;
        if somebody.may_view {
            assert_eq!(page.expect(200).body, "a,b\n1,2\n", "{}", somebody.who);
        } else {
            assert!(page.expect(403).json()["detail"].is_string(), "{}", somebody.who);
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_missing_for_everybody() {
    let released = Released::set_up().await;
    let release = released.release(10).await;
    let deleted = released.deleted(&release, "deleted.csv").await;
    let lost = released.uploaded(&release, "lost.csv", b"1").await;
    std::fs::remove_file(released.stored(&release, "lost.csv")).unwrap();
    let viewer = released.member(&["ProjectDeveloper"]).await;
    for (browser, file) in [
        (&released.app.browser(), "01NONE"),
        (&released.app.browser(), deleted.as_str()),
        (&viewer, deleted.as_str()),
        (&viewer, lost.as_str()),
    ] {
        let page = browser.get(&api(file)).await.expect(404);
        assert_eq!(page.json()["detail"], "No ReleaseFile matches the given query.");
    }
}

#[tokio::test]
async fn a_promised_file_says_so_in_the_words_of_the_viewer() {
    let released = Released::set_up().await;
    let release = released.release(10).await;
    let promised = released.promised(&release, "later.csv").await;
    let snapshot = released.snapshot(&[&promised]).await;
    released.request(snapshot, Some("approved")).await;
    let viewer = released.member(&["ProjectDeveloper"]).await;
    for page in [viewer.get(&api(&promised)).await, released.app.get(&published(&promised)).await] {
        let page = page.expect(200);
        assert_eq!(
            (page.header("content-type"), page.body.as_str()),
            (Some("application/json"), "\"File not yet uploaded\"")
        );
    }
}

#[tokio::test]
async fn headers_say_what_a_file_is_and_how_long_it_may_be_kept() {
    let released = Released::set_up().await;
    let release = released.release(10).await;
    let viewer = released.member(&["ProjectDeveloper"]).await;
    let table = "text/csv; charset=utf-8";
    for (name, content_type, disposition) in [
        ("output/age.csv", table, "inline; filename=\"age.csv\""),
        ("output/größe.csv", table, "inline; filename*=UTF-8''gr%C3%B6%C3%9Fe.csv"),
        ("output/run.log", "application/octet-stream", "inline; filename=\"run.log\""),
        ("output/plot.png", "image/png", "inline; filename=\"plot.png\""),
    ] {
        let file = released.uploaded(&release, name, b"12345").await;
        let page = viewer.get(&api(&file)).await.expect(200);
        assert_eq!(page.header("content-type"), Some(content_type), "{name}");
        assert_eq!(page.header("content-disposition"), Some(disposition), "{name}");
        assert_eq!(page.header("content-length"), Some("5"), "{name}");
        assert_eq!(page.header("cache-control"), Some("private, no-cache"));
        assert_eq!(page.header("content-security-policy"), None, "{name}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        let modified = "SELECT to_char(created_at AT TIME ZONE 'UTC', 'Dy, DD Mon YYYY HH24:MI:SS \"GMT\"')
                        FROM jobserver_releasefile WHERE id = $1";
        let modified: String = released.app.db.value(modified, &[&file]).await;
        assert_eq!(page.header("last-modified"), Some(modified.as_str()));
        assert!(page.header("etag").is_some_and(|tag| tag.starts_with('"')), "{:?}", page.header("etag"));
    }
    let file = public_file(&released, "output/public.csv", b"12345").await;
    let page = released.app.get(&published(&file)).await.expect(200);
    assert_eq!(page.header("cache-control"), Some("public, max-age=60, must-revalidate"));
}

#[tokio::test]
async fn what_a_browser_would_run_has_an_origin_of_its_own() {
    let released = Released::set_up().await;
    let viewer = released.member(&["ProjectDeveloper"]).await;
    for (name, is_document) in [("report.html", true), ("REPORT.HTM", true), ("plot.svg", false)] {
        let file = public_file(&released, name, b"<script>alert(1)</script>").await;
        for page in [viewer.get(&api(&file)).await, released.app.get(&published(&file)).await] {
            let page = page.expect(200);
            let policy = page.header("content-security-policy").unwrap_or_default().to_owned();
            assert!(policy.starts_with("sandbox"), "{name}: {policy}");
            assert!(
                policy.contains("default-src 'none'") && !policy.contains("allow-same-origin"),
                "{policy}"
            );
            assert_eq!(policy.contains("allow-scripts"), is_document, "{name}: {policy}");
        }
    }
}

#[tokio::test]
async fn a_part_of_a_file_can_be_had_and_what_is_known_is_not_sent_again() {
    let released = Released::set_up().await;
    let file = public_file(&released, "output/age.csv", b"0123456789").await;
    let (anybody, path) = (released.app.browser(), published(&file));
    let page = get_with(&anybody, &path, &[("range", "bytes=3-5")]).await.expect(206);
    assert_eq!((page.body.as_str(), page.header("content-range")), ("345", Some("bytes 3-5/10")));
    let page = get_with(&anybody, &path, &[("range", "bytes=-2")]).await.expect(206);
    assert_eq!(page.body, "89");
    let page = get_with(&anybody, &path, &[("range", "bytes=10-")]).await.expect(416);
    assert_eq!(page.header("content-range"), Some("bytes */10"));
    let page = anybody.get(&path).await.expect(200);
    assert_eq!(page.header("accept-ranges"), Some("bytes"));
    let tag = page.header("etag").unwrap().to_owned();
    let page = get_with(&anybody, &path, &[("if-none-match", &tag)]).await.expect(304);
    assert_eq!((page.body.as_str(), page.header("etag")), ("", Some(tag.as_str())));
    get_with(&anybody, &path, &[("if-none-match", "\"other\"")]).await.expect(200);
    let head = anybody.send(anybody.request(Method::HEAD, &path)).await.expect(200);
    assert_eq!((head.header("content-length"), head.body.as_str()), (Some("10"), ""));
}

#[tokio::test]
async fn the_public_reads_what_is_published_and_nothing_else() {
    let released = Released::set_up().await;
    let release = released.release(10).await;
    let file = released.uploaded(&release, "output/age.csv", b"public").await;
    let path = published(&file);
    let anybody = released.app.browser();
    anybody.get(&path).await.expect(404);
    let snapshot = released.snapshot(&[&file]).await;
    anybody.get(&path).await.expect(404);
    released.request(snapshot, None).await;
    anybody.get(&path).await.expect(404);
    released.request(snapshot, Some("approved")).await;
    assert_eq!(anybody.get(&path).await.expect(200).body, "public");
    anybody.get(&format!("/asthma/elsewhere/published/{file}/")).await.expect(404);
    anybody.get(&format!("/other/asthma-main/published/{file}/")).await.expect(404);
    released.request(snapshot, Some("rejected")).await;
    anybody.get(&path).await.expect(404);
    let second = released.snapshot(&[&file]).await;
    released.request(second, Some("approved")).await;
    anybody.get(&path).await.expect(200);
    let delete = "UPDATE jobserver_releasefile SET deleted_at = now(), deleted_by_id = $1";
    released.app.db.execute(delete, &[&released.checker]).await;
    anybody.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_proxy_sends_the_bytes_only_where_the_operator_says_so() {
    let plain = Checking::set_up().await;
    let proxied = Checking::with(|setup| setup.env("RELEASES_REDIRECT", "/protected/releases")).await;
    for (checking, is_proxied) in [(&plain, false), (&proxied, true)] {
        let release = checking.release(&[("größe 1.csv", b"1"), ("report.html", b"<p>")]).await;
        checking.upload(&release, "größe 1.csv", b"1").await.expect(201);
        let page = checking.upload(&release, "report.html", b"<p>").await.expect(201);
        let report = page.header("file-id").unwrap().to_owned();
        let file = "SELECT id FROM jobserver_releasefile WHERE name <> 'report.html'";
        let file: String = checking.app.db.value(file, &[]).await;
        let cleo = checking.app.browser_of(checking.cleo).await;
        let page = get_with(&cleo, &api(&file), &[("releases-redirect", "/etc")]).await.expect(200);
        let place = format!("/protected/releases/asthma-main/releases/{release}/gr%C3%B6%C3%9Fe%201.csv");
        let expected = if is_proxied { (Some(place.as_str()), "") } else { (None, "1") };
        assert_eq!((page.header("x-accel-redirect"), page.body.as_str()), expected);
        let page = cleo.get(&api(&report)).await.expect(200);
        assert_eq!(page.header("x-accel-redirect"), None, "a proxy would drop the policy of a page");
        assert_eq!(page.body, "<p>");
    }
}

#[tokio::test]
async fn files_can_lie_in_a_bucket() {
    let folder = Folder::new().unwrap();
    let store = s3::start(("127.0.0.1", 0), folder.path()).unwrap();
    let environment = store.environment();
    let checking =
        Checking::with(|setup| environment.iter().fold(setup, |setup, (name, value)| setup.env(name, value)))
            .await;
    let (large, small) = (content(1, 6_000_000), content(2, 1_000));
    let files: [(&str, &[u8]); 3] = [("large.bin", &large), ("output/größe.csv", &small), ("empty.csv", b"")];
    let release = checking.release(&files).await;
    checking.upload(&release, "large.bin", &small).await.expect(400);
    for (name, bytes) in files {
        let page = checking.upload(&release, name, bytes).await.expect(201);
        let key = format!("asthma-main/releases/{release}/{name}");
        assert!(store.object(&key).as_deref() == Some(bytes), "{name}");
        let cleo = checking.app.browser_of(checking.cleo).await;
        let path = api(page.header("file-id").unwrap());
        let length = bytes.len().to_string();
        assert_eq!(cleo.get(&path).await.expect(200).header("content-length"), Some(length.as_str()));
    }
    assert_eq!(checking.files(), 0, "nothing is written here");
}
