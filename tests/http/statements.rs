//! How much a page asks of the database: few statements, however many rows there are.

use crate::harness::{
    PIPELINE, Study, TestApp, a,
    counting::{can_count, quiet, sent_during, statements},
};

/// The most that a page may send.
const BUDGET: i64 = 12;

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
        app.forget().await;
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
        app.forget().await;
        let browser = study.browser(&app).await;
        quiet(&app.db).await;
        let sent = sent_during(&app.db, async || drop(browser.get(&path).await.expect(200))).await;
        assert!(sent <= BUDGET + 1, "{name}: {sent} statements");
    }
}
