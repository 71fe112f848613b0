//! How much the API asks of the database: at most four statements, however many rows there are.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::harness::{
    Browser, Study, TestApp, a,
    counting::{can_count, fewest_during, quiet},
};

const BUDGET: i64 = 4;

async fn statements(app: &TestApp, client: &Browser, request: impl Fn() -> RequestBuilder) -> i64 {
    fewest_during(&app.db, async || drop(client.send(request()).await.expect(200))).await
}

async fn add_rows(app: &TestApp, study: &Study, projects: usize) {
    let repo = a::repo(&app.db, "another").await;
    for number in 0..projects {
        let project = a::project(&app.db, &format!("p{number}"), &format!("P {number}"), study.ada).await;
        a::member(&app.db, project, study.ada, &["ProjectDeveloper"]).await;
        for workspace in 0..3 {
            a::workspace(&app.db, &format!("w{number}-{workspace}"), project, repo, study.ada).await;
        }
        let job_request = study.job_request().insert(&app.db).await;
        a::job(job_request, "make_table", "running").insert(&app.db).await;
    }
}

#[tokio::test]
async fn airlock_and_runners_cost_few_statements_whatever_the_rows() {
    let app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let study = Study::set_up(&app).await;
    a::github_link(&app.db, study.ada, 7).await;
    let token = app.db.backend_token("test").await;
    let client = app.browser();
    let with = |method: Method, path: &str| client.request(method, path).header("authorization", &token);
    let authorise = || with(Method::POST, "/api/v2/releases/authorise").json(&json!({"user": "ada"}));
    let fetch = || with(Method::GET, "/api/v2/job-requests/");
    let roles = || with(Method::GET, "/api/v2/users/ada/");
    let mut counted = Vec::new();
    for projects in [0, 8] {
        add_rows(&app, &study, projects).await;
        quiet(&app.db).await;
        counted.push([
            statements(&app, &client, authorise).await,
            statements(&app, &client, fetch).await,
            statements(&app, &client, roles).await,
        ]);
    }
    assert_eq!(counted[0], counted[1], "with few rows and with many");
    assert!(counted[0].iter().all(|count| (1..=BUDGET).contains(count)), "{counted:?}");
}
