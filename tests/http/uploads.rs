//! Uploading the files of a release: what Airlock relies on, and that nothing is ever there half.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{
    Checking, a,
    checking::{address, content, sha256},
    eventually,
};

const A_WHILE: Duration = Duration::from_secs(20);
const MISMATCH: &str = "Contents of uploaded file does not match the file which a review was requested for";
const NO_NAME: &str =
    "Missing filename. Request should include a Content-Disposition header with a filename parameter.";

/// Sends bytes as they are, and reads what comes until the connection is closed.
async fn send_raw(checking: &Checking, head: &str, body: &[u8]) -> String {
    let host = checking.app.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!("{head}\r\nHost: {host}\r\nConnection: close\r\nOS-User: cleo\r\n");
    let head = format!("{head}Authorization: {}\r\n\r\n", checking.token().await);
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server may refuse, and close, before it has read everything.
    stream.write_all(body).await.ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok();
    String::from_utf8_lossy(&answer).into_owned()
}

fn chunked(release: &str, name: &str) -> String {
    format!(
        "POST {} HTTP/1.1\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nTransfer-Encoding: chunked",
        address(release)
    )
}

#[tokio::test]
async fn a_file_is_stored_as_it_was_sent() {
    let checking = Checking::set_up().await;
    let sent = content(1, 200_001);
    let release = checking.release(&[("output/tables/age.csv", &sent), ("output/other.csv", b"other")]).await;
    let page = checking.upload(&release, "output/tables/age.csv", &sent).await.expect(201);
    let file: String = checking
        .app
        .db
        .value("SELECT id FROM jobserver_releasefile WHERE name = 'output/tables/age.csv'", &[])
        .await;
    assert_eq!(page.header("file-id"), Some(file.as_str()));
    let location = format!("{}/api/v2/releases/file/{file}", checking.app.url);
    assert_eq!((page.header("location"), page.header("content-type")), (Some(location.as_str()), None));
    assert_eq!(page.body, "");
    assert_eq!(checking.stored(&release, "output/tables/age.csv"), Some(sent));
    assert_eq!((checking.unfinished(), checking.files()), (0, 1));
    let rows = checking
        .app
        .db
        .rows(
            "SELECT path, uploaded_at IS NOT NULL, mtime::text FROM jobserver_releasefile ORDER BY name DESC",
            &[],
        )
        .await;
    let path: &str = rows[0].get(0);
    assert_eq!(path, format!("asthma-main/releases/{release}/output/tables/age.csv"));
    assert_eq!((rows[0].get(1), rows[1].get(1)), (true, false));
    assert!(rows[0].get::<_, &str>(2).starts_with("2026-03-04 09:30:00"), "what was declared stays");
}

/// Release, token, person, `Content-Disposition` and bytes of an upload; status and detail of the answer.
type Refused<'a> = (&'a str, &'a str, &'a str, &'a str, Vec<u8>, u16, &'a str);

