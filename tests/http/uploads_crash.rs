//! `kill -9` while files are being uploaded: a row that says "uploaded" always has its exact bytes, whatever is sent again
//! is taken, and nothing unfinished stays.

use std::time::Duration;

use crate::harness::{
    Checking,
    checking::{address, content, sha256},
    eventually,
};

const FILES: usize = 24;
const A_WHILE: Duration = Duration::from_secs(30);
/// Set it to a hundred for a long look.
const ROUNDS: &str = "UPLOAD_CRASH_ROUNDS";

fn name(number: usize) -> String {
    format!("output/{number}.bin")
}

/// Sizes from nothing to several writes.
fn bytes(number: usize) -> Vec<u8> {
    content(number, number * number * 3_000)
}

/// Sends every file again and again, as several uploaders would, until told to stop by being dropped.
fn keep_uploading(checking: &Checking, release: &str, token: &str) -> Vec<tokio::task::JoinHandle<()>> {
    (0..6)
        .map(|uploader| {
            let (browser, path, token) = (checking.app.browser(), address(release), token.to_owned());
            tokio::spawn(async move {
                for number in (0..FILES).cycle().skip(uploader * 4) {
                    let request = browser
                        .request(reqwest::Method::POST, &path)
                        .header("authorization", &token)
                        .header("os-user", "cleo")
                        .header("content-disposition", format!("attachment; filename=\"{}\"", name(number)))
                        .body(bytes(number));
                    if browser.try_send(request).await.is_err() {
                        tokio::task::yield_now().await;
                    }
                }
            })
        })
        .collect()
}

/// The number of files that are uploaded, each of which must be there with its exact bytes.
async fn uploaded(checking: &Checking, release: &str) -> usize {
    let rows = checking
        .app
        .db
        .rows(
            "SELECT name, filehash FROM jobserver_releasefile WHERE release_id = $1 AND uploaded_at IS NOT NULL",
            &[&release],
        )
        .await;
    for row in &rows {
        let (name, hash): (String, String) = (row.get(0), row.get(1));
        let stored = checking.stored(release, &name);
        assert_eq!(stored.map(|bytes| sha256(&bytes)), Some(hash), "{name} is uploaded");
    }
    rows.len()
}

#[tokio::test]
async fn killed_at_any_moment_of_an_upload() {
    let rounds: u64 = std::env::var(ROUNDS).ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let mut checking = Checking::set_up().await;
    let token = checking.token().await;
    for round in 0..rounds {
        let owned: Vec<(String, Vec<u8>)> = (0..FILES).map(|number| (name(number), bytes(number))).collect();
        let files: Vec<(&str, &[u8])> =
            owned.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let release = checking.release(&files).await;
        let uploaders = keep_uploading(&checking, &release, &token);
        eventually("an upload ends", A_WHILE, async || uploaded(&checking, &release).await > 0).await;
        // At another moment of the uploads each time.
        tokio::time::sleep(Duration::from_millis(round * 37 % 200)).await;
        checking.app.kill();
        uploaders.iter().for_each(tokio::task::JoinHandle::abort);
        let before = uploaded(&checking, &release).await;
        checking.app.restart().await;
        eventually("what was left is swept away", A_WHILE, async || checking.unfinished() == 0).await;
        assert!(uploaded(&checking, &release).await >= before);
        for (name, bytes) in &owned {
            let page = checking.upload(&release, name, bytes).await;
            let is_done = page.status == 201 || page.body.contains("has already been uploaded");
            assert!(is_done, "{name}: {} {}", page.status, page.body);
        }
        assert_eq!(uploaded(&checking, &release).await, FILES);
        assert_eq!(checking.files(), FILES * (round as usize + 1));
    }
}
