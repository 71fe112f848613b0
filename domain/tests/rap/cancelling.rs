use domain::job_requests::{Cancellation, add_cancelled_actions, cancellable_actions, cancellation};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::site::{Site, rap_id};

fn names(actions: &[&str]) -> Vec<String> {
    actions.iter().map(|action| (*action).to_owned()).collect()
}

async fn cancelled(site: &Site, id: domain::ids::JobRequestId) -> Value {
    let row = site
        .db()
        .await
        .query_one("SELECT cancelled_actions FROM jobserver_jobrequest WHERE id = $1", &[&id])
        .await
        .unwrap();
    row.get(0)
}

#[tokio::test]
async fn waiting_and_running_actions_can_be_cancelled_and_no_others() {
    let site = Site::new().await;
    let db = site.db().await;
    let id = site.job_request(&rap_id(1), "running", SignedDuration::ZERO).await;
    for (action, status) in [("b", "pending"), ("a", "running"), ("c", "succeeded"), ("d", "Pending")] {
        site.job(id, action, action, status).await;
    }
    let all = Cancellation::Actions { identifier: rap_id(1), actions: names(&["a", "b"]) };
    assert_eq!(cancellation(&db, id, None).await.unwrap(), Some(all));
    let wanted = Cancellation::Actions { identifier: rap_id(1), actions: names(&["b"]) };
    assert_eq!(cancellation(&db, id, Some(&names(&["b", "c", "x"]))).await.unwrap(), Some(wanted));
    assert_eq!(cancellation(&db, id, Some(&names(&["c"]))).await.unwrap(), Some(Cancellation::NothingActive));
    add_cancelled_actions(&db, id, &names(&["b"])).await.unwrap();
    assert_eq!(cancellable_actions(&db, id).await.unwrap(), ["a"]);
    assert!(matches!(
        cancellation(&db, id, None).await.unwrap(),
        Some(Cancellation::Actions { actions, .. }) if actions == ["a", "b"]
    ));
}

#[tokio::test]
async fn without_jobs_it_depends_on_the_status_whether_it_is_too_early() {
    let site = Site::new().await;
    let db = site.db().await;
    for (number, (status, expected)) in [
        ("pending", Cancellation::NotStartedYet),
        ("unknown_error_creating_jobs", Cancellation::NotStartedYet),
        ("unknown", Cancellation::NothingActive),
        ("failed", Cancellation::NothingActive),
    ]
    .into_iter()
    .enumerate()
    {
        let id = site.job_request(&rap_id(number), status, SignedDuration::ZERO).await;
        assert_eq!(cancellation(&db, id, None).await.unwrap(), Some(expected), "{status}");
    }
    assert_eq!(cancellation(&db, domain::ids::JobRequestId(i32::MAX), None).await.unwrap(), None);
}

#[tokio::test]
async fn cancelled_actions_are_kept_once_and_in_order() {
    let site = Site::new().await;
    let db = site.db().await;
    let id = site.job_request(&rap_id(1), "running", SignedDuration::ZERO).await;
    add_cancelled_actions(&db, id, &names(&["b", "a", "b"])).await.unwrap();
    add_cancelled_actions(&db, id, &names(&["a", "c"])).await.unwrap();
    add_cancelled_actions(&db, id, &[]).await.unwrap();
    assert_eq!(cancelled(&site, id).await, json!(["b", "a", "c"]));
}

#[tokio::test]
async fn two_cancellations_at_once_lose_nothing() {
    let site = Site::new().await;
    let id = site.job_request(&rap_id(1), "running", SignedDuration::ZERO).await;
    let (mut first, second) = (site.db().await, site.db().await);
    let tx = first.transaction().await.unwrap();
    add_cancelled_actions(&tx, id, &names(&["a", "both"])).await.unwrap();
    let waiting =
        tokio::spawn(async move { add_cancelled_actions(&second, id, &names(&["b", "both"])).await });
    until_somebody_waits_for_a_lock(&site).await;
    tx.commit().await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(cancelled(&site, id).await, json!(["a", "both", "b"]));
}

async fn until_somebody_waits_for_a_lock(site: &Site) {
    let db = site.db().await;
    let waiting = async {
        loop {
            let row = db
                .query_one(
                    "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'",
                    &[],
                )
                .await
                .unwrap();
            if row.get::<_, i64>(0) > 0 {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), waiting).await.unwrap();
}
