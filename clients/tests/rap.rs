//! Transport, create, cancel and backend status of the RAP API.

use std::time::Duration;

use clients::Secret;
use clients::rap::{CreateRequest, RapClient, RapError, RapSettings};
use serde_json::{Value, json};
use url::Url;

use crate::support::{Answer, Peer, answer, json as reply, nobody};

pub fn client(url: &Url) -> RapClient {
    let mut settings =
        RapSettings::new(url.join("controller/v1").unwrap(), Secret::new("token-that-stays-here"));
    settings.create_timeout = Duration::from_millis(500);
    RapClient::new(Some(settings)).unwrap()
}

fn request() -> CreateRequest {
    CreateRequest {
        rap_id: "k3jq7xw2mzdn5p6a".to_owned(),
        backend: "tpp".to_owned(),
        workspace: "asthma-reviews-v2".to_owned(),
        repo_url: "https://github.com/opensafely/asthma-reviews".to_owned(),
        branch: "main".to_owned(),
        commit: "3f0c2d9a7be1450c8d66f1b2a9e7754301cd8f22".to_owned(),
        requested_actions: vec!["make_table".to_owned(), "draw_plots".to_owned()],
        codelists_ok: true,
        force_run_dependencies: false,
        created_by: "researcher7".to_owned(),
        project: "asthma-reviews".to_owned(),
        orgs: vec!["uni-of-somewhere".to_owned()],
        analysis_scope: json!({"dataset_permissions": ["appointments"]}),
    }
}

async fn create_with(script: Answer) -> (Peer, Result<clients::rap::Created, RapError>) {
    let peer = Peer::start(vec![script]).await;
    let result = client(&peer.url).create(&request()).await;
    (peer, result)
}

