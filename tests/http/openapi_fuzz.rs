//! Nonsense of every kind for every operation of the OpenAPI document. Whatever is sent, the answer is one that the document
//! names, and never a failure of ours. What is sent follows from the document and is the same each time.

mod requests;

use futures_util::{StreamExt, stream};
use serde_json::Value;

use self::requests::{Operation, Prepared};
use crate::harness::{TestApp, a, released::Released};

/// How many requests are under way at a time.
const AT_ONCE: usize = 4;

#[tokio::test]
async fn no_request_gets_an_answer_that_the_document_does_not_name() {
    let scene = Released::set_up().await;
    let world = World::set_up(&scene).await;
    let document = scene.app.get("/api/v2/openapi.json").await.expect(200).json();
    let operations = requests::operations(&document);
    assert!(operations.len() >= 19, "{} operations", operations.len());
    for operation in &operations {
        let requests = requests::all(operation, &world);
        assert!(requests.len() >= 100, "{}: only {} requests", operation.name(), requests.len());
        let failures: Vec<String> = stream::iter(requests)
            .map(|request| outcome(&scene.app, operation, request))
            .buffer_unordered(AT_ONCE)
            .filter_map(async |failure| failure)
            .collect()
            .await;
        let shown: Vec<&String> = failures.iter().take(5).collect();
        assert!(failures.is_empty(), "{}: {} failures, such as {shown:#?}", operation.name(), failures.len());
    }
}

/// What is wrong with the answer to a request, if anything.
async fn outcome(app: &TestApp, operation: &Operation, prepared: Prepared) -> Option<String> {
    let browser = app.browser();
    let mut request = browser.request(operation.method.clone(), &prepared.path);
    for (name, value) in &prepared.headers {
        request = request.header(name.as_str(), value.as_bytes());
    }
    let page = match browser.try_send(request.body(prepared.body.clone())).await {
        Ok(page) => page,
        Err(error) => return Some(format!("{prepared:?}: no answer: {error}")),
    };
    let is_json = page.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let problem = if page.status.is_server_error() {
        "a failure of ours"
    } else if !operation.statuses.contains(&page.status.as_u16()) {
        "not in the document"
    } else if is_json && serde_json::from_str::<Value>(&page.body).is_err() {
        "no JSON, although it says so"
    } else {
        return None;
    };
    Some(format!("{} is {problem}: {} for {prepared:?}", page.status, page.excerpt()))
}

/// What exists, so that some of the nonsense comes far.
pub struct World {
    /// The value of the session cookie of somebody who may do everything.
    pub session: String,
    /// The token of a backend.
    pub token: String,
    pub release: String,
    pub file: String,
    pub snapshot: i32,
}

impl World {
    async fn set_up(scene: &Released) -> World {
        let db = &scene.app.db;
        a::backend_member(db, scene.study.backend, scene.checker).await;
        a::member(db, scene.study.project, scene.checker, &["ProjectDeveloper"]).await;
        db.execute(
            "UPDATE jobserver_user
             SET roles = roles || '{jobserver.authorization.roles.OutputPublisher}'
             WHERE id = $1",
            &[&scene.checker],
        )
        .await;
        let release = scene.release(5).await;
        let file = scene.uploaded(&release, "output/a.csv", b"a,b\n1,2\n").await;
        let snapshot = scene.snapshot(&[&file]).await;
        scene.request(snapshot, None).await;
        World {
            session: scene.app.session_of(scene.checker).await,
            token: db.backend_token("test").await,
            release,
            file,
            snapshot,
        }
    }
}