#[tokio::test]
async fn what_is_wrong_is_told_in_the_order_that_clients_know() {
    let checking = Checking::with(|setup| setup.env("RELEASE_FILE_SIZE_LIMIT", "1000")).await;
    let db = &checking.app.db;
    let release = checking.release(&[("a.csv", b"right"), ("b.csv", b"b")]).await;
    let elsewhere = a::backend(db, "emis").await;
    a::backend_member(db, elsewhere, checking.cleo).await;
    a::user("stranger").role("OutputChecker").insert(db).await;
    let researcher = a::user("researcher").insert(db).await;
    a::backend_member(db, checking.study.backend, researcher).await;
    checking.upload(&release, "b.csv", b"b").await.expect(201);

    let token = checking.token().await;
    let emis: String = db.value("SELECT auth_token FROM jobserver_backend WHERE slug = 'emis'", &[]).await;
    let (large, named) = (vec![0; 1001], "attachment; filename=\"a.csv\"");
    let credentials = "Authentication credentials were not provided.";
    let too_large = "File is too large, it must be below 0.0Mb";
    let zz = format!("File zz.csv not requested in release {release}");
    let already = "This version of 'b.csv' has already been uploaded from backend 'test'";
    let cases: Vec<Refused<'_>> = vec![
        ("01NONE", "", "", "", large.clone(), 404, "No Release matches the given query."),
        (&release, "", "cleo", named, large.clone(), 403, "Authorization header is empty"),
        (&release, "wrong", "cleo", named, large.clone(), 403, "Invalid token"),
        (&release, &token, "", named, large.clone(), 403, credentials),
        (&release, &token, "nobody", named, large.clone(), 403, credentials),
        (&release, &token, "stranger", named, large.clone(), 403, credentials),
        (&release, &token, "researcher", named, large.clone(), 403, credentials),
        (&release, &token, "cleo", "attachment", large.clone(), 400, too_large),
        (&release, &token, "cleo", "attachment", vec![1], 400, NO_NAME),
        (&release, &emis, "cleo", "attachment; filename=zz.csv", vec![1], 400, &zz),
        (
            &release,
            &emis,
            "cleo",
            "attachment; filename=b.csv",
            vec![1],
            400,
            "Release is from backend test not emis",
        ),
        (&release, &token, "cleo", "attachment; filename=b.csv", vec![1], 400, already),
        (&release, &token, "cleo", named, b"wrong".to_vec(), 400, MISMATCH),
        (&release, &token, "cleo", named, vec![], 400, MISMATCH),
        (&release, &token, "cleo", named, vec![7; 1000], 400, MISMATCH),
    ];
    for (release, token, user, disposition, body, status, detail) in cases {
        let browser = checking.app.browser();
        let request = browser
            .request(reqwest::Method::POST, &address(release))
            .header("authorization", token)
            .header("os-user", user)
            .header("content-disposition", disposition)
            .body(body);
        let page = browser.send(request).await.expect(status);
        assert_eq!(page.json()["detail"], detail, "{token} {user} {disposition}");
    }
    assert_eq!((checking.unfinished(), checking.files()), (0, 1), "nothing is left of what was refused");
    checking.upload(&release, "a.csv", b"right").await.expect(201);
}

#[tokio::test]
async fn names_arrive_in_every_spelling_that_clients_use() {
    let checking = Checking::set_up().await;
    let headers: [&[u8]; 6] = [
        b"attachment; filename=\"output/\xfc.csv\"",
        "attachment; filename=\"output/ü.csv\"".as_bytes(),
        b"attachment; filename*=UTF-8''output/%C3%BC.csv",
        b"inline; filename=output/\xfc.csv",
        b"attachment; filename=\"output/with \\\"quotes\\\".csv\"",
        b"attachment; filename=\"output/with \"quotes\".csv\"",
    ];
    for header in headers {
        let release = checking.release(&[("output/ü.csv", b"1"), ("output/with \"quotes\".csv", b"1")]).await;
        let request = checking.request(&release, header, b"1".to_vec()).await;
        checking.app.browser().send(request).await.expect(201);
    }
}

