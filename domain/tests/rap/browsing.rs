use domain::outbox::{
    Kind, NewMessage,
    browse::{self, Listed, Standing},
    enqueue, take_next,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::site::Site;

fn message(kind: Kind, marker: &str, payload: Value) -> NewMessage {
    NewMessage { kind, ordering_key: None, payload, marker: marker.to_owned() }
}

fn mail(marker: &str) -> NewMessage {
    let payload = json!({"template": "job_finished", "to": ["a@example.org"], "bcc": ["b@example.org"],
                         "subject": "s", "facts": {"token": "correct horse battery"}});
    message(Kind::Email, marker, payload)
}

fn post(marker: &str) -> NewMessage {
    message(Kind::Slack, marker, json!({"channel": "checkers", "text": "secret"}))
}

/// Two waiting, one retrying, two dead.
async fn filled() -> Site {
    let site = Site::new().await;
    let db = site.db().await;
    let messages = [mail("m-waiting"), post("s-waiting"), mail("m-retrying"), mail("m-dead"), post("s-dead")];
    enqueue(&db, &messages).await.unwrap();
    db.batch_execute(
        "UPDATE outbox_message SET attempts = 3, last_error = 'not now', due_at = now() + interval '1 hour'
         WHERE marker = 'm-retrying';
         UPDATE outbox_message SET attempts = 40, last_error = 'never', dead_at = now() WHERE marker LIKE '%-dead';
         UPDATE outbox_message SET dead_at = now() - interval '1 day' WHERE marker = 'm-dead';",
    )
    .await
    .unwrap();
    site
}

async fn markers(site: &Site, standing: Standing, kind: Option<Kind>) -> Vec<String> {
    let listed = browse::page(&site.db().await, standing, kind, 0).await.unwrap();
    listed.into_iter().map(|message| message.marker).collect()
}

async fn the(site: &Site, marker: &str, standing: Standing) -> Listed {
    let listed = browse::page(&site.db().await, standing, None, 0).await.unwrap();
    listed.into_iter().find(|message| message.marker == marker).unwrap()
}

#[tokio::test]
async fn what_is_not_delivered_is_counted_by_kind_and_standing() {
    let site = filled().await;
    let heaps = browse::heaps(&site.db().await).await.unwrap();
    let mut counts: Vec<_> =
        heaps.iter().map(|heap| (heap.kind.as_str(), heap.standing.as_str(), heap.count)).collect();
    counts.sort();
    assert_eq!(
        counts,
        [
            ("email", "dead", 1),
            ("email", "retrying", 1),
            ("email", "waiting", 1),
            ("slack", "dead", 1),
            ("slack", "waiting", 1),
        ]
    );
    assert!(heaps.iter().all(|heap| heap.oldest <= heap.newest));
}

#[tokio::test]
async fn messages_are_listed_by_standing_and_kind() {
    let site = filled().await;
    assert_eq!(markers(&site, Standing::Waiting, None).await, ["m-waiting", "s-waiting"]);
    assert_eq!(markers(&site, Standing::Retrying, None).await, ["m-retrying"]);
    assert_eq!(markers(&site, Standing::Dead, None).await, ["s-dead", "m-dead"], "the latest first");
    assert_eq!(markers(&site, Standing::Dead, Some(Kind::Email)).await, ["m-dead"]);
    assert_eq!(markers(&site, Standing::Dead, Some(Kind::GitHub)).await, [""; 0]);
}

#[tokio::test]
async fn a_listed_message_says_what_it_is_and_not_what_it_says() {
    let site = filled().await;
    let mail = the(&site, "m-dead", Standing::Dead).await;
    assert_eq!((mail.what.as_deref(), mail.recipients, mail.attempts), (Some("job_finished"), Some(2), 40));
    assert_eq!(mail.last_error.as_deref(), Some("never"));
    let post = the(&site, "s-dead", Standing::Dead).await;
    assert_eq!((post.what.as_deref(), post.recipients), (Some("checkers"), None));
    for listed in [mail, post] {
        let shown = serde_json::to_string(&listed).unwrap();
        assert!(!shown.contains("horse") && !shown.contains("secret") && !shown.contains('@'), "{shown}");
    }
}

#[tokio::test]
async fn payloads_that_make_no_sense_are_listed_too() {
    let site = Site::new().await;
    let db = site.db().await;
    let odd = [json!(null), json!([1]), json!("text"), json!({"to": "nobody", "bcc": 7})];
    let messages: Vec<NewMessage> =
        odd.into_iter().enumerate().map(|(n, odd)| message(Kind::Email, &n.to_string(), odd)).collect();
    enqueue(&db, &messages).await.unwrap();
    let listed = browse::page(&db, Standing::Waiting, None, 0).await.unwrap();
    assert_eq!(listed.len(), 4);
    assert!(listed.iter().all(|message| message.what.is_none() && message.recipients.is_none()));
}

#[tokio::test]
async fn a_message_that_has_to_wait_for_another_is_known_as_such() {
    let site = Site::new().await;
    let db = site.db().await;
    let keyed = |marker: &str| NewMessage { ordering_key: Some("k".to_owned()), ..post(marker) };
    enqueue(&db, &[keyed("first"), keyed("second")]).await.unwrap();
    assert!(!the(&site, "first", Standing::Waiting).await.is_held_back);
    assert!(the(&site, "second", Standing::Waiting).await.is_held_back);
}

#[tokio::test]
async fn a_dead_message_that_is_tried_again_has_all_its_attempts() {
    let site = filled().await;
    let mut db = site.db().await;
    let id = the(&site, "m-dead", Standing::Dead).await.id;
    assert_eq!(browse::retry(&db, id).await.unwrap().as_deref(), Some("m-dead"));
    db.execute("DELETE FROM outbox_message WHERE marker <> 'm-dead'", &[]).await.unwrap();
    let taken = take_next(&mut db, &[Kind::Email]).await.unwrap().unwrap();
    assert_eq!((taken.message.marker.as_str(), taken.message.attempts), ("m-dead", 0));
}

#[tokio::test]
async fn a_message_that_would_be_retried_later_is_due_now_and_keeps_its_count() {
    let site = filled().await;
    let db = site.db().await;
    let id = the(&site, "m-retrying", Standing::Retrying).await.id;
    assert_eq!(browse::retry(&db, id).await.unwrap().as_deref(), Some("m-retrying"));
    let retried = the(&site, "m-retrying", Standing::Retrying).await;
    assert_eq!(retried.attempts, 3);
    assert!(retried.due_at <= Timestamp::now());
}

#[tokio::test]
async fn what_was_delivered_or_is_under_way_is_left_alone() {
    let site = Site::new().await;
    let (mut db, other) = (site.db().await, site.db().await);
    enqueue(&db, &[post("a")]).await.unwrap();
    let id = the(&site, "a", Standing::Waiting).await.id;
    let taken = take_next(&mut db, &[Kind::Slack]).await.unwrap().unwrap();
    assert_eq!(browse::retry(&other, id).await.unwrap(), None, "without waiting for the delivery to end");
    taken.delivered().await.unwrap();
    assert_eq!(browse::retry(&other, id).await.unwrap(), None);
    assert_eq!(browse::discard(&other, id).await.unwrap(), None);
    assert_eq!(browse::retry(&other, id + 1).await.unwrap(), None);
}

#[tokio::test]
async fn all_dead_messages_of_a_kind_are_tried_again_together() {
    let site = filled().await;
    let db = site.db().await;
    assert_eq!(browse::retry_dead(&db, Kind::Email).await.unwrap(), 1);
    assert_eq!(markers(&site, Standing::Dead, None).await, ["s-dead"]);
    assert_eq!(browse::retry_dead(&db, Kind::GitHub).await.unwrap(), 0);
}

#[tokio::test]
async fn only_what_was_given_up_can_be_deleted() {
    let site = filled().await;
    let db = site.db().await;
    let (dead, waiting) =
        (the(&site, "s-dead", Standing::Dead).await.id, the(&site, "s-waiting", Standing::Waiting).await.id);
    assert_eq!(browse::discard(&db, waiting).await.unwrap(), None);
    assert_eq!(browse::discard(&db, dead).await.unwrap().as_deref(), Some("s-dead"));
    assert_eq!(markers(&site, Standing::Dead, None).await, ["m-dead"]);
    assert_eq!(browse::discard(&db, dead).await.unwrap(), None);
}
