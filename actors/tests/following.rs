use std::time::Duration;

use actors::{Config, State};
use domain::job_requests::CancelOrder;
use jiff::SignedDuration;
use serde_json::json;

use crate::{
    fake_rap::{Answer, job, usual},
    house::{House, eventually, health, polling, run, until},
    site::rap_id,
};

#[test]
fn the_controller_is_asked_once_a_round_even_about_nothing() {
    run(async {
        let house = House::new().await;
        let actors = house.start(polling());
        until("three rounds", || house.rap.calls("rap/status/").len() >= 3).await;
        assert!(house.rap.calls("rap/status/").iter().all(|call| call.body == json!({"rap_ids": []})));
        let rounds = health(&actors, "RapStatus").iterations;
        let calls = house.rap.calls("rap/status/").len() as u64;
        assert!(calls.abs_diff(rounds) <= 1, "{calls} calls in {rounds} rounds");
    });
}

#[test]
fn jobs_are_followed_to_their_end() {
    run(async {
        let house = House::new().await;
        let rap = rap_id(1);
        let id = house.site.job_request(&rap, "pending", SignedDuration::ZERO).await;
        let running = json!({"jobs": [job(&rap, "j1", "running")], "unrecognised_rap_ids": []});
        let done = json!({"jobs": [job(&rap, "j1", "succeeded")], "unrecognised_rap_ids": []});
        house.rap.answer(move |_| Answer::Json(200, running.clone()));
        let actors = house.start(polling());
        let site = &house.site;
        let status = |wanted: &'static str| {
            eventually(wanted, move || async move { (site.status(id).await.0 == wanted).then_some(()) })
        };
        status("running").await;
        house.rap.answer(move |_| Answer::Json(200, done.clone()));
        status("succeeded").await;
        assert_eq!(house.site.messages().await.len(), 1);
        until("nothing more to ask", || {
            house.rap.calls("rap/status/").last().is_some_and(|call| call.body["rap_ids"] == json!([]))
        })
        .await;
        assert_eq!(health(&actors, "RapStatus").failures, 0);
    });
}

#[test]
fn what_a_crash_left_open_is_resolved_by_asking() {
    run(async {
        let house = House::new().await;
        let made = rap_id(1);
        let made_id = house.site.job_request(&made, "unknown", SignedDuration::ZERO).await;
        let never_id = house.site.job_request(&rap_id(2), "unknown", SignedDuration::from_mins(11)).await;
        let fresh_id = house.site.job_request(&rap_id(3), "unknown", SignedDuration::ZERO).await;
        let unclear_id =
            house.site.job_request(&rap_id(4), "unknown_error_creating_jobs", SignedDuration::ZERO).await;
        house.rap.answer(move |call| {
            if call.path != "rap/status/" {
                return usual(call);
            }
            let unrecognised: Vec<_> =
                call.body["rap_ids"].as_array().unwrap().iter().filter(|id| **id != made).cloned().collect();
            let answer = json!({"jobs": [job(&made, "j1", "running")], "unrecognised_rap_ids": unrecognised});
            Answer::Json(200, answer)
        });
        let _actors = house.start(polling());
        eventually("resolved", || async { (house.site.status(made_id).await.0 == "running").then_some(()) })
            .await;
        let failed = ("failed".to_owned(), Some("Unknown error creating jobs".to_owned()));
        assert_eq!(house.site.status(never_id).await, failed);
        assert_eq!(house.site.status(unclear_id).await, failed);
        assert_eq!(house.site.status(fresh_id).await.0, "unknown");
    });
}

