use domain::backends::{Applied, ReportedBackend, apply_status};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::site::{Site, add_backend, at};

const URL: &str = "https://controller.example/controller/v1/";

fn reported(slug: &str, last_seen: Option<&str>, maintenance: Option<&str>) -> ReportedBackend {
    ReportedBackend {
        slug: slug.to_owned(),
        last_seen: last_seen.map(at),
        db_maintenance_on: maintenance.is_some(),
        db_maintenance_since: maintenance.map(at),
        raw: json!({"slug": slug, "extra": [1, 2]}),
    }
}

#[tokio::test]
async fn a_backend_is_written_as_reported_and_unknown_ones_are_passed_over() {
    let site = Site::new().await;
    let db = site.db().await;
    add_backend(&db, "emis").await;
    db.execute("UPDATE jobserver_backend SET updated_at = '2020-01-01', last_seen_at = now()", &[])
        .await
        .unwrap();
    let seen = "2025-11-03T08:15:02.25Z";
    let answer = [
        reported("tpp", Some(seen), Some("2025-11-03T07:59:41.118Z")),
        reported("nowhere", Some(seen), None),
        reported("emis", None, None),
    ];
    let applied = apply_status(&db, URL, &answer).await.unwrap();
    assert_eq!(
        applied,
        Applied { updated: vec!["emis".into(), "tpp".into()], unknown: vec!["nowhere".into()] }
    );
    let rows = db
        .query(
            "SELECT last_seen_at, is_in_maintenance_mode, last_seen_maintenance_mode, rap_api_state, updated_at
             FROM jobserver_backend
             ORDER BY slug DESC",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(rows[0].get::<_, Option<Timestamp>>(0), Some(at(seen)));
    assert!(rows[0].get::<_, bool>(1));
    assert_eq!(rows[0].get::<_, Option<Timestamp>>(2), Some(at("2025-11-03T07:59:41.118Z")));
    assert_eq!(rows[0].get::<_, Value>(3), json!({"slug": "tpp", "extra": [1, 2]}));
    assert_eq!(rows[0].get::<_, Timestamp>(4), at("2020-01-01T00:00:00Z"));
    assert_eq!(rows[1].get::<_, Option<Timestamp>>(0), None);
}

#[tokio::test]
async fn the_last_contact_is_kept_per_backend_and_address() {
    let site = Site::new().await;
    let db = site.db().await;
    let second = "2025-11-03T08:16:00Z";
    for seen in [Some("2025-11-03T08:15:00Z"), Some(second), None] {
        apply_status(&db, URL, &[reported("tpp", seen, None)]).await.unwrap();
    }
    let rows = db.query("SELECT backend_id, url, api_last_seen FROM jobserver_stats", &[]).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<_, domain::ids::BackendId>(0), site.backend);
    assert_eq!(rows[0].get::<_, String>(1), URL);
    assert_eq!(rows[0].get::<_, Option<Timestamp>>(2), Some(at(second)));
}

#[tokio::test]
async fn a_backend_reported_twice_and_an_empty_answer_are_no_errors() {
    let site = Site::new().await;
    let db = site.db().await;
    let twice = [reported("tpp", None, None), reported("tpp", Some("2025-11-03T08:15:00Z"), None)];
    assert_eq!(apply_status(&db, URL, &twice).await.unwrap().updated, ["tpp"]);
    assert_eq!(apply_status(&db, URL, &[]).await.unwrap(), Applied::default());
}
