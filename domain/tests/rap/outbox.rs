use domain::outbox::{Depth, Kind, NewMessage, depth, enqueue, next_due, take_next};
use jiff::Timestamp;
use serde_json::json;

use super::site::Site;

fn message(marker: &str, ordering_key: Option<&str>) -> NewMessage {
    NewMessage {
        kind: Kind::Slack,
        ordering_key: ordering_key.map(str::to_owned),
        payload: json!({"text": marker}),
        marker: marker.to_owned(),
    }
}

#[tokio::test]
async fn the_same_cause_queues_one_message() {
    let site = Site::new().await;
    let db = site.db().await;
    assert_eq!(enqueue(&db, &[message("a", None), message("a", None)]).await.unwrap(), 1);
    assert_eq!(enqueue(&db, &[message("a", None), message("b", None)]).await.unwrap(), 1);
    assert_eq!(enqueue(&db, &[]).await.unwrap(), 0);
    assert_eq!(depth(&db).await.unwrap(), Depth { waiting: 2, retrying: 0, dead: 0 });
}

#[tokio::test]
async fn two_dispatchers_never_hold_the_same_message() {
    let site = Site::new().await;
    let (mut first, mut second, mut third) = (site.db().await, site.db().await, site.db().await);
    enqueue(&first, &[message("a", None), message("b", None)]).await.unwrap();
    let a = take_next(&mut first, &[Kind::Slack]).await.unwrap().unwrap();
    let b = take_next(&mut second, &[Kind::Slack]).await.unwrap().unwrap();
    assert_eq!((a.message.marker.as_str(), b.message.marker.as_str()), ("a", "b"));
    assert!(take_next(&mut third, &[Kind::Slack]).await.unwrap().is_none());
    a.delivered().await.unwrap();
    drop(b);
    second.batch_execute("").await.unwrap(); // The roll-back comes before this.
    let again = take_next(&mut third, &[Kind::Slack]).await.unwrap().unwrap();
    assert_eq!(again.message.marker, "b");
    assert_eq!(again.message.attempts, 0);
}

#[tokio::test]
async fn a_message_waits_for_older_ones_of_its_key_until_they_are_delivered_or_dead() {
    let site = Site::new().await;
    let (mut first, mut second) = (site.db().await, site.db().await);
    let messages =
        [message("a", Some("k")), message("b", Some("k")), message("c", Some("k")), message("x", None)];
    enqueue(&first, &messages).await.unwrap();
    let a = take_next(&mut first, &[Kind::Slack]).await.unwrap().unwrap();
    assert_eq!(a.message.marker, "a");
    let x = take_next(&mut second, &[Kind::Slack]).await.unwrap().unwrap();
    assert_eq!(x.message.marker, "x");
    x.delivered().await.unwrap();
    let later: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
    a.retry("not now", later).await.unwrap();
    assert!(take_next(&mut second, &[Kind::Slack]).await.unwrap().is_none());
    assert_eq!(next_due(&second, &[Kind::Slack]).await.unwrap(), Some(later), "what has to wait is not due");
    first.execute("UPDATE outbox_message SET due_at = now()", &[]).await.unwrap();
    let a = take_next(&mut first, &[Kind::Slack]).await.unwrap().unwrap();
    assert_eq!((a.message.marker.as_str(), a.message.attempts), ("a", 1));
    a.dead("never").await.unwrap();
    let b = take_next(&mut first, &[Kind::Slack]).await.unwrap().unwrap();
    assert_eq!(b.message.marker, "b");
    b.delivered().await.unwrap();
    assert_eq!(take_next(&mut first, &[Kind::Slack]).await.unwrap().unwrap().message.marker, "c");
}

#[tokio::test]
async fn a_failed_message_is_due_again_later_and_its_error_is_kept() {
    let site = Site::new().await;
    let mut db = site.db().await;
    enqueue(&db, &[message("a", None)]).await.unwrap();
    let later: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
    let taken = take_next(&mut db, &[Kind::Slack]).await.unwrap().unwrap();
    taken.retry("the relay said \0 no", later).await.unwrap();
    assert!(take_next(&mut db, &[Kind::Slack]).await.unwrap().is_none());
    assert_eq!(next_due(&db, &[Kind::Slack]).await.unwrap(), Some(later));
    assert_eq!(next_due(&db, &[Kind::Email]).await.unwrap(), None);
    assert_eq!(depth(&db).await.unwrap(), Depth { waiting: 0, retrying: 1, dead: 0 });
    let row = db.query_one("SELECT last_error FROM outbox_message", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "the relay said \u{FFFD} no");
}

#[tokio::test]
async fn kinds_without_a_deliverer_are_left_alone() {
    let site = Site::new().await;
    let mut db = site.db().await;
    let mut github = message("a", None);
    github.kind = Kind::GitHub;
    enqueue(&db, &[github]).await.unwrap();
    assert!(take_next(&mut db, &[Kind::Slack, Kind::Email]).await.unwrap().is_none());
    assert!(take_next(&mut db, &[Kind::GitHub]).await.unwrap().is_some());
}

#[tokio::test]
async fn a_rolled_back_cause_queues_nothing() {
    let site = Site::new().await;
    let mut db = site.db().await;
    let tx = db.transaction().await.unwrap();
    enqueue(&tx, &[message("a", None)]).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(depth(&db).await.unwrap(), Depth::default());
}

#[tokio::test]
async fn what_was_delivered_long_ago_is_swept_away_and_what_was_given_up_is_kept() {
    let site = Site::new().await;
    let db = site.db().await;
    enqueue(
        &db,
        &[message("old", None), message("new", None), message("dead", None), message("waiting", None)],
    )
    .await
    .unwrap();
    db.batch_execute(
        "UPDATE outbox_message SET delivered_at = now() - interval '31 days' WHERE marker = 'old';
         UPDATE outbox_message SET delivered_at = now() - interval '29 days' WHERE marker = 'new';
         UPDATE outbox_message SET dead_at = now() - interval '99 days' WHERE marker = 'dead';",
    )
    .await
    .unwrap();
    assert_eq!(domain::housekeeping::sweep(&db).await.unwrap().delivered_messages, 1);
    let kept = db.query("SELECT marker FROM outbox_message ORDER BY marker", &[]).await.unwrap();
    let kept: Vec<String> = kept.iter().map(|row| row.get(0)).collect();
    assert_eq!(kept, ["dead", "new", "waiting"]);
}
