use domain::{
    ids::{BackendId, JobRequestId},
    job_requests::CancelOrder,
    pull::{Cancelled, Contact, Maintenance, Wanted, active, cancel, record_contact},
    rap::{Applied, ReportedJob, StatusAnswer, apply_report},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::site::{Site, add_backend, at, rap_id, reported};

async fn report(site: &Site, backend: BackendId, jobs: Vec<ReportedJob>) -> Applied {
    let answer = StatusAnswer { jobs, unrecognised: Vec::new() };
    apply_report(&mut site.db().await, backend, &answer).await.unwrap()
}

async fn identifiers(site: &Site) -> Vec<String> {
    let rows =
        site.db().await.query("SELECT identifier FROM jobserver_job ORDER BY identifier", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn jobs_that_a_runner_leaves_out_are_deleted_in_the_job_requests_that_it_mentions() {
    let site = Site::new().await;
    let (first, second) = (rap_id(1), rap_id(2));
    let id = site.job_request(&first, "pending", SignedDuration::ZERO).await;
    let other = site.job_request(&second, "pending", SignedDuration::ZERO).await;
    site.job(other, "k1", "kept", "pending").await;
    let jobs = vec![reported(&first, "j1", "running"), reported(&first, "j2", "pending")];
    assert_eq!(report(&site, site.backend, jobs).await.created, ["j1", "j2"]);
    let applied = report(&site, site.backend, vec![reported(&first, "j1", "succeeded")]).await;
    assert_eq!(applied.deleted, ["j2"]);
    assert_eq!(identifiers(&site).await, ["j1", "k1"]);
    assert_eq!(site.status(id).await.0, "succeeded", "what is deleted does not count");
    assert_eq!(applied.messages, 1, "the job that ended is told by mail");
}

#[tokio::test]
async fn a_job_request_that_could_not_be_turned_into_jobs_fails() {
    let site = Site::new().await;
    let rap = rap_id(1);
    let id = site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    let mut error = reported(&rap, "e1", "failed");
    error.action = "__error__".to_owned();
    report(&site, site.backend, vec![error]).await;
    assert_eq!(site.status(id).await.0, "failed");
}

#[tokio::test]
async fn strangers_and_job_requests_of_other_backends_are_passed_over() {
    let site = Site::new().await;
    let rap = rap_id(1);
    let id = site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    site.job(id, "j1", "a", "running").await;
    let emis = add_backend(&site.db().await, "emis").await;
    let jobs = vec![reported(&rap, "j2", "failed"), reported("nobody", "j3", "failed")];
    let applied = report(&site, emis, jobs).await;
    assert_eq!(applied.unknown_here, [rap, "nobody".to_owned()]);
    assert_eq!(identifiers(&site).await, ["j1"]);
}

#[tokio::test]
async fn two_runners_at_once_leave_the_jobs_of_one_of_them() {
    let site = Site::new().await;
    let rap = rap_id(1);
    let id = site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    let jobs = |prefix: &str, status: &str| -> Vec<ReportedJob> {
        (0..50).map(|job| reported(&rap, &format!("{prefix}{job:02}"), status)).collect()
    };
    for _ in 0..5 {
        let (one, other) = (
            report(&site, site.backend, jobs("x", "running")),
            report(&site, site.backend, jobs("y", "pending")),
        );
        tokio::join!(one, other);
        let left = identifiers(&site).await;
        assert_eq!(left.len(), 50, "{left:?}");
        assert!(left.iter().all(|job| job[..1] == left[0][..1]), "{left:?}");
        let expected = if left[0].starts_with('x') { "running" } else { "pending" };
        assert_eq!(site.status(id).await.0, expected);
    }
}

async fn listed(site: &Site, backend: Option<BackendId>, limit: i64, offset: i64) -> (i64, Vec<String>) {
    let listing = active(&site.db().await, &Wanted { backend, limit, offset }).await.unwrap();
    (listing.count, listing.job_requests.into_iter().map(|request| request.identifier).collect())
}

#[tokio::test]
async fn what_is_not_finished_and_young_or_has_a_living_job_is_listed_newest_first() {
    let site = Site::new().await;
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    for (identifier, status, age) in
        [("new", "pending", 0), ("young", "unknown", 364), ("old", "pending", 366), ("over", "succeeded", 1)]
    {
        site.job_request(identifier, status, days(age)).await;
    }
    let alive = site.job_request("alive", "failed", days(500)).await;
    site.job(alive, "j1", "a", "pending").await;
    let emis = add_backend(&site.db().await, "emis").await;
    let all = ["new", "young", "alive"].map(str::to_owned);
    assert_eq!(listed(&site, None, 100, 0).await, (3, all.to_vec()));
    assert_eq!(listed(&site, Some(site.backend), 1, 1).await, (3, vec!["young".to_owned()]));
    assert_eq!(listed(&site, None, 100, 3).await, (3, Vec::new()));
    assert_eq!(listed(&site, Some(emis), 100, 0).await, (0, Vec::new()));
}

#[tokio::test]
async fn without_a_controller_what_was_requested_can_be_cancelled_before_there_are_jobs() {
    let site = Site::new().await;
    let mut db = site.db().await;
    let id = site.job_request(&rap_id(1), "pending", SignedDuration::ZERO).await;
    db.execute("UPDATE jobserver_jobrequest SET requested_actions = '{a,b}'", &[]).await.unwrap();
    let both = Cancelled::Actions(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(cancel(&mut db, &CancelOrder::all(id)).await.unwrap(), Some(both));
    site.job(id, "j1", "a", "succeeded").await;
    assert_eq!(cancel(&mut db, &CancelOrder::all(id)).await.unwrap(), Some(Cancelled::NothingActive));
    site.job(id, "j2", "c", "running").await;
    assert_eq!(
        cancel(&mut db, &CancelOrder::all(id)).await.unwrap(),
        Some(Cancelled::Actions(vec!["c".to_owned()]))
    );
    assert_eq!(cancel(&mut db, &CancelOrder::all(JobRequestId(-1))).await.unwrap(), None);
    let row = db.query_one("SELECT cancelled_actions FROM jobserver_jobrequest", &[]).await.unwrap();
    assert_eq!(row.get::<_, Value>(0), json!(["a", "b", "c"]));
}

#[tokio::test]
async fn a_visit_and_what_was_said_on_it_are_remembered() {
    let site = Site::new().await;
    let db = site.db().await;
    let mut contact = Contact { backend: site.backend, path: "/p/", seen_at: None, maintenance: None };
    record_contact(&db, &contact).await.unwrap();
    let stored = || async {
        let row = db
            .query_one(
                "SELECT backend.last_seen_at, stats.api_last_seen, backend.is_in_maintenance_mode,
                        backend.last_seen_maintenance_mode
                 FROM jobserver_backend AS backend
                 JOIN jobserver_stats AS stats ON stats.backend_id = backend.id AND stats.url = '/p/'",
                &[],
            )
            .await
            .unwrap();
        (
            row.get::<_, Timestamp>(0),
            row.get::<_, Timestamp>(1),
            row.get::<_, bool>(2),
            row.get::<_, Option<Timestamp>>(3),
        )
    };
    let (seen, stats, is_on, since) = stored().await;
    assert!(Timestamp::now().duration_since(seen).as_secs() < 60);
    assert_eq!((seen, is_on, since), (stats, false, None));
    let switched = Some(at("2025-11-03T09:00:00Z"));
    contact.seen_at = Some(at("2025-11-03T10:00:00Z"));
    contact.maintenance = Some(Maintenance { is_on: true, since: switched });
    record_contact(&db, &contact).await.unwrap();
    let earlier = at("2025-11-03T10:00:00Z");
    assert_eq!(stored().await, (earlier, earlier, true, switched));
    contact.maintenance = None;
    record_contact(&db, &contact).await.unwrap();
    assert_eq!(stored().await, (earlier, earlier, true, switched), "silence changes nothing");
}
