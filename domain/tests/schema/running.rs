//! Running migrations: once, again, many at once, and with a newer program's migrations already there.

use domain::migrate;

use super::{check, empty, exists, run};

const ALL: [&str; 7] = [
    "V1__django_schema",
    "V2__outbox",
    "V3__job_request_form_tokens",
    "V4__release_request_issues",
    "V5__login_token_attempts",
    "V6__actor_health",
    "V7__staff_event",
];

#[tokio::test]
async fn an_empty_database_gets_everything_and_a_second_run_finds_nothing_to_do() {
    let (database, client) = empty().await;
    let pending = check(&database).await.unwrap();
    assert!(!pending.adopt);
    assert_eq!(pending.migrations, ALL);
    assert!(!exists(&client, "refinery_schema_history").await, "a check changes nothing");

    let report = run(&database).await.unwrap();
    assert!(!report.adopted);
    assert_eq!(report.applied, ALL);
    assert_eq!(report.indexes, pending.indexes);
    assert!(check(&database).await.unwrap().is_empty());
    assert!(run(&database).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_schema_is_current_only_after_the_last_migration() {
    let (database, client) = empty().await;
    let db = database.pool().unwrap().get().await.unwrap();
    assert!(!migrate::schema_is_current(&db).await.unwrap());
    run(&database).await.unwrap();
    assert!(migrate::schema_is_current(&db).await.unwrap());
    client.batch_execute("DELETE FROM refinery_schema_history WHERE version = 6").await.unwrap();
    assert!(!migrate::schema_is_current(&db).await.unwrap());
}

#[tokio::test]
async fn of_four_at_once_one_migrates_and_the_others_find_nothing_to_do() {
    let (database, _client) = empty().await;
    let reports = tokio::try_join!(run(&database), run(&database), run(&database), run(&database)).unwrap();
    let reports = [reports.0, reports.1, reports.2, reports.3];
    assert_eq!(reports.iter().filter(|report| report.applied == ALL).count(), 1);
    assert_eq!(reports.iter().filter(|report| report.is_empty()).count(), 3);
}

#[tokio::test]
async fn an_older_program_runs_on_a_newer_programs_database() {
    let (database, client) = empty().await;
    run(&database).await.unwrap();
    client
        .batch_execute(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (99, 'of_tomorrow', '2030-01-01T00:00:00Z', '1')",
        )
        .await
        .unwrap();
    assert!(run(&database).await.unwrap().is_empty());
    assert!(migrate::schema_is_current(&database.pool().unwrap().get().await.unwrap()).await.unwrap());
}
