//! How many statements something sends. Needs a PostgreSQL that counts them; without it there is nothing to check.

use std::time::Duration;

use super::{Browser, Db, TestApp, eventually};

const COUNT: &str = "SELECT coalesce(sum(calls), 0)::bigint
     FROM pg_stat_statements
     JOIN pg_database ON pg_database.oid = dbid
     WHERE datname = current_database() AND query NOT LIKE '%pg_stat_statements%'";
/// An actor may send a statement in between, but not in each of so many tries.
const TRIES: usize = 3;

/// Whether this PostgreSQL counts statements.
pub async fn can_count(db: &Db) -> bool {
    let loaded: String = db.value("SELECT current_setting('shared_preload_libraries')", &[]).await;
    if !loaded.contains("pg_stat_statements") {
        eprintln!("not checked: this PostgreSQL does not count statements");
        return false;
    }
    db.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", &[]).await;
    true
}

/// Waits until the server sends nothing by itself.
pub async fn quiet(db: &Db) {
    let mut last = -1;
    eventually("the server is quiet", Duration::from_secs(20), async || {
        let now: i64 = db.value(COUNT, &[]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        std::mem::replace(&mut last, now) == now
    })
    .await;
}

/// How many statements are sent during `work`, by whomever.
pub async fn sent_during(db: &Db, work: impl AsyncFnOnce()) -> i64 {
    let before: i64 = db.value(COUNT, &[]).await;
    work().await;
    db.value::<i64>(COUNT, &[]).await - before
}

/// The fewest statements of a few tries at `work`.
pub async fn fewest_during(db: &Db, work: impl AsyncFn()) -> i64 {
    let mut fewest = i64::MAX;
    for _ in 0..TRIES {
        fewest = fewest.min(sent_during(db, &work).await);
    }
    fewest
}

/// How many statements a page takes.
pub async fn statements(app: &TestApp, browser: &Browser, path: &str) -> i64 {
    fewest_during(&app.db, async || drop(browser.get(path).await.expect(200))).await
}
