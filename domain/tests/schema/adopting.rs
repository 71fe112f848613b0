//! A database that Django has migrated is taken over if it is at the known level, and left alone otherwise.

use domain::migrate::{self, NewerDjango};

use super::{
    check,
    django_database::{applied, django_database, not_applied},
    empty, exists, refusal, run, settings,
};

/// What is new since Django.
const OURS: [&str; 6] = [
    "V2__outbox",
    "V3__job_request_form_tokens",
    "V4__release_request_issues",
    "V5__login_token_attempts",
    "V6__actor_health",
    "V7__staff_event",
];

#[tokio::test]
async fn a_database_at_djangos_last_migration_is_taken_over_with_its_rows() {
    let (database, client) = django_database().await;
    let pending = check(&database).await.unwrap();
    assert!(pending.adopt);
    assert_eq!(pending.migrations, OURS);

    let report = run(&database).await.unwrap();
    assert!(report.adopted);
    assert_eq!(report.applied, OURS);
    let people: i64 = client.query_one("SELECT count(*) FROM jobserver_user", &[]).await.unwrap().get(0);
    assert_eq!(people, 1);
    assert!(migrate::schema_is_current(&database.pool().unwrap().get().await.unwrap()).await.unwrap());
    assert!(run(&database).await.unwrap().is_empty());
}

#[tokio::test]
async fn djangos_own_history_is_left_as_it_was() {
    let (database, client) = django_database().await;
    let history = "SELECT string_agg(django_migrations::text, ' ' ORDER BY id) FROM django_migrations";
    let before: String = client.query_one(history, &[]).await.unwrap().get(0);
    run(&database).await.unwrap();
    assert_eq!(client.query_one(history, &[]).await.unwrap().get::<_, String>(0), before);
}

#[tokio::test]
async fn what_django_inserts_after_the_take_over_still_fits() {
    let (database, client) = django_database().await;
    run(&database).await.unwrap();
    client
        .batch_execute(
            "INSERT INTO jobserver_backend (
                 slug, name, is_active, auth_token, alert_timeout, created_at, updated_at, is_in_maintenance_mode
             )
             VALUES ('tpp', 'TPP', true, 'token', interval '5 minutes', now(), now(), false)",
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn rows_instead_of_a_squashed_migration_count_as_much() {
    let (database, client) = django_database().await;
    not_applied(&client, "applications").await;
    for name in ["0001_initial", "0002_add_short_data_report", "0003_add_read_analytic_methods_policy"] {
        applied(&client, "applications", name).await;
    }
    assert!(run(&database).await.unwrap().adopted);
}

#[tokio::test]
async fn an_older_database_is_refused_with_the_name_of_what_it_lacks_and_stays_untouched() {
    let (database, client) = django_database().await;
    not_applied(&client, "jobserver").await;
    not_applied(&client, "redirects").await;
    applied(&client, "jobserver", "0030_project_category").await;
    let sentence = refusal(&database).await;
    assert!(sentence.contains("jobserver.0031_alter_project_category"), "{sentence}");
    assert!(sentence.contains("redirects.0001_initial_squashed_2025_03"), "{sentence}");
    assert!(sentence.contains("manage.py migrate"), "{sentence}");
    assert!(!exists(&client, "refinery_schema_history").await);
    assert!(!exists(&client, "outbox_message").await);
    assert!(check(&database).await.is_err());
}

#[tokio::test]
async fn a_newer_database_is_refused_unless_the_operator_accepts_it() {
    let (database, client) = django_database().await;
    applied(&client, "jobserver", "0032_something_new").await;
    let sentence = refusal(&database).await;
    assert!(sentence.contains("jobserver.0032_something_new"), "{sentence}");
    let report = migrate::run(&database.url, &settings(), NewerDjango::Accept).await.unwrap();
    assert!(report.adopted);
}

#[tokio::test]
async fn higher_numbers_of_an_earlier_generation_do_not_make_a_database_newer() {
    let (database, client) = django_database().await;
    not_applied(&client, "jobserver").await;
    applied(&client, "jobserver", "0047_from_long_ago").await;
    applied(&client, "jobserver", "0031_alter_project_category").await;
    applied(&client, "interactive", "0099_removed").await;
    assert!(run(&database).await.unwrap().adopted);
}

#[tokio::test]
async fn differences_from_the_known_tables_are_named() {
    let (database, client) = django_database().await;
    client
        .batch_execute(
            "DROP TABLE jobserver_stats;
             ALTER TABLE jobserver_job DROP COLUMN metrics;
             ALTER TABLE jobserver_jobrequest ALTER COLUMN sha TYPE varchar(40);
             ALTER TABLE jobserver_workspace ALTER COLUMN purpose DROP NOT NULL;
             ALTER TABLE jobserver_user DROP CONSTRAINT fullname_non_blank;
             ALTER TABLE jobserver_repo DROP CONSTRAINT jobserver_repo_url_key;
             ALTER TABLE jobserver_org ADD COLUMN motto text NOT NULL;",
        )
        .await
        .unwrap();
    let sentence = refusal(&database).await;
    for difference in [
        "table jobserver_stats is missing",
        "column jobserver_job.metrics is missing",
        "column jobserver_jobrequest.sha is character varying(40), not text",
        "column jobserver_workspace.purpose should not accept NULL",
        "table jobserver_user lacks CHECK",
        "table jobserver_repo lacks UNIQUE (url)",
        "column jobserver_org.motto is unknown here and must have a value",
    ] {
        assert!(sentence.contains(difference), "{difference} is not in: {sentence}");
    }
    assert!(!exists(&client, "refinery_schema_history").await);
}

#[tokio::test]
async fn names_sequences_and_extra_tables_of_a_database_with_a_long_life_do_not_matter() {
    let (database, client) = django_database().await;
    client
        .batch_execute(
            "ALTER TABLE jobserver_user RENAME CONSTRAINT jobserver_user_email_key TO jobserver_user_email_1c89df09_uniq;
             ALTER TABLE jobserver_project RENAME CONSTRAINT number_valid_format TO an_older_name;
             ALTER INDEX jobserver_job_job_request_id_f15d38cb RENAME TO jobserver_job_other;
             ALTER TABLE jobserver_org ALTER COLUMN id DROP IDENTITY;
             CREATE SEQUENCE old_style_seq OWNED BY jobserver_org.id;
             ALTER TABLE jobserver_org ALTER COLUMN id SET DEFAULT nextval('old_style_seq');
             ALTER TABLE jobserver_org ADD COLUMN motto text;
             CREATE TABLE left_over (id integer);
             CREATE VIEW dashboard AS SELECT username FROM jobserver_user;",
        )
        .await
        .unwrap();
    assert!(run(&database).await.unwrap().adopted);
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let (database, client) = empty().await;
    client.batch_execute("CREATE TABLE django_migrations (id int, app text, name text)").await.unwrap();
    assert!(refusal(&database).await.contains("another program"));

    let (database, client) = empty().await;
    client.batch_execute("CREATE TABLE jobserver_user (id int)").await.unwrap();
    assert!(refusal(&database).await.contains("no django_migrations"));
}
