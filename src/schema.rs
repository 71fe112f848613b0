//! Before anything is served: the database has the schema that this program needs.

use std::time::Duration;

use domain::{
    Error, db,
    db::PoolSettings,
    migrate::{self, NewerDjango},
};

const PAUSE: Duration = Duration::from_secs(1);
/// How many pauses pass between two log lines about the same wait.
const QUIET: u32 = 10;

/// Migrates the database; waits for one that cannot be reached yet. Fails on one that this program cannot take over.
pub async fn bring_up_to_date(url: &str, settings: &PoolSettings) -> domain::Result<()> {
    let settings = PoolSettings { statement_timeout: Duration::ZERO, ..settings.clone() };
    let mut waited = 0;
    loop {
        match migrate::run(url, &settings, NewerDjango::Refuse).await {
            Err(error @ Error::Unavailable(_)) => wait(&mut waited, &error.to_string()).await,
            outcome => return outcome.map(|_| ()),
        }
    }
}

/// Waits until somebody has migrated the database: with several processes, one command does it for all.
pub async fn wait_until_current(pool: &db::Pool) {
    let mut waited = 0;
    loop {
        let current = match pool.get().await {
            Ok(db) => migrate::schema_is_current(&db).await,
            Err(error) => Err(error.into()),
        };
        match current {
            Ok(true) => return,
            Ok(false) => {
                wait(&mut waited, "run `job-server migrate`: the database lacks what this program needs")
                    .await
            }
            Err(error) => wait(&mut waited, &error.to_string()).await,
        }
    }
}

async fn wait(waited: &mut u32, reason: &str) {
    if waited.is_multiple_of(QUIET) {
        tracing::warn!(reason, "waiting for the database");
    }
    *waited += 1;
    tokio::time::sleep(PAUSE).await;
}
