use std::time::Duration;

use domain::actor_health::{elsewhere, forget, report};
use serde_json::json;

use super::site::Site;

#[tokio::test]
async fn what_a_process_says_replaces_what_it_said_before() {
    let site = Site::new().await;
    let db = site.db().await;
    report(&db, "rapstatus@a:1", &[("RapStatus", json!({"n": 1})), ("BackendStatus", json!({}))])
        .await
        .unwrap();
    report(&db, "rapstatus@a:1", &[("RapStatus", json!({"n": 2}))]).await.unwrap();
    report(&db, "web@a:2", &[("Notifications", json!({}))]).await.unwrap();
    let said = elsewhere(&db, "web@a:2").await.unwrap();
    let names: Vec<_> = said.iter().map(|said| (said.process.as_str(), said.actor.as_str())).collect();
    assert_eq!(names, [("rapstatus@a:1", "BackendStatus"), ("rapstatus@a:1", "RapStatus")]);
    assert_eq!(said[1].snapshot, json!({"n": 2}));
    assert!(said[1].age < Duration::from_secs(60));
    assert_eq!(elsewhere(&db, "other").await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_process_that_stops_in_order_leaves_nothing_behind() {
    let site = Site::new().await;
    let db = site.db().await;
    report(&db, "a", &[("X", json!({}))]).await.unwrap();
    report(&db, "b", &[("X", json!({}))]).await.unwrap();
    forget(&db, "a").await.unwrap();
    assert_eq!(elsewhere(&db, "").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_process_that_died_is_remembered_for_a_day() {
    let site = Site::new().await;
    let db = site.db().await;
    for process in ["died", "long dead", "asleep"] {
        report(&db, process, &[("X", json!({}))]).await.unwrap();
    }
    db.batch_execute(
        "UPDATE actor_health SET seen_at = now() - interval '1 hour' WHERE process = 'died';
         UPDATE actor_health SET seen_at = now() - interval '25 hours' WHERE process IN ('long dead', 'asleep');",
    )
    .await
    .unwrap();
    report(&db, "asleep", &[("X", json!({}))]).await.unwrap();
    let said = elsewhere(&db, "").await.unwrap();
    let ages: Vec<_> = said.iter().map(|said| (said.process.as_str(), said.age.as_secs() / 3_600)).collect();
    assert_eq!(ages, [("asleep", 0), ("died", 1)]);
}