#[tokio::test]
async fn empty_and_chunked_files_are_taken() {
    let checking = Checking::set_up().await;
    let large = content(3, 70_000);
    let release = checking.release(&[("empty.csv", b""), ("zero.csv", b""), ("large.csv", &large)]).await;
    let answer = send_raw(&checking, &chunked(&release, "empty.csv"), b"0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    checking.upload(&release, "zero.csv", b"").await.expect(201);
    let mut body = Vec::new();
    for piece in large.chunks(30_000) {
        body.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        body.extend_from_slice(piece);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"0\r\n\r\n");
    let answer = send_raw(&checking, &chunked(&release, "large.csv"), &body).await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(checking.stored(&release, "empty.csv"), Some(Vec::new()));
    assert_eq!(checking.stored(&release, "zero.csv"), Some(Vec::new()));
    assert_eq!(checking.stored(&release, "large.csv"), Some(large));
}

#[tokio::test]
async fn the_limit_holds_also_for_a_length_that_was_not_declared() {
    let checking = Checking::with(|setup| setup.env("RELEASE_FILE_SIZE_LIMIT", "100000")).await;
    let right = content(5, 100_000);
    let release = checking.release(&[("a.bin", &right)]).await;
    let mut body = b"186a1\r\n".to_vec();
    body.extend_from_slice(&vec![0; 100_001]);
    body.extend_from_slice(b"\r\n0\r\n\r\n");
    let answer = send_raw(&checking, &chunked(&release, "a.bin"), &body).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("{\"detail\":\"File is too large, it must be below 0.1Mb\"}"), "{answer}");
    assert_eq!(checking.files(), 0);
    checking.upload(&release, "a.bin", &right).await.expect(201);
}

#[tokio::test]
async fn a_client_that_leaves_half_way_leaves_nothing() {
    let checking = Checking::set_up().await;
    let whole = content(7, 1 << 20);
    let release = checking.release(&[("a.bin", &whole)]).await;
    let host = checking.app.url.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {}\r\nOS-User: cleo\r\n\
         Content-Disposition: attachment; filename=\"a.bin\"\r\nContent-Length: {}\r\n\r\n",
        address(&release),
        checking.token().await,
        whole.len()
    );
    let mut stream = TcpStream::connect(&host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&whole[..500_000]).await.unwrap();
    eventually("bytes arrive", A_WHILE, async || checking.unfinished() == 1).await;
    drop(stream);
    eventually("they are discarded", A_WHILE, async || checking.files() == 0).await;
    assert!(!checking.is_uploaded(&release, "a.bin").await);
    checking.upload(&release, "a.bin", &whole).await.expect(201);
}

#[tokio::test]
async fn of_many_uploads_of_one_file_at_once_one_is_taken() {
    let checking = Checking::set_up().await;
    let (right, wrong) = (content(9, 300_000), content(10, 300_000));
    let release = checking.release(&[("a.bin", &right)]).await;
    let uploads = (0..12).map(|number| {
        let body = if number % 3 == 0 { &wrong } else { &right };
        checking.upload(&release, "a.bin", body)
    });
    let pages = join_all(uploads).await;
    assert_eq!(pages.iter().filter(|page| page.status == 201).count(), 1);
    for page in pages.iter().filter(|page| page.status != 201) {
        let detail = page.clone().expect(400).json()["detail"].as_str().unwrap().to_owned();
        assert!(detail == MISMATCH || detail.contains("has already been uploaded"), "{detail}");
    }
    assert_eq!(checking.stored(&release, "a.bin"), Some(right));
    assert_eq!(checking.files(), 1);
}

#[tokio::test]
async fn many_files_of_several_releases_arrive_at_once() {
    let checking = Checking::set_up().await;
    let files: Vec<(String, Vec<u8>)> =
        (0..64).map(|number| (format!("output/{number}.bin"), content(number, 400_000))).collect();
    let of = |offset: usize| -> Vec<(&str, &[u8])> {
        files.iter().skip(offset).step_by(4).map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
    };
    let mut releases = Vec::new();
    for offset in 0..4 {
        releases.push(checking.release(&of(offset)).await);
    }
    let uploads = files
        .iter()
        .enumerate()
        .map(|(number, (name, bytes))| checking.upload(&releases[number % 4], name, bytes));
    for page in join_all(uploads).await {
        page.expect(201);
    }
    for (number, (name, bytes)) in files.iter().enumerate() {
        assert!(checking.stored(&releases[number % 4], name).as_ref() == Some(bytes), "{name}");
    }
    assert_eq!((checking.unfinished(), checking.files()), (0, 64));
}

