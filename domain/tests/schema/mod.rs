//! The schema that migrations build, and what they make of databases that were there before.

mod adopting;
mod django_database;
mod fresh;
mod indexes;
mod running;

use std::time::Duration;

use devkit::database::TestDatabase;
use domain::{
    db::PoolSettings,
    migrate::{self, NewerDjango, Pending, Report},
};
use tokio_postgres::Client;

/// A database without any tables.
async fn empty() -> (TestDatabase, Client) {
    let database = devkit::database::fresh().await.unwrap();
    let client = database.connect().await.unwrap();
    client.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
    (database, client)
}

fn settings() -> PoolSettings {
    PoolSettings {
        max_connections: 1,
        wait_timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
        application_name: "schema tests".to_owned(),
    }
}

async fn run(database: &TestDatabase) -> domain::Result<Report> {
    migrate::run(&database.url, &settings(), NewerDjango::Refuse).await
}

async fn check(database: &TestDatabase) -> domain::Result<Pending> {
    migrate::check(&database.url, &settings(), NewerDjango::Refuse).await
}

/// The sentence with which the database is refused.
async fn refusal(database: &TestDatabase) -> String {
    match run(database).await {
        Err(domain::Error::Invalid(sentence)) => sentence,
        other => panic!("not refused: {other:?}"),
    }
}

async fn exists(client: &Client, relation: &str) -> bool {
    client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&relation]).await.unwrap().get(0)
}
