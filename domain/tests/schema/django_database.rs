//! A database as a Django server of the known level leaves it.

use devkit::database::TestDatabase;
use tokio_postgres::Client;

use super::empty;

const SCHEMA: &str = include_str!("../../../migrations/V1__django_schema.sql");

/// The last rows that Django wrote to its history, component by component.
pub const LEAVES: [(&str, &str); 8] = [
    ("contenttypes", "0002_remove_content_type_name"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("applications", "0001_squashed_2025_03"),
    ("redirects", "0001_initial_squashed_2025_03"),
    ("maintenance", "0003_drop_django_admin_table"),
    ("sessions", "0001_initial"),
    ("social_django", "0017_usersocialauth_user_social_auth_uid_required"),
    ("jobserver", "0031_alter_project_category"),
];

/// Django's tables with one person in them and a complete history.
pub async fn django_database() -> (TestDatabase, Client) {
    let (database, client) = empty().await;
    client.batch_execute(SCHEMA).await.unwrap();
    client
        .batch_execute(
            "INSERT INTO jobserver_user (username, email, fullname, password, roles, date_joined)
             VALUES ('ada', 'ada@example.com', 'Ada', '', '{}', now())",
        )
        .await
        .unwrap();
    for (app, name) in LEAVES {
        applied(&client, app, name).await;
    }
    (database, client)
}

/// Notes that Django has applied this migration, after all that it applied so far.
pub async fn applied(client: &Client, app: &str, name: &str) {
    client
        .execute("INSERT INTO django_migrations (app, name, applied) VALUES ($1, $2, now())", &[&app, &name])
        .await
        .unwrap();
}

pub async fn not_applied(client: &Client, app: &str) {
    client.execute("DELETE FROM django_migrations WHERE app = $1", &[&app]).await.unwrap();
}
