//! What becomes of the answer of `rap/status/`, item by item.

use clients::rap::{RapError, StatusAnswer};
use serde_json::json;

use crate::{
    rap::client,
    support::{Answer, Peer, answer, json as reply},
};

const JOB: &str = r#"{"identifier":"od6um3nidaonay5k","rap_id":"k3jq7xw2mzdn5p6a","backend":"tpp","action":"make_table",
  "run_command":"python:v2 python analysis/table.py","status":"running","status_code":"executing",
  "status_message":"Job executing on the backend","created_at":"2025-11-03T09:00:04Z",
  "updated_at":"2025-11-03T09:06:10.5+00:00","started_at":"2025-11-03t10:01:30.123456789+01:00","completed_at":null,
  "trace_context":{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"},
  "metrics":{"cpu_mean":61.2,"container_id":"abc"},"requires_db":false,"tomorrow":[1]}"#;

async fn answered(jobs: &str, unrecognised: &str) -> StatusAnswer {
    let body = format!(r#"{{"jobs":[{jobs}],"unrecognised_rap_ids":[{unrecognised}],"more":null}}"#);
    let peer = Peer::start(vec![reply(200, &body)]).await;
    client(&peer.url).status(&["k3jq7xw2mzdn5p6a".to_owned()]).await.unwrap()
}

#[tokio::test]
async fn a_job_is_read_whole_and_unknown_keys_are_ignored() {
    let answer = answered(JOB, r#""abcdefgh23456789""#).await;
    assert_eq!(answer.unrecognised, ["abcdefgh23456789"]);
    assert!(answer.malformed.is_empty());
    let job = &answer.jobs[0];
    assert_eq!((job.identifier.as_str(), job.rap_id.as_str()), ("od6um3nidaonay5k", "k3jq7xw2mzdn5p6a"));
    assert_eq!((job.action.as_str(), job.status.as_str()), ("make_table", "running"));
    assert_eq!(
        (job.status_code.as_str(), job.status_message.as_str()),
        ("executing", "Job executing on the backend")
    );
    assert_eq!(job.run_command, "python:v2 python analysis/table.py");
    assert_eq!(job.created_at, Some("2025-11-03T09:00:04Z".parse().unwrap()));
    assert_eq!(job.updated_at, Some("2025-11-03T09:06:10.5Z".parse().unwrap()));
    assert_eq!(job.started_at, Some("2025-11-03T09:01:30.123456Z".parse().unwrap()), "to the microsecond");
    assert_eq!(job.completed_at, None);
    assert_eq!(job.metrics, Some(Some(json!({"cpu_mean": 61.2, "container_id": "abc"}))));
}

#[tokio::test]
async fn the_call_is_a_post_even_for_no_ids() {
    let peer = Peer::start(vec![reply(200, r#"{"jobs":[],"unrecognised_rap_ids":[]}"#)]).await;
    assert_eq!(client(&peer.url).status(&[]).await.unwrap(), StatusAnswer::default());
    let asked = peer.only();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/controller/v1/rap/status/"));
    assert_eq!(asked.json(), json!({"rap_ids": []}));
}

#[tokio::test]
async fn null_texts_are_empty_and_absent_json_is_not_null() {
    let sparse = r#"{"identifier":"a","rap_id":"b","action":null,"status_message":null,"metrics":null}"#;
    let answer = answered(sparse, "").await;
    let job = &answer.jobs[0];
    assert_eq!((job.action.as_str(), job.status_message.as_str(), job.run_command.as_str()), ("", "", ""));
    assert_eq!(job.metrics, Some(None));
    assert_eq!(job.trace_context, None);
}

#[tokio::test]
async fn one_bad_item_does_not_spoil_the_others() {
    let bad = [
        "null",
        "7",
        r#"{"rap_id":"b"}"#,
        r#"{"identifier":"","rap_id":"b"}"#,
        r#"{"identifier":"x1"}"#,
        r#"{"identifier":"x2","rap_id":"b","status":5}"#,
        r#"{"identifier":"x3","rap_id":"b","created_at":"yesterday"}"#,
        r#"{"identifier":"x4","rap_id":"b","created_at":"2025-11-03T09:00:04"}"#,
        r#"{"identifier":"x5","rap_id":"b","action":"\ud800"}"#,
        r#"{"identifier":"x6\u0000","rap_id":"b"}"#,
        r#"{"identifier":"x7","rap_id":"b","metrics":{"cpu":1e999}}"#,
    ];
    let answer = answered(&format!("{},{JOB}", bad.join(",")), r#"null,"c""#).await;
    assert_eq!(answer.jobs.len(), 1);
    assert_eq!(answer.unrecognised, ["c"]);
    assert_eq!(answer.malformed.len(), bad.len() + 1, "{:#?}", answer.malformed);
    assert_eq!(answer.malformed[5], "job 6: `status` is not a text (identifier x2)");
    assert_eq!(answer.malformed[6], "job 7: `created_at` is not a time (identifier x3)");
}

#[tokio::test]
async fn what_postgresql_cannot_store_is_put_right() {
    let job =
        r#"{"identifier":"a","rap_id":"b","status_message":"x\u0000y","metrics":{"k\u0000":["\u0000"]}}"#;
    let answer = answered(job, "").await;
    assert_eq!(answer.jobs[0].status_message, "x\u{fffd}y");
    assert_eq!(answer.jobs[0].metrics, Some(Some(json!({"k\u{fffd}": ["\u{fffd}"]}))));
}

#[tokio::test]
async fn an_answer_that_is_not_a_whole_one_changes_nothing() {
    let half = format!(r#"{{"jobs":[{JOB}],"unrecog"#);
    for body in [
        half.as_str(),
        "<html>",
        "",
        "[]",
        r#"{"jobs":[]}"#,
        r#"{"unrecognised_rap_ids":[]}"#,
        "{\"jobs\":null}",
    ] {
        let peer = Peer::start(vec![reply(200, body)]).await;
        let error = client(&peer.url).status(&[]).await.unwrap_err();
        assert!(matches!(error, RapError::Malformed(_)), "{body}: {error:?}");
    }
    let peer = Peer::start(vec![Answer::CutOff("{\"jobs\":[]")]).await;
    assert!(matches!(client(&peer.url).status(&[]).await, Err(RapError::Request(_))));
    let peer = Peer::start(vec![answer(500, "", "<html>")]).await;
    assert!(matches!(
        client(&peer.url).status(&[]).await,
        Err(RapError::Response { status: 500, json: false, .. })
    ));
}

#[tokio::test]
async fn thousands_of_jobs_are_no_problem() {
    let answer = answered(&vec![JOB; 4_000].join(","), "").await;
    assert_eq!(answer.jobs.len(), 4_000);
}
