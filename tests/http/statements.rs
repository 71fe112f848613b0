//! How much a page asks of the database: few statements, however many rows there are. Needs a PostgreSQL that counts
//! statements; without it there is nothing to check.

use std::time::Duration;

use crate::harness::{Browser, Db, PIPELINE, Study, TestApp, a, eventually};

/// The most that a page may send.
const BUDGET: i64 = 12;

pub const COUNT: &str = "SELECT coalesce(sum(calls), 0)::bigint
     FROM pg_stat_statements
     JOIN pg_database ON pg_database.oid = dbid
     WHERE datname = current_database() AND query NOT LIKE '%pg_stat_statements%'";

/// Whether this PostgreSQL counts statements.
pub async fn can_count(db: &Db) -> bool {
    let loaded: String = db.value("SELECT current_setting('shared_preload_libraries')", &[]).await;
    if !loaded.contains("pg_stat_statements") {
        eprintln!("not checked: this PostgreSQL does not count statements");
        return false;
    }
    db.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", &[]).await;
    true
}

/// Waits until the server sends nothing by itself.
pub async fn quiet(db: &Db) {
    let mut last = -1;
    eventually("the server is quiet", Duration::from_secs(20), async || {
        let now: i64 = db.value(COUNT, &[]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        std::mem::replace(&mut last, now) == now
    })
    .await;
}

/// How many statements the page takes: the fewest of a few tries, since an actor may send one in between.
pub async fn statements(app: &TestApp, browser: &Browser, path: &str) -> i64 {
    let mut fewest = i64::MAX;
    for _ in 0..3 {
        let before: i64 = app.db.value(COUNT, &[]).await;
        browser.get(path).await.expect(200);
        let after: i64 = app.db.value(COUNT, &[]).await;
        fewest = fewest.min(after - before);
    }
    fewest
}

async fn add(app: &TestApp, study: &Study, requests: usize, jobs: usize) -> (i32, String) {
    let mut last = (0, String::new());
    for number in 0..requests {
        let job_request = study.job_request().status("running").definition(PIPELINE).insert(&app.db).await;
        for job in 0..jobs {
            let status = ["succeeded", "failed", "running", "pending"][job % 4];
            let identifier =
                a::job(job_request, &format!("action_{number}_{job}"), status).insert(&app.db).await;
            last = (job_request, identifier);
        }
    }
    last
}

fn paths((job_request, job): &(i32, String)) -> Vec<(&'static str, String)> {
    vec![
        ("home", "/".to_owned()),
        ("event log", "/event-log/".to_owned()),
        ("status", "/status/".to_owned()),
        ("project", "/asthma/".to_owned()),
        ("workspace", "/asthma/asthma-main/".to_owned()),
        ("logs", "/asthma/asthma-main/logs/".to_owned()),
        ("logs, searched", "/asthma/asthma-main/logs/?q=action&backend=test".to_owned()),
        ("job request", format!("/asthma/asthma-main/{job_request}/")),
        ("job", format!("/asthma/asthma-main/{job_request}/{job}/")),
        ("run jobs", "/asthma/asthma-main/run-jobs/".to_owned()),
        ("statuses", "/api/v2/workspaces/asthma-main/statuses/".to_owned()),
    ]
}

#[tokio::test]
async fn no_page_sends_more_than_twelve_whatever_the_rows() {
    let mut app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let study = Study::set_up(&app).await;
    let mut counted: Vec<Vec<i64>> = Vec::new();
    let mut names = Vec::new();
    for (requests, jobs) in [(1, 1), (40, 30)] {
        let newest = add(&app, &study, requests, jobs).await;
        // A new process remembers nothing of the rows before.
        app.kill();
        app.restart().await;
        let (browser, stranger) = (study.browser(&app).await, app.browser());
        quiet(&app.db).await;
        let mut counts = Vec::new();
        names.clear();
        for (name, path) in paths(&newest) {
            names.push(name);
            counts.push(statements(&app, &browser, &path).await);
            if name != "run jobs" {
                names.push(name);
                counts.push(statements(&app, &stranger, &path).await);
            }
        }
        counted.push(counts);
    }
    assert!(counted[0].iter().sum::<i64>() > 30, "nothing was counted: {counted:?}");
    for (index, name) in names.iter().enumerate() {
        let (few, many) = (counted[0][index], counted[1][index]);
        assert!(many <= BUDGET, "{name}: {many} statements");
        assert!(few <= BUDGET, "{name}: {few} statements");
        assert!(many <= few + 1, "{name}: {few} statements with few rows, {many} with many");
    }
}

#[tokio::test]
async fn the_first_visit_after_a_start_is_within_the_budget_too() {
    let mut app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let study = Study::set_up(&app).await;
    let newest = add(&app, &study, 3, 4).await;
    for (name, path) in paths(&newest) {
        app.kill();
        app.restart().await;
        let browser = study.browser(&app).await;
        quiet(&app.db).await;
        let before: i64 = app.db.value(COUNT, &[]).await;
        browser.get(&path).await.expect(200);
        let sent = app.db.value::<i64>(COUNT, &[]).await - before;
        assert!(sent <= BUDGET + 1, "{name}: {sent} statements");
    }
}
