//! One bad item must not keep the others from being written.

use jiff::SignedDuration;

use super::{
    following::apply,
    site::{Site, rap_id, reported},
};

#[tokio::test]
async fn a_job_reported_twice_counts_once_and_the_later_report_wins() {
    let site = Site::new().await;
    let rap = rap_id(1);
    site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    let jobs = vec![reported(&rap, "j1", "pending"), reported(&rap, "j1", "running")];
    let applied = apply(&site, &[&rap, &rap], jobs, &[]).await;
    assert_eq!(applied.created, ["j1"]);
    let row = site.db().await.query_one("SELECT status FROM jobserver_job", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "running");
}

#[tokio::test]
async fn an_identifier_of_another_job_request_is_passed_over() {
    let site = Site::new().await;
    let (owner, other) = (rap_id(1), rap_id(2));
    let owner_id = site.job_request(&owner, "running", SignedDuration::ZERO).await;
    site.job_request(&other, "pending", SignedDuration::ZERO).await;
    site.job(owner_id, "taken", "action", "running").await;
    let jobs = vec![reported(&other, "taken", "failed"), reported(&other, "free", "running")];
    let applied = apply(&site, &[&other], jobs, &[]).await;
    assert_eq!((applied.clashes, applied.created), (vec!["taken".to_owned()], vec!["free".to_owned()]));
    assert_eq!(applied.messages, 0);
    let row = site
        .db()
        .await
        .query_one("SELECT status FROM jobserver_job WHERE identifier = 'taken'", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "running");
}

#[tokio::test]
async fn an_identifier_under_two_rap_ids_of_one_answer_is_written_once() {
    let site = Site::new().await;
    let (first, second) = (rap_id(1), rap_id(2));
    let first_id = site.job_request(&first, "pending", SignedDuration::ZERO).await;
    site.job_request(&second, "pending", SignedDuration::ZERO).await;
    let jobs = vec![
        reported(&first, "same", "running"),
        reported(&second, "same", "running"),
        reported(&second, "own", "running"),
    ];
    let applied = apply(&site, &[&first, &second], jobs, &[]).await;
    assert_eq!(applied.created, ["same", "own"]);
    let row = site
        .db()
        .await
        .query_one("SELECT job_request_id FROM jobserver_job WHERE identifier = 'same'", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, domain::ids::JobRequestId>(0), first_id);
}

#[tokio::test]
async fn a_job_request_that_cannot_be_written_does_not_stop_the_others() {
    let site = Site::new().await;
    let raps: Vec<String> = (1..=3).map(rap_id).collect();
    for rap in &raps {
        site.job_request(rap, "pending", SignedDuration::ZERO).await;
    }
    let mut jobs: Vec<_> =
        raps.iter().enumerate().map(|(n, rap)| reported(rap, &format!("j{n}"), "succeeded")).collect();
    jobs[1].status_message = "what no text column takes: \0".to_owned();
    let requested: Vec<&str> = raps.iter().map(String::as_str).collect();
    let applied = apply(&site, &requested, jobs, &[]).await;
    assert_eq!(applied.created, ["j0", "j2"]);
    assert_eq!(applied.messages, 2);
    assert_eq!(applied.failed.len(), 1);
    assert_eq!(applied.failed[0].0, raps[1]);
}
