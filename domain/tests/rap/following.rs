use domain::rap::{Applied, ReportedJob, StatusAnswer, apply_status};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::site::{Site, at, rap_id, reported};

pub async fn apply(
    site: &Site,
    requested: &[&str],
    jobs: Vec<ReportedJob>,
    unrecognised: &[&str],
) -> Applied {
    let strings = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let answer = StatusAnswer { jobs, unrecognised: strings(unrecognised) };
    apply_status(&mut [site.db().await], &strings(requested), &answer).await.unwrap()
}

#[tokio::test]
async fn reported_jobs_are_stored_and_the_status_follows() {
    let site = Site::new().await;
    let rap = rap_id(1);
    let id = site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    let mut job = reported(&rap, "j1", "running");
    job.trace_context = Some(Some(json!({"traceparent": "00-x"})));
    job.metrics = Some(Some(json!({"cpu_mean": 61.2})));
    let applied = apply(&site, &[&rap], vec![job, reported(&rap, "j2", "pending")], &[]).await;
    assert_eq!(applied.created, ["j1", "j2"]);
    assert_eq!(applied.status_changes, 1);
    assert_eq!(site.status(id).await.0, "running");
    let row = site
        .db()
        .await
        .query_one(
            "SELECT job_request_id, action, run_command, status, status_code, status_message, created_at,
                    updated_at, started_at, completed_at, trace_context, metrics
             FROM jobserver_job
             WHERE identifier = 'j1'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, domain::ids::JobRequestId>(0), id);
    assert_eq!(row.get::<_, String>(1), "action-j1");
    assert_eq!(row.get::<_, String>(2), "python:v2 python analysis/table.py");
    assert_eq!(row.get::<_, String>(3), "running");
    assert_eq!(row.get::<_, jiff::Timestamp>(6), at("2025-11-03T09:00:04Z"));
    assert_eq!(row.get::<_, Option<jiff::Timestamp>>(8), Some(at("2025-11-03T09:01:30Z")));
    assert_eq!(row.get::<_, Option<jiff::Timestamp>>(9), None);
    assert_eq!(row.get::<_, Value>(10), json!({"traceparent": "00-x"}));
    assert_eq!(row.get::<_, Value>(11), json!({"cpu_mean": 61.2}));
}

#[tokio::test]
async fn what_has_not_changed_is_not_written() {
    let site = Site::new().await;
    let rap = rap_id(1);
    site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    let jobs = || vec![reported(&rap, "j1", "running"), reported(&rap, "j2", "pending")];
    apply(&site, &[&rap], jobs(), &[]).await;
    let versions = || async {
        let rows =
            site.db().await.query("SELECT xmin::text FROM jobserver_job ORDER BY id", &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    let before = versions().await;
    let applied = apply(&site, &[&rap], jobs(), &[]).await;
    assert_eq!(applied, Applied::default());
    assert_eq!(versions().await, before);
    let mut jobs = jobs();
    jobs[1].status_code = "waiting_on_workers".to_owned();
    assert_eq!(apply(&site, &[&rap], jobs, &[]).await.updated, ["j2"]);
}

#[tokio::test]
async fn what_the_answer_leaves_out_of_a_job_stays() {
    let site = Site::new().await;
    let rap = rap_id(1);
    site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    let mut job = reported(&rap, "j1", "running");
    job.metrics = Some(Some(json!({"cpu_mean": 1.5})));
    job.trace_context = Some(Some(json!({"traceparent": "00-x"})));
    apply(&site, &[&rap], vec![job], &[]).await;
    let mut job = reported(&rap, "j1", "running");
    (job.metrics, job.trace_context, job.created_at) = (None, Some(None), None);
    job.status_code = "executed".to_owned();
    apply(&site, &[&rap], vec![job], &[]).await;
    let row = site
        .db()
        .await
        .query_one("SELECT metrics, trace_context, created_at, status_code FROM jobserver_job", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, Option<Value>>(0), Some(json!({"cpu_mean": 1.5})));
    assert_eq!(row.get::<_, Option<Value>>(1), None);
    assert_eq!(row.get::<_, jiff::Timestamp>(2), at("2025-11-03T09:00:04Z"));
    assert_eq!(row.get::<_, String>(3), "executed");
}

#[tokio::test]
async fn a_job_may_go_backwards_but_a_finished_job_request_may_not() {
    let site = Site::new().await;
    let rap = rap_id(1);
    let id = site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    apply(&site, &[&rap], vec![reported(&rap, "j1", "succeeded")], &[]).await;
    assert_eq!(site.status(id).await.0, "succeeded");
    let applied = apply(&site, &[&rap], vec![reported(&rap, "j1", "running")], &[]).await;
    assert_eq!(applied.updated, ["j1"]);
    assert_eq!(site.status(id).await.0, "succeeded");
}

#[tokio::test]
async fn one_mail_is_queued_for_each_job_that_has_just_finished() {
    let site = Site::new().await;
    let rap = rap_id(1);
    let id = site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    let applied =
        apply(&site, &[&rap], vec![reported(&rap, "j1", "running"), reported(&rap, "j2", "failed")], &[])
            .await;
    assert_eq!((applied.completed, applied.messages), (vec!["j2".to_owned()], 1));
    let jobs = || vec![reported(&rap, "j1", "succeeded"), reported(&rap, "j2", "failed")];
    assert_eq!(apply(&site, &[&rap], jobs(), &[]).await.completed, ["j1"]);
    assert_eq!(apply(&site, &[&rap], jobs(), &[]).await.completed, Vec::<String>::new());
    let messages = site.messages().await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].0, "job-finished:j1:2025-11-03T09:06:10Z");
    assert_eq!(
        messages[1].1,
        json!({
            "template": "job_finished",
            "to": ["seven@example.org"],
            "subject": "succeeded: [os asthma-v2] action-j1",
            "facts": {
                "action": "action-j1",
                "workspace": "asthma-v2",
                "status": "succeeded",
                "status_message": "",
                "elapsed_seconds": 280,
                "job_path": format!("/asthma-reviews/asthma-v2/{id}/j1/"),
            },
        })
    );
}

