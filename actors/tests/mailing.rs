use std::time::Duration;

use actors::{Config, Effort, NotificationSettings, Roles};
use domain::outbox::{Depth, Kind, NewMessage, depth, enqueue};
use serde_json::{Value, json};

use crate::house::{House, eventually, health, run, until};

fn mailing() -> Config {
    let defaults = NotificationSettings::default();
    let email = Effort { first_retry: Duration::from_millis(20), attempts: 4, ..defaults.email };
    let notifications = NotificationSettings { email, ..defaults };
    Config { roles: Roles::WEB, notifications, ..Config::default() }
}

fn mail(marker: &str) -> NewMessage {
    message(
        Kind::Email,
        marker,
        json!({
            "template": "job_finished",
            "to": ["seven@example.org"],
            "subject": format!("subject of {marker}"),
            "facts": {"action": "make_table"},
        }),
    )
}

fn message(kind: Kind, marker: &str, payload: Value) -> NewMessage {
    NewMessage { kind, ordering_key: None, payload, marker: marker.to_owned() }
}

async fn until_depth(house: &House, expected: Depth) {
    eventually(&format!("{expected:?}"), || async {
        (depth(&house.site.db().await).await.unwrap() == expected).then_some(())
    })
    .await;
}

#[test]
fn with_two_dispatchers_each_mail_is_sent_once() {
    run(async {
        let house = House::new().await;
        let _processes = [house.start(mailing()), house.start(mailing())];
        let markers: Vec<String> = (0..40).map(|number| format!("job-finished:{number:02}:x")).collect();
        let mails: Vec<NewMessage> = markers.iter().map(|marker| mail(marker)).collect();
        enqueue(&house.site.db().await, &mails).await.unwrap();
        until_depth(&house, Depth::default()).await;
        let ids: Vec<String> =
            (0..40).map(|number| format!("<job-finished.{number:02}.x@jobs.opensafely.org>")).collect();
        assert_eq!(house.relay.headers("Message-ID"), ids);
        assert_eq!(house.relay.headers("Subject")[0], "subject of job-finished:00:x");
        assert_eq!(house.relay.headers("From")[0], "notifications@jobs.opensafely.org");
        assert!(house.relay.mails()[0].contains("make_table"));
    });
}

#[test]
fn what_was_queued_before_the_start_is_sent_too() {
    run(async {
        let house = House::new().await;
        enqueue(&house.site.db().await, &[mail("early")]).await.unwrap();
        let _actors = house.start(mailing());
        until("sent", || house.relay.mails().len() == 1).await;
    });
}

#[test]
fn a_relay_that_has_no_time_is_asked_again_and_that_shows() {
    run(async {
        let house = House::new().await;
        house.relay.turn_away(2);
        let actors = house.start(mailing());
        enqueue(&house.site.db().await, &[mail("patience")]).await.unwrap();
        until("sent", || house.relay.mails().len() == 1).await;
        until_depth(&house, Depth::default()).await;
        let failure = health(&actors, "Notifications").last_failure.unwrap().what;
        assert!(failure.starts_with("patience: ") && failure.contains("not now"), "{failure}");
    });
}

#[test]
fn a_message_that_cannot_be_delivered_is_given_up_and_kept() {
    run(async {
        let house = House::new().await;
        let actors = house.start(mailing());
        let messages = [
            message(Kind::Email, "no-sense", json!({"template": 7})),
            message(
                Kind::Email,
                "no-template",
                json!({"template": "x", "to": ["a@example.org"], "subject": "s", "facts": {}}),
            ),
            message(
                Kind::Email,
                "panics",
                json!({"template": "panics", "to": ["a@example.org"], "subject": "s", "facts": {}}),
            ),
            message(Kind::Slack, "no-token", json!({"channel": "c", "text": "t"})),
            message(Kind::GitHub, "no-task", json!({"operation": "create"})),
            mail("good"),
        ];
        enqueue(&house.site.db().await, &messages).await.unwrap();
        until_depth(&house, Depth { waiting: 0, retrying: 0, dead: 5 }).await;
        let rows = house
            .site
            .db()
            .await
            .query(
                "SELECT marker, attempts FROM outbox_message WHERE dead_at IS NOT NULL ORDER BY marker",
                &[],
            )
            .await
            .unwrap();
        let dead: Vec<(String, i32)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let expected = [("no-sense", 1), ("no-task", 1), ("no-template", 4), ("no-token", 1), ("panics", 4)];
        assert_eq!(dead, expected.map(|(marker, attempts)| (marker.to_owned(), attempts)));
        assert_eq!(house.relay.mails().len(), 1);
        assert_eq!(health(&actors, "Notifications").panics, 0, "a panic of one message is not the actor's");
    });
}
