//! Indexes that are built beside the running site.

use tokio_postgres::Client;

use super::{check, empty, run};

const INDEX: &str = "jobserver_backend_auth_token_ix";

async fn is_valid(client: &Client) -> Option<bool> {
    let row = client
        .query_opt(
            "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = $1",
            &[&INDEX],
        )
        .await
        .unwrap();
    row.map(|row| row.get(0))
}

#[tokio::test]
async fn an_index_that_is_missing_is_built() {
    let (database, client) = empty().await;
    run(&database).await.unwrap();
    client.batch_execute(&format!("DROP INDEX {INDEX}")).await.unwrap();
    assert_eq!(check(&database).await.unwrap().indexes, [INDEX]);
    assert_eq!(run(&database).await.unwrap().indexes, [INDEX]);
    assert_eq!(is_valid(&client).await, Some(true));
}

#[tokio::test]
async fn an_index_whose_build_was_broken_off_is_built_again() {
    let (database, client) = empty().await;
    run(&database).await.unwrap();
    client
        .execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::text::regclass", &[&INDEX])
        .await
        .unwrap();
    assert_eq!(is_valid(&client).await, Some(false));
    assert_eq!(run(&database).await.unwrap().indexes, [INDEX]);
    assert_eq!(is_valid(&client).await, Some(true));
}

#[tokio::test]
async fn no_index_repeats_one_that_is_there() {
    let (database, client) = empty().await;
    run(&database).await.unwrap();
    let repeated = client
        .query(
            "SELECT one.indexrelid::regclass::text
             FROM pg_index AS one
             JOIN pg_index AS other
               ON other.indrelid = one.indrelid
              AND other.indexrelid <> one.indexrelid
              AND other.indkey = one.indkey
              AND other.indclass = one.indclass
              AND other.indoption = one.indoption
              AND other.indpred IS NOT DISTINCT FROM one.indpred
             WHERE one.indexrelid::regclass::text LIKE '%\\_ix'",
            &[],
        )
        .await
        .unwrap();
    assert!(repeated.is_empty(), "{:?}", repeated.iter().map(|row| row.get(0)).collect::<Vec<String>>());
}