#[tokio::test]
async fn a_job_without_a_sensible_duration_is_told_of_without_one() {
    let site = Site::new().await;
    let rap = rap_id(1);
    site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    let mut job = reported(&rap, "j1", "failed");
    job.started_at = Some(at("2025-11-03T10:00:00Z"));
    apply(&site, &[&rap], vec![job], &[]).await;
    assert_eq!(site.messages().await[0].1["facts"]["elapsed_seconds"], Value::Null);
}

#[tokio::test]
async fn nobody_is_told_who_did_not_ask_or_has_no_address() {
    let site = Site::new().await;
    let (silent, nameless) = (rap_id(1), rap_id(2));
    let id = site.job_request(&silent, "pending", SignedDuration::ZERO).await;
    site.job_request(&nameless, "pending", SignedDuration::ZERO).await;
    let db = site.db().await;
    db.execute("UPDATE jobserver_jobrequest SET will_notify = false WHERE id = $1", &[&id]).await.unwrap();
    let applied = apply(&site, &[&silent], vec![reported(&silent, "j1", "failed")], &[]).await;
    assert_eq!((applied.completed.len(), applied.messages), (1, 0));
    db.execute("UPDATE jobserver_user SET email = ''", &[]).await.unwrap();
    let applied = apply(&site, &[&nameless], vec![reported(&nameless, "j2", "failed")], &[]).await;
    assert_eq!((applied.completed.len(), applied.messages), (1, 0));
}

#[tokio::test]
async fn jobs_that_are_no_longer_reported_stay_and_count() {
    let site = Site::new().await;
    let rap = rap_id(1);
    let id = site.job_request(&rap, "running", SignedDuration::ZERO).await;
    site.job(id, "old", "old", "running").await;
    let applied = apply(&site, &[&rap], vec![reported(&rap, "new", "succeeded")], &[]).await;
    assert_eq!(applied.missing, ["old"]);
    assert_eq!(site.status(id).await.0, "running");
}

#[tokio::test]
async fn an_unrecognised_job_request_fails_only_when_its_jobs_cannot_exist() {
    let site = Site::new().await;
    let hour = SignedDuration::from_hours(1);
    let failed = ("failed", Some("Unknown error creating jobs"));
    for (number, (stored, age, job, expected)) in [
        ("unknown_error_creating_jobs", SignedDuration::ZERO, None, failed),
        ("pending", hour, None, ("pending", None)),
        ("running", hour, None, ("running", None)),
        ("unknown", SignedDuration::from_mins(9), None, ("unknown", None)),
        ("unknown", SignedDuration::from_mins(11), None, failed),
        ("unknown", hour, Some("odd"), ("unknown", None)),
        ("unknown_error_creating_jobs", hour, Some("running"), ("running", None)),
    ]
    .into_iter()
    .enumerate()
    {
        let rap = rap_id(number);
        let id = site.job_request(&rap, stored, age).await;
        if let Some(status) = job {
            site.job(id, &rap, "action", status).await;
        }
        let applied = apply(&site, &[&rap], vec![], &[&rap]).await;
        assert_eq!(applied.unrecognised, [rap.as_str()]);
        let (status, message) = site.status(id).await;
        assert_eq!((status.as_str(), message.as_deref()), expected, "{stored} {age} {job:?}");
        assert_eq!(applied.failed_unrecognised.len(), usize::from(expected == failed));
    }
}

#[tokio::test]
async fn what_was_not_asked_about_is_ignored() {
    let site = Site::new().await;
    let (asked, other) = (rap_id(1), rap_id(2));
    site.job_request(&asked, "pending", SignedDuration::ZERO).await;
    site.job_request(&other, "pending", SignedDuration::ZERO).await;
    let stranger = rap_id(3);
    let applied =
        apply(&site, &[&asked, &stranger], vec![reported(&other, "j1", "running")], &[&stranger]).await;
    assert!(applied.created.is_empty());
    assert_eq!(applied.unknown_here, [stranger]);
}

#[tokio::test]
async fn watching_pages_and_the_dispatcher_are_told_at_the_commit() {
    let site = Site::new().await;
    let (rap, idle) = (rap_id(1), rap_id(2));
    let id = site.job_request(&rap, "pending", SignedDuration::ZERO).await;
    site.job_request(&idle, "pending", SignedDuration::ZERO).await;
    let config = site.database.target().unwrap();
    let mut listener = domain::live::Listener::connect(&config, &["job_request", "outbox"]).await.unwrap();
    apply(&site, &[&rap, &idle], vec![reported(&rap, "j1", "failed")], &[]).await;
    let mut heard = Vec::new();
    for _ in 0..2 {
        let told = listener.next().await.unwrap();
        heard.push((told.channel, told.payload));
    }
    heard.sort();
    assert_eq!(heard, [("job_request".to_owned(), id.to_string()), ("outbox".to_owned(), String::new())]);
}