#[tokio::test]
async fn a_file_of_a_very_old_release_gets_its_row_with_its_bytes() {
    let checking = Checking::set_up().await;
    let release = checking.release_without_rows(&[("output/a.csv", b"promised")]).await;
    let page = checking.upload(&release, "output/a.csv", b"whatever").await.expect(201);
    let row = checking
        .app
        .db
        .rows("SELECT id, filehash, size, created_by_id, metadata IS NULL FROM jobserver_releasefile", &[])
        .await
        .remove(0);
    assert_eq!(page.header("file-id"), Some(row.get(0)));
    assert_eq!(row.get::<_, String>(1), sha256(b"whatever"));
    assert_eq!((row.get::<_, i32>(2), row.get::<_, i32>(3), row.get(4)), (8, checking.cleo, true));
    let page = checking.upload(&release, "output/a.csv", b"whatever").await.expect(400);
    assert!(page.body.contains("has already been uploaded"), "{}", page.body);
}

#[tokio::test]
async fn no_name_of_an_old_release_leads_out_of_the_storage() {
    let checking = Checking::set_up().await;
    let outside = format!("{}/outside.csv", checking.folder.path().display());
    for name in ["../../../../outside.csv", "output/../../x", "a\\b.csv", &outside, "output/", ".."] {
        let release = checking.release(&[(name, b"1")]).await;
        let header = format!("attachment; filename=\"{}\"", name.replace('\\', "\\\\"));
        let request = checking.request(&release, header.as_bytes(), b"1".to_vec()).await;
        let page = checking.app.browser().send(request).await.expect(400);
        assert!(page.json()["detail"].as_str().unwrap().contains("cannot be stored"), "{}", page.body);
    }
    assert_eq!(checking.files(), 0);
}

#[tokio::test]
async fn a_deleted_file_cannot_be_sent_again() {
    let checking = Checking::set_up().await;
    let release = checking.release(&[("a.csv", b"secret")]).await;
    checking.upload(&release, "a.csv", b"secret").await.expect(201);
    let delete = "UPDATE jobserver_releasefile SET deleted_at = now(), deleted_by_id = $1";
    checking.app.db.execute(delete, &[&checking.cleo]).await;
    let page = checking.upload(&release, "a.csv", b"secret").await.expect(400);
    assert!(page.body.contains("has already been uploaded"), "{}", page.body);
}

#[tokio::test]
async fn a_storage_that_fails_is_told_as_json_and_leaves_the_file_to_be_sent_again() {
    let checking = Checking::set_up().await;
    std::fs::write(checking.root(), b"where the folder should be").unwrap();
    let release = checking.release(&[("a.csv", b"1")]).await;
    let page = checking.upload(&release, "a.csv", b"1").await.expect(503);
    assert!(page.json()["detail"].is_string());
    assert!(!checking.is_uploaded(&release, "a.csv").await);
    std::fs::remove_file(checking.root()).unwrap();
    checking.upload(&release, "a.csv", b"1").await.expect(201);
}

#[tokio::test]
async fn a_start_removes_the_bytes_of_deleted_files() {
    let mut checking = Checking::set_up().await;
    let release = checking.release(&[("a.csv", b"secret"), ("b.csv", b"kept")]).await;
    checking.upload(&release, "a.csv", b"secret").await.expect(201);
    checking.upload(&release, "b.csv", b"kept").await.expect(201);
    checking.app.kill();
    let delete =
        "UPDATE jobserver_releasefile SET deleted_at = now(), deleted_by_id = $1 WHERE name = 'a.csv'";
    checking.app.db.execute(delete, &[&checking.cleo]).await;
    checking.app.restart().await;
    eventually("they are gone", A_WHILE, async || checking.stored(&release, "a.csv").is_none()).await;
    assert_eq!(checking.stored(&release, "b.csv"), Some(b"kept".to_vec()));
}