#[test]
fn a_controller_that_answers_rubbish_is_asked_less_often_and_that_shows() {
    run(async {
        let house = House::new().await;
        let rap = rap_id(1);
        let id = house.site.job_request(&rap, "running", SignedDuration::ZERO).await;
        house.site.job(id, "j1", "action", "running").await;
        house.rap.answer(|_| Answer::Text(200, "text/html", "<h1>Maintenance</h1>"));
        let actors = house.start(polling());
        until("three failures", || health(&actors, "RapStatus").consecutive_failures >= 3).await;
        until("backing off", || matches!(health(&actors, "RapStatus").state, State::BackingOff { .. })).await;
        let cell = health(&actors, "RapStatus");
        assert!(cell.last_failure.unwrap().what.contains("cannot be used"));
        assert!(cell.last_success.is_none() && !cell.is_stuck);
        assert_eq!(house.site.status(id).await.0, "running");
        house.rap.answer(|_| Answer::Text(200, "application/json", r#"{"jobs": [{"identi"#));
        until("another failure", || health(&actors, "RapStatus").consecutive_failures >= 4).await;
        house.rap.answer(usual);
        until("recovered", || health(&actors, "RapStatus").consecutive_failures == 0).await;
    });
}

#[test]
fn part_of_an_answer_that_makes_no_sense_shows_and_the_rest_is_used() {
    run(async {
        let house = House::new().await;
        let rap = rap_id(1);
        let id = house.site.job_request(&rap, "pending", SignedDuration::ZERO).await;
        let answer =
            json!({"jobs": [{"nonsense": true}, job(&rap, "j1", "running")], "unrecognised_rap_ids": []});
        house.rap.answer(move |_| Answer::Json(200, answer.clone()));
        let actors = house.start(polling());
        eventually("running", || async { (house.site.status(id).await.0 == "running").then_some(()) }).await;
        assert!(health(&actors, "RapStatus").last_failure.unwrap().what.contains("make no sense"));
    });
}

#[test]
fn creating_and_cancelling_hurry_the_next_round() {
    run(async {
        let house = House::new().await;
        let hourly = Config { rap_status_interval: Duration::from_secs(3_600), ..polling() };
        let polls = house.start(hourly);
        until("the first round", || health(&polls, "RapStatus").last_success.is_some()).await;
        until("listening", || matches!(health(&polls, "LiveUpdates").state, State::Running { .. })).await;
        let web = house.start(crate::house::quiet());
        let id = house.site.job_request(&rap_id(1), "unknown", SignedDuration::ZERO).await;
        let asked_about = || {
            let ids = json!({"rap_ids": [rap_id(1)]});
            house.rap.calls("rap/status/").iter().filter(|call| call.body == ids).count()
        };
        // Connecting to listen counts as a reason to look, so what is asserted is that the id itself is asked about.
        web.rap_controller.create(id).await.unwrap();
        until("asked after creating", || asked_about() >= 1).await;
        house.site.job(id, "j1", "make_table", "running").await;
        let before = asked_about();
        web.rap_controller.cancel(CancelOrder::all(id)).await.unwrap();
        until("asked after cancelling", || asked_about() > before).await;
    });
}

#[test]
fn backends_are_written_as_the_controller_reports_them() {
    run(async {
        let house = House::new().await;
        house.rap.answer(|call| match call.path.as_str() {
            "backend/status/" => Answer::Json(
                200,
                json!({"backends": [
                    {"slug": "unknown-here", "last_seen": null, "paused": {"status": "off", "since": null},
                     "db_maintenance": {"status": "off", "since": null, "type": null}},
                    {"slug": "tpp", "last_seen": "2025-11-03T08:15:02Z", "paused": {"status": "off", "since": null},
                     "db_maintenance": {"status": "on", "since": "2025-11-03T07:59:41Z", "type": "manual"}},
                ]}),
            ),
            _ => usual(call),
        });
        let actors = house.start(polling());
        until("written", || health(&actors, "BackendStatus").last_success.is_some()).await;
        let detail = health(&actors, "BackendStatus").last_success.unwrap().detail;
        assert_eq!(detail, json!({"updated": ["tpp"], "unknown": ["unknown-here"]}));
        let row = house
            .site
            .db()
            .await
            .query_one(
                "SELECT backend.is_in_maintenance_mode, stats.url
                 FROM jobserver_backend AS backend
                 JOIN jobserver_stats AS stats ON stats.backend_id = backend.id",
                &[],
            )
            .await
            .unwrap();
        assert_eq!((row.get::<_, bool>(0), row.get::<_, String>(1)), (true, house.rap.url.clone()));
    });
}
