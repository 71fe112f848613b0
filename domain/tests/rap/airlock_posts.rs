//! What was written to GitHub is written once, whatever breaks in between.

use std::time::Duration;

use domain::{
    airlock::{
        Repository,
        posts::{self, Answer, Part, Post, Standing},
    },
    outbox::{Amendment, Kind, NewMessage, enqueue, postpone, take_next},
};
use serde_json::json;

use super::site::Site;

const A_WHILE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn nobody_may_write_while_another_call_can_still_take_effect() {
    let site = Site::new().await;
    let db = site.db().await;
    let repository = Repository::new("Org", "Repo");
    let issue = Post { repository: &repository, request: "01J", part: Part::Issue };
    assert_eq!(posts::standing(&db, issue).await.unwrap(), Standing::Unwritten);
    assert!(posts::ask(&db, issue, A_WHILE).await.unwrap());
    assert!(!posts::ask(&db, issue, A_WHILE).await.unwrap());
    assert!(matches!(posts::standing(&db, issue).await.unwrap(), Standing::Unknown { .. }));

    posts::not_written(&db, issue, Answer::Refused).await.unwrap();
    assert_eq!(posts::standing(&db, issue).await.unwrap(), Standing::Unwritten);
    assert!(posts::ask(&db, issue, A_WHILE).await.unwrap());

    posts::not_written(&db, issue, Answer::Ended).await.unwrap();
    assert!(matches!(posts::standing(&db, issue).await.unwrap(), Standing::Unknown { .. }));
    assert!(posts::ask(&db, issue, A_WHILE).await.unwrap(), "it has ended, so it may be asked again");

    posts::written(&db, issue, Some(7), Some("u")).await.unwrap();
    assert!(!posts::ask(&db, issue, A_WHILE).await.unwrap());
    posts::not_written(&db, issue, Answer::Refused).await.unwrap();
    let written = Standing::Written { number: Some(7), url: Some("u".to_owned()) };
    let same = Repository::new("oRG", "rEPO");
    assert_eq!(posts::standing(&db, Post { repository: &same, ..issue }).await.unwrap(), written);

    let comment = Post { part: Part::Comment("<!-- x -->"), ..issue };
    assert_eq!(posts::standing(&db, comment).await.unwrap(), Standing::Unwritten);
    posts::forget_issue(&db, &repository, "01J").await.unwrap();
    assert_eq!(posts::standing(&db, issue).await.unwrap(), Standing::Unwritten);
}

fn message(kind: Kind, marker: &str) -> NewMessage {
    NewMessage { kind, ordering_key: None, payload: json!({"text": "old"}), marker: marker.to_owned() }
}

#[tokio::test]
async fn a_message_that_is_held_back_can_be_amended_and_let_go_by_another() {
    let site = Site::new().await;
    let (mut db, mut other) = (site.db().await, site.db().await);
    enqueue(&db, &[message(Kind::GitHub, "comment"), message(Kind::Slack, "post")]).await.unwrap();
    postpone(&db, "post", A_WHILE).await.unwrap();
    assert!(take_next(&mut other, &[Kind::Slack]).await.unwrap().is_none(), "it is held back");

    let held = take_next(&mut db, &[Kind::GitHub]).await.unwrap().unwrap();
    let amendment = Amendment { marker: "post".to_owned(), payload: json!({"text": "new"}), is_due: true };
    held.amend(&amendment).await.unwrap();
    assert!(take_next(&mut other, &[Kind::Slack]).await.unwrap().is_none(), "nothing is committed yet");
    held.delivered().await.unwrap();

    let post = take_next(&mut other, &[Kind::Slack]).await.unwrap().unwrap();
    assert_eq!(post.message.payload, json!({"text": "new"}));

    enqueue(&db, &[message(Kind::GitHub, "again")]).await.unwrap();
    let again = take_next(&mut db, &[Kind::GitHub]).await.unwrap().unwrap();
    again.amend(&Amendment { payload: json!({"text": "too late"}), ..amendment }).await.unwrap();
    again.delivered().await.unwrap();
    post.delivered().await.unwrap();
    let payload: serde_json::Value = other
        .query_one("SELECT payload FROM outbox_message WHERE marker = 'post'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(payload, json!({"text": "new"}), "what is being delivered stays as it is");
}
