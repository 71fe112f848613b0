//! Downloads of several files as a zip.

use std::{collections::BTreeMap, io::Read};

use reqwest::{Method, Response};

use crate::harness::{Browser, a, released::Released};

const RELEASES: &str = "/asthma/asthma-main/releases/";
const OUTPUTS: &str = "/asthma/asthma-main/outputs/";

async fn fetch(browser: &Browser, path: &str) -> Response {
    let response = browser.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{path}");
    response
}

/// Entries by name.
async fn unpacked(browser: &Browser, path: &str) -> BTreeMap<String, String> {
    let bytes = fetch(browser, path).await.bytes().await.expect("a whole zip");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        assert_eq!(entry.unix_mode().map(|mode| mode & 0o777), Some(0o644));
        let name = entry.name().expect("a readable name").into_owned();
        let mut content = String::new();
        entry.read_to_string(&mut content).expect("text");
        assert_eq!(entries.insert(name, content), None, "a name twice");
    }
    entries
}

#[tokio::test]
async fn a_release_is_downloaded_with_notes_for_what_is_not_there() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    scene.uploaded(&release, "output/ü 1.csv", "a,ü\n".as_bytes()).await;
    scene.uploaded(&release, "output/empty.txt", b"").await;
    scene.uploaded(&release, "../../escape.txt", b"tricks").await;
    scene.promised(&release, "output/late.csv").await;
    scene.deleted(&release, "output/bad #1.html").await;
    scene.uploaded(&release, "output/lost.csv", b"lost").await;
    std::fs::remove_file(scene.stored(&release, "output/lost.csv")).unwrap();

    let browser = scene.study.browser(&scene.app).await;
    let path = format!("{RELEASES}{release}/download/");
    let entries = unpacked(&browser, &path).await;
    let names: Vec<&str> = entries.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "escape.txt",
            "output/bad #1.html",
            "output/empty.txt",
            "output/late.csv",
            "output/lost.csv",
            "output/ü 1.csv"
        ]
    );
    assert_eq!((entries["output/ü 1.csv"].as_str(), entries["output/empty.txt"].as_str()), ("a,ü\n", ""));
    let lines: Vec<&str> = entries["output/bad #1.html"].lines().collect();
    assert_eq!(
        lines,
        [
            "This file was redacted by Charlie <b>Checker</b> on 02 May 2024 12:30:00 UTC.",
            "",
            &format!("{}{RELEASES}{release}/output/bad%20%231.html", scene.app.url)
        ]
    );
    assert!(entries["output/late.csv"].contains("not yet uploaded"));
    assert!(entries["output/lost.csv"].contains("cannot be found"));
}

#[tokio::test]
async fn a_zip_is_sent_as_it_is_made() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    scene.uploaded(&release, "a.csv", b"a").await;
    let browser = scene.study.browser(&scene.app).await;
    let path = format!("{RELEASES}{release}/download/");
    let request = browser.request(Method::GET, &path).header("accept-encoding", "gzip");
    let response = request.send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("application/zip"));
    let expected = format!("attachment; filename=\"release-{release}.zip\"");
    assert_eq!(header("content-disposition"), Some(expected));
    assert_eq!(header("content-length"), None);
    assert_ne!(header("content-encoding").as_deref(), Some("gzip"), "it is compressed already");
    assert!(header("content-security-policy").is_some());
    assert!(response.bytes().await.unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn files_of_several_backends_lie_in_folders_of_their_own() {
    let scene = Released::set_up().await;
    let emis = a::backend(&scene.app.db, "emis").await;
    let (old, here, there) =
        (scene.release(3).await, scene.release(2).await, scene.release_from(emis, 1).await);
    scene.uploaded(&old, "a.csv", b"old").await;
    let a_here = scene.uploaded(&here, "a.csv", b"here").await;
    let a_there = scene.uploaded(&there, "a.csv", b"there").await;
    let browser = scene.study.browser(&scene.app).await;
    let expected = BTreeMap::from([
        ("emis/a.csv".to_owned(), "there".to_owned()),
        ("test/a.csv".to_owned(), "here".to_owned()),
    ]);
    let latest = format!("{OUTPUTS}latest/download/");
    assert_eq!(unpacked(&browser, &latest).await, expected);
    let disposition = fetch(&browser, &latest).await.headers()["content-disposition"].clone();
    assert_eq!(disposition, "attachment; filename=\"workspace-asthma-main.zip\"");

    let snapshot = scene.snapshot(&[&a_here, &a_there]).await;
    scene.request(snapshot, Some("approved")).await;
    let path = format!("{OUTPUTS}{snapshot}/download/");
    assert_eq!(unpacked(&scene.app.browser(), &path).await, expected);
    let disposition = fetch(&scene.app.browser(), &path).await.headers()["content-disposition"].clone();
    assert_eq!(disposition, format!("attachment; filename=\"release-{snapshot}.zip\"").as_str());

    let empty = scene.snapshot(&[]).await;
    scene.request(empty, Some("approved")).await;
    scene.app.get(&format!("{OUTPUTS}{empty}/")).await.expect(200);
    scene.app.get(&format!("{OUTPUTS}{empty}/download/")).await.expect(404);
}

#[tokio::test]
async fn large_downloads_arrive_whole_and_may_be_broken_off() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    let mut content = Vec::new();
    let mut state: u32 = 7;
    while content.len() < 6_000_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        content.extend_from_slice(&state.to_le_bytes());
    }
    for number in 0..4 {
        scene.uploaded(&release, &format!("output/{number}.bin"), &content).await;
    }
    let browser = scene.study.browser(&scene.app).await;
    let path = format!("{RELEASES}{release}/download/");
    // More readers leave early than there are places: each gives its place back.
    for _ in 0..40 {
        let mut response = fetch(&browser, &path).await;
        assert!(response.chunk().await.unwrap().is_some());
    }
    let bytes = fetch(&browser, &path).await.bytes().await.expect("a whole zip");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), 4);
    let mut last = Vec::new();
    archive.by_name("output/3.bin").unwrap().read_to_end(&mut last).unwrap();
    assert!(last == content, "the content differs");
}
