use std::time::Duration;

use actors::{ControllerError, RapControllerSettings, State};
use domain::{
    job_requests::{CancelOrder, insert},
    status::JobRequestStatus,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::{
    fake_rap::{Answer, usual},
    house::{House, eventually, health, impatient, quiet, run, until},
    site::rap_id,
};

#[test]
fn the_controller_gets_all_it_needs_and_the_job_request_is_pending() {
    run(async {
        let house = House::new().await;
        let actors = house.start(quiet());
        let inserted = insert(&house.site.db().await, &house.site.new_job_request()).await.unwrap();
        let report = actors.rap_controller.create(inserted.id).await.unwrap();
        assert_eq!((report.status, report.count), (JobRequestStatus::Pending, 2));
        assert_eq!(house.site.status(inserted.id).await, ("pending".to_owned(), None));
        assert_eq!(
            house.rap.calls("rap/create/")[0].body,
            json!({
                "rap_id": inserted.identifier, "backend": "tpp", "workspace": "asthma-v2",
                "repo_url": "https://github.com/opensafely/asthma-reviews", "branch": "main",
                "commit": "3f0c2d9a7be1450c8d66f1b2a9e7754301cd8f22", "database_name": "default",
                "requested_actions": ["make_table", "draw_plots"], "codelists_ok": true,
                "force_run_dependencies": false, "created_by": "researcher7", "project": "asthma-reviews",
                "orgs": [], "analysis_scope": {
                    "population_permissions": ["include_ndoo", "include_gp_unactivated"],
                    "dataset_permissions": ["appointments", "ukrr"],
                },
            })
        );
        actors.rap_controller.create(inserted.id).await.unwrap();
        assert_eq!(house.rap.calls("rap/create/").len(), 1, "what was created is not created again");
    });
}

#[test]
fn each_answer_gives_the_job_request_its_status() {
    run(async {
        let house = House::new().await;
        let actors = house.start(quiet());
        let html = "<h1>Bad gateway</h1>";
        for (number, (status, body, expected, message)) in [
            (200, r#"{"count": 0, "details": "nothing new"}"#, "nothing_to_do", Some("nothing new")),
            (400, r#"{"error": "x", "details": "no such branch"}"#, "failed", Some("no such branch")),
            (400, r#"{"error": "x"}"#, "failed", Some("Unknown error creating jobs")),
            (502, html, "unknown_error_creating_jobs", None),
            (200, html, "failed", Some("Unknown error creating jobs")),
            (201, r#"{"coun"#, "failed", Some("Unknown error creating jobs")),
        ]
        .into_iter()
        .enumerate()
        {
            house.rap.answer(move |_| Answer::Text(status, "text/html", body));
            let id = house.site.job_request(&rap_id(number), "unknown", SignedDuration::ZERO).await;
            actors.rap_controller.create(id).await.unwrap();
            let (stored, stored_message) = house.site.status(id).await;
            assert_eq!((stored.as_str(), stored_message.as_deref()), (expected, message), "{status} {body}");
        }
        let failure = health(&actors, "RapController").last_failure.unwrap().what;
        assert!(failure.contains("cannot be used"), "{failure}");
    });
}

#[test]
fn a_controller_that_is_not_there_leaves_it_open_whether_jobs_exist() {
    run(async {
        let house = House::new().await;
        let actors = house.start_with(quiet(), |rap| rap.base_url = "http://127.0.0.1:1/".parse().unwrap());
        let id = house.site.job_request(&rap_id(1), "unknown", SignedDuration::ZERO).await;
        let report = actors.rap_controller.create(id).await.unwrap();
        assert_eq!(report.status, JobRequestStatus::UnknownErrorCreatingJobs);
        assert_eq!(house.site.status(id).await.0, "unknown_error_creating_jobs");
        assert!(health(&actors, "RapController").last_failure.unwrap().what.contains("no answer"));
    });
}

#[test]
fn creating_goes_on_when_the_caller_has_stopped_waiting() {
    run(async {
        let house = House::new().await;
        let actors = house.start(impatient(Duration::from_millis(30)));
        house.rap.answer(|_| Answer::Hang);
        let id = house.site.job_request(&rap_id(1), "unknown", SignedDuration::ZERO).await;
        let outcome = actors.rap_controller.create(id).await;
        assert!(matches!(outcome, Err(ControllerError::StillWorking)));
        assert!(matches!(health(&actors, "RapController").state, State::Running { .. }));
        house.rap.let_go();
        eventually("pending", || async { (house.site.status(id).await.0 == "pending").then_some(()) }).await;
    });
}

#[test]
fn what_staff_cancel_is_on_record_also_when_the_controller_agrees_late() {
    run(async {
        let house = House::new().await;
        let actors = house.start(impatient(Duration::from_millis(30)));
        let id = house.site.job_request(&rap_id(1), "running", SignedDuration::ZERO).await;
        house.site.job(id, "j1", "make_table", "running").await;
        house.rap.answer(|_| Answer::Hang);
        let order = CancelOrder { staff: Some("finn".to_owned()), ..CancelOrder::all(id) };
        let outcome = actors.rap_controller.cancel(order).await;
        assert!(matches!(outcome, Err(ControllerError::StillWorking)));
        let db = house.site.db().await;
        let recorded = "SELECT created_by FROM staff_event WHERE type = 'job_request_cancelled'";
        assert_eq!(db.query(recorded, &[]).await.unwrap().len(), 0);
        house.rap.let_go();
        let by = eventually("on record", || async {
            db.query_opt(recorded, &[]).await.unwrap().map(|row| row.get::<_, String>(0))
        });
        assert_eq!(by.await, "finn");
    });
}

#[test]
fn orders_of_one_job_request_follow_each_other_and_others_overtake_them() {
    run(async {
        let house = House::new().await;
        let actors = house.start(quiet());
        let first = house.site.job_request(&rap_id(1), "unknown", SignedDuration::ZERO).await;
        let second = house.site.job_request(&rap_id(2), "unknown", SignedDuration::ZERO).await;
        house.site.job(first, "j1", "make_table", "running").await;
        let slow = rap_id(1);
        house.rap.answer(move |call| if call.body["rap_id"] == slow { Answer::Hang } else { usual(call) });
        let (one, two) = (actors.rap_controller.clone(), actors.rap_controller.clone());
        let creating = tokio::spawn(async move { one.create(first).await });
        until("the first call", || house.rap.calls("rap/create/").len() == 1).await;
        let cancelling = tokio::spawn(async move { two.cancel(CancelOrder::all(first)).await });
        until("both waiting", || health(&actors, "RapController").queue_depth == 2).await;
        actors.rap_controller.create(second).await.unwrap();
        assert_eq!(house.site.status(second).await.0, "pending");
        assert!(house.rap.calls("rap/cancel/").is_empty());
        house.rap.let_go();
        creating.await.unwrap().unwrap();
        assert_eq!(cancelling.await.unwrap().unwrap().actions, ["make_table"]);
        assert_eq!(
            house.rap.calls("rap/cancel/")[0].body,
            json!({"rap_id": rap_id(1), "actions": ["make_table"]})
        );
    });
}

#[test]
fn one_order_too_many_is_refused_at_once() {
    run(async {
        let house = House::new().await;
        let settings =
            RapControllerSettings { capacity: 1, wait: Duration::from_millis(30), ..Default::default() };
        let actors = house.start(actors::Config { rap_controller: settings, ..quiet() });
        house.rap.answer(|_| Answer::Hang);
        let first = house.site.job_request(&rap_id(1), "unknown", SignedDuration::ZERO).await;
        let second = house.site.job_request(&rap_id(2), "unknown", SignedDuration::ZERO).await;
        assert!(matches!(actors.rap_controller.create(first).await, Err(ControllerError::StillWorking)));
        assert!(matches!(actors.rap_controller.create(second).await, Err(ControllerError::Busy)));
        house.rap.let_go();
    });
}

#[test]
fn a_refused_cancellation_is_not_recorded() {
    run(async {
        let house = House::new().await;
        let actors = house.start(quiet());
        let id = house.site.job_request(&rap_id(1), "pending", SignedDuration::ZERO).await;
        assert!(matches!(
            actors.rap_controller.cancel(CancelOrder::all(id)).await,
            Err(ControllerError::NotStartedYet)
        ));
        house.site.job(id, "j1", "make_table", "running").await;
        house.rap.answer(|_| Answer::Json(404, json!({"error": "jobs not found", "details": "none"})));
        assert!(matches!(
            actors.rap_controller.cancel(CancelOrder::all(id)).await,
            Err(ControllerError::Rap(_))
        ));
        let row = house
            .site
            .db()
            .await
            .query_one("SELECT cancelled_actions FROM jobserver_jobrequest", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, serde_json::Value>(0), json!([]));
        let other = Some(vec!["other".to_owned()]);
        assert!(matches!(
            actors.rap_controller.cancel(CancelOrder { actions: other, ..CancelOrder::all(id) }).await,
            Err(ControllerError::NothingActive)
        ));
    });
}

#[test]
fn stopping_waits_for_what_is_under_way_and_takes_nothing_more() {
    run(async {
        let house = House::new().await;
        let actors = house.start(quiet());
        let id = house.site.job_request(&rap_id(1), "unknown", SignedDuration::ZERO).await;
        house.rap.answer(|_| Answer::Hang);
        let controller = actors.rap_controller.clone();
        let creating = tokio::spawn(async move { controller.create(id).await });
        until("the call", || house.rap.calls("rap/create/").len() == 1).await;
        assert!(!actors.stop(Duration::from_millis(50)).await);
        assert!(matches!(actors.rap_controller.create(id).await, Err(ControllerError::Stopping)));
        house.rap.let_go();
        assert!(actors.stop(Duration::from_secs(10)).await);
        assert_eq!(creating.await.unwrap().unwrap().status, JobRequestStatus::Pending);
        assert!(actors.health.snapshot().iter().all(|actor| actor.state == State::Stopped));
    });
}