#[tokio::test]
async fn create_sends_every_key_with_the_bare_token() {
    let body = r#"{"result":"Success","details":"Jobs created for rap_id 'k3jq7xw2mzdn5p6a'","rap_id":"k3jq7xw2mzdn5p6a","count":2}"#;
    let (peer, created) = create_with(reply(201, body)).await;
    let created = created.unwrap();
    assert_eq!(created.count, 2);
    assert_eq!(created.details, "Jobs created for rap_id 'k3jq7xw2mzdn5p6a'");

    let asked = peer.only();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/controller/v1/rap/create/"));
    assert_eq!(asked.header("authorization"), Some("token-that-stays-here"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.header("user-agent"), Some("OpenSAFELY Jobs"));
    assert_eq!(
        asked.json(),
        json!({"rap_id":"k3jq7xw2mzdn5p6a","backend":"tpp","workspace":"asthma-reviews-v2",
            "repo_url":"https://github.com/opensafely/asthma-reviews","branch":"main",
            "commit":"3f0c2d9a7be1450c8d66f1b2a9e7754301cd8f22","database_name":"default",
            "requested_actions":["make_table","draw_plots"],"codelists_ok":true,"force_run_dependencies":false,
            "created_by":"researcher7","project":"asthma-reviews","orgs":["uni-of-somewhere"],
            "analysis_scope":{"dataset_permissions":["appointments"]}})
    );
}

#[tokio::test]
async fn an_absent_analysis_scope_is_an_empty_object() {
    let peer = Peer::start(vec![reply(200, r#"{"count":0}"#)]).await;
    let created =
        client(&peer.url).create(&CreateRequest { analysis_scope: Value::Null, ..request() }).await.unwrap();
    assert_eq!((created.count, created.details.as_str()), (0, ""));
    assert_eq!(peer.only().json()["analysis_scope"], json!({}));
}

#[tokio::test]
async fn a_refusal_carries_its_details() {
    let body = r#"{"error":"Error creating jobs","details":"Action 'x' not found in project.yaml"}"#;
    let error = create_with(reply(400, body)).await.1.unwrap_err();
    assert_eq!(error.to_string(), "the RAP API answered 400: Action 'x' not found in project.yaml");
    let RapError::Response { status: 400, details: Some(details), json: true, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(details, "Action 'x' not found in project.yaml");
}

#[tokio::test]
async fn a_refusal_without_details_or_without_json_can_be_told_apart() {
    let error = create_with(reply(400, r#"{"error":"x"}"#)).await.1.unwrap_err();
    assert!(matches!(error, RapError::Response { status: 400, details: None, json: true, .. }), "{error:?}");

    for (status, body) in [(502, "<html>Bad Gateway</html>"), (405, ""), (202, "{\"cou")] {
        let error = create_with(answer(status, "", body)).await.1.unwrap_err();
        let RapError::Response { status: got, details: None, json: false, body: kept } = error else {
            panic!("{error:?}")
        };
        assert_eq!((got, kept.as_str()), (status, body));
    }
}

#[tokio::test]
async fn a_success_that_makes_no_sense_is_malformed() {
    for body in [
        "<html></html>",
        "{\"count\":",
        "{}",
        "[]",
        r#"{"count":"2"}"#,
        r#"{"count":1.5}"#,
        r#"{"count":null}"#,
    ] {
        let error = create_with(answer(200, "", body)).await.1.unwrap_err();
        assert!(matches!(error, RapError::Malformed(_)), "{body}: {error:?}");
    }
    assert_eq!(create_with(reply(200, r#"{"count":3.0}"#)).await.1.unwrap().count, 3);
}

#[tokio::test]
async fn no_answer_is_a_request_error_and_create_is_not_repeated() {
    let (peer, result) = create_with(Answer::Silence).await;
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "the RAP API gave no answer: no complete answer within the time limit");
    assert_eq!(peer.asked().len(), 1);

    let (peer, result) = create_with(Answer::CutOff(r#"{"count":1"#)).await;
    let error = result.unwrap_err();
    assert!(
        matches!(&error, RapError::Request(cause) if cause.starts_with("the answer broke off")),
        "{error:?}"
    );
    assert_eq!(peer.asked().len(), 1);

    let error = client(&nobody().await).create(&request()).await.unwrap_err();
    assert!(matches!(&error, RapError::Request(cause) if cause.starts_with("no connection")), "{error:?}");
    assert!(error.is_transient());

    let (peer, result) = create_with(answer(503, "", "")).await;
    assert!(result.unwrap_err().is_transient());
    assert_eq!(peer.asked().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (peer, result) = create_with(answer(301, "Location: /controller/v1/rap/create/\r\n", "")).await;
    assert!(matches!(result, Err(RapError::Response { status: 301, .. })));
    assert_eq!(peer.asked().len(), 1);
}

#[tokio::test]
async fn an_answer_of_any_size_is_bounded() {
    let (_, result) = create_with(Answer::Huge(3 * 1024 * 1024)).await;
    assert!(matches!(result, Err(RapError::Malformed(_))));
    let (_, result) = create_with(answer(500, "", &"é".repeat(100_000))).await;
    let Err(RapError::Response { body, .. }) = result else { panic!("not refused") };
    assert_eq!(body.chars().count(), 2000);
}

#[tokio::test]
async fn without_settings_or_token_nothing_is_sent() {
    let error = RapClient::new(None).unwrap().create(&request()).await.unwrap_err();
    assert!(matches!(error, RapError::NotConfigured));
    let peer = Peer::start(vec![]).await;
    let client = RapClient::new(Some(RapSettings::new(peer.url.clone(), Secret::new("")))).unwrap();
    assert!(!client.is_configured());
    assert!(matches!(client.status(&[]).await, Err(RapError::NotConfigured)));
    assert!(peer.asked().is_empty());
}

#[tokio::test]
async fn cancel_returns_the_answer_and_keeps_the_body_of_a_refusal() {
    let missing =
        r#"{"error":"jobs not found","details":"none: b","rap_id":"k3jq7xw2mzdn5p6a","not_found":["b"]}"#;
    let peer = Peer::start(vec![
        reply(200, r#"{"result":"Success","count":1}"#),
        reply(404, missing),
        reply(200, "no"),
    ])
    .await;
    let client = client(&peer.url);
    let actions = ["b".to_owned()];
    assert_eq!(client.cancel("k3jq7xw2mzdn5p6a", &actions).await.unwrap()["count"], 1);
    assert_eq!(peer.only().json(), json!({"rap_id": "k3jq7xw2mzdn5p6a", "actions": ["b"]}));
    assert_eq!(peer.only().target, "/controller/v1/rap/cancel/");

    let error = client.cancel("k3jq7xw2mzdn5p6a", &actions).await.unwrap_err();
    assert!(matches!(error, RapError::Response { status: 404, body, .. } if body == missing));
    assert!(matches!(client.cancel("k3jq7xw2mzdn5p6a", &actions).await, Err(RapError::Malformed(_))));
}

#[tokio::test]
async fn backend_status_reads_every_backend_that_makes_sense() {
    let body = r#"{"backends":[
        {"slug":"tpp","last_seen":"2025-11-03T08:15:02.250000Z","paused":{"status":"off","since":null},
         "db_maintenance":{"status":"on","since":"2025-11-03T07:59:41.118000+00:00","type":"scheduled"},"new":1},
        {"slug":7},
        {"slug":"test","last_seen":null,"db_maintenance":{"status":"off","since":null,"type":null}}]}"#;
    let peer = Peer::start(vec![reply(200, body)]).await;
    let backends = client(&peer.url).backend_status().await.unwrap();
    let slugs: Vec<&str> = backends.iter().map(|backend| backend.slug.as_str()).collect();
    assert_eq!(slugs, ["tpp", "test"]);
    assert_eq!(backends[0].last_seen, Some("2025-11-03T08:15:02.25Z".parse().unwrap()));
    assert!(backends[0].db_maintenance_on && !backends[1].db_maintenance_on);
    assert_eq!(backends[0].db_maintenance_since, Some("2025-11-03T07:59:41.118Z".parse().unwrap()));
    assert_eq!(backends[0].raw["new"], 1);
    assert_eq!((backends[1].last_seen, backends[1].db_maintenance_since), (None, None));
    let asked = peer.only();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("GET", "/controller/v1/backend/status/"));
    assert_eq!((asked.header("content-type"), asked.body.as_str()), (None, ""));
}

#[tokio::test]
async fn backend_status_is_repeated_when_a_proxy_fails_and_only_then() {
    let peer =
        Peer::start(vec![answer(503, "", ""), Answer::CutOff("{"), reply(200, r#"{"backends":[]}"#)]).await;
    assert!(client(&peer.url).backend_status().await.unwrap().is_empty());
    assert_eq!(peer.asked().len(), 3);

    for script in [
        reply(401, r#"{"error":"Unauthorized","details":"Invalid token"}"#),
        answer(500, "", ""),
        reply(200, "{}"),
        reply(200, r#"{"backends":[{"slug":null}]}"#),
    ] {
        let peer = Peer::start(vec![script]).await;
        assert!(client(&peer.url).backend_status().await.is_err());
        assert_eq!(peer.asked().len(), 1);
    }
}
