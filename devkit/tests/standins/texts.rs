//! Slack and OpenCodelists.

use devkit::standins::{opencodelists, slack};
use serde_json::{Value, json};

use super::{ANYWHERE, http};

#[actix_web::test]
async fn slack_keeps_what_is_posted_and_wants_a_token() {
    let slack = slack::start(ANYWHERE).unwrap();
    let post = |token: &str| {
        let message = json!({"channel": "general", "text": "<http://x|a> & b"});
        let url = format!("{}chat.postMessage", slack.url);
        http().post(url).header("Authorization", format!("Bearer {token}")).json(&message).send()
    };
    let refused: Value = post("").await.unwrap().json().await.unwrap();
    assert_eq!((&refused["ok"], &refused["error"]), (&json!(false), &json!("not_authed")));
    let taken: Value = post("xoxb-1").await.unwrap().json().await.unwrap();
    assert_eq!(taken["ok"], true);
    assert_eq!(slack.messages()[0].channel, "general");
    let page = http().get(slack.page_url()).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("&lt;http://x|a&gt; &amp; b"));
}

#[actix_web::test]
async fn codelists_are_judged_by_their_manifest_with_the_slash_plain_or_escaped() {
    let codelists = opencodelists::start(ANYWHERE).unwrap();
    let check = async |path: &str, manifest: Value| {
        let form = [("codelists", "org/a/1\n# remark\n".to_owned()), ("manifest", manifest.to_string())];
        let answer = http().post(format!("{}/{path}", codelists.url)).form(&form).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["status"].clone()
    };
    let listed = json!({"files": {"a.csv": {"id": "org/a/1"}}});
    assert_eq!(check("check/", listed.clone()).await, "ok");
    assert_eq!(check("check%2F", listed).await, "ok");
    assert_eq!(check("check/", json!({"files": {}})).await, "error");
    assert_eq!(
        check("check/", json!({"files": {"a.csv": {"id": "org/a/1"}}, "out_of_date": true})).await,
        "error"
    );
}
