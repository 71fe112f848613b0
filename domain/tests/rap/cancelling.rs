use domain::{
    ids::JobRequestId,
    job_requests::{CancelOrder, Cancellation, add_cancelled_actions, cancellation},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::site::{Site, rap_id};

fn names(actions: &[&str]) -> Vec<String> {
    actions.iter().map(|action| (*action).to_owned()).collect()
}

fn only(id: JobRequestId, actions: &[&str]) -> CancelOrder {
    CancelOrder { actions: Some(names(actions)), ..CancelOrder::all(id) }
}

async fn cancelled(site: &Site, id: JobRequestId) -> Value {
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
    let mut db = site.db().await;
    let id = site.job_request(&rap_id(1), "running", SignedDuration::ZERO).await;
    for (action, status) in [("b", "pending"), ("a", "running"), ("c", "succeeded"), ("d", "Pending")] {
        site.job(id, action, action, status).await;
    }
    let all = Cancellation::Actions { identifier: rap_id(1), actions: names(&["a", "b"]) };
    assert_eq!(cancellation(&db, &CancelOrder::all(id)).await.unwrap(), Some(all));
    let wanted = Cancellation::Actions { identifier: rap_id(1), actions: names(&["b"]) };
    assert_eq!(cancellation(&db, &only(id, &["b", "c", "x"])).await.unwrap(), Some(wanted));
    assert_eq!(cancellation(&db, &only(id, &["c"])).await.unwrap(), Some(Cancellation::NothingActive));
    add_cancelled_actions(&mut db, &CancelOrder::all(id), &names(&["b"])).await.unwrap();
    assert!(matches!(
        cancellation(&db, &CancelOrder::all(id)).await.unwrap(),
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
        assert_eq!(cancellation(&db, &CancelOrder::all(id)).await.unwrap(), Some(expected), "{status}");
    }
    assert_eq!(cancellation(&db, &CancelOrder::all(JobRequestId(i32::MAX))).await.unwrap(), None);
}

#[tokio::test]
async fn cancelled_actions_are_kept_once_and_in_order() {
    let site = Site::new().await;
    let mut db = site.db().await;
    let id = site.job_request(&rap_id(1), "running", SignedDuration::ZERO).await;
    add_cancelled_actions(&mut db, &CancelOrder::all(id), &names(&["b", "a", "b"])).await.unwrap();
    add_cancelled_actions(&mut db, &CancelOrder::all(id), &names(&["a", "c"])).await.unwrap();
    add_cancelled_actions(&mut db, &CancelOrder::all(id), &[]).await.unwrap();
    assert_eq!(cancelled(&site, id).await, json!(["b", "a", "c"]));
}

#[tokio::test]
async fn what_staff_cancel_is_put_on_record_with_it_and_once() {
    let site = Site::new().await;
    let mut db = site.db().await;
    let id = site.job_request(&rap_id(1), "running", SignedDuration::ZERO).await;
    add_cancelled_actions(&mut db, &CancelOrder::all(id), &names(&["b"])).await.unwrap();
    let order = CancelOrder { staff: Some("finn".to_owned()), ..CancelOrder::all(id) };
    for _ in 0..2 {
        add_cancelled_actions(&mut db, &order, &names(&["a", "b"])).await.unwrap();
    }
    let rows = db.query("SELECT type, created_by, about_id, changes FROM staff_event", &[]).await.unwrap();
    let texts: Vec<String> = (0..3).map(|column| rows[0].get(column)).collect();
    assert_eq!(texts, ["job_request_cancelled", "finn", &id.to_string()]);
    let changes: Value = rows[0].get(3);
    assert_eq!(changes, json!([{"field": "cancelled_actions", "old": "b", "new": "b, a"}]));
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn two_cancellations_at_once_lose_nothing() {
    let site = Site::new().await;
    let id = site.job_request(&rap_id(1), "running", SignedDuration::ZERO).await;
    let (mut first, mut second) = (site.db().await, site.db().await);
    let tx = first.transaction().await.unwrap();
    let taken = "UPDATE jobserver_jobrequest SET cancelled_actions = '[\"a\", \"both\"]' WHERE id = $1";
    tx.execute(taken, &[&id]).await.unwrap();
    let waiting = tokio::spawn(async move {
        add_cancelled_actions(&mut second, &CancelOrder::all(id), &names(&["b", "both"])).await
    });
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
