use std::time::Duration;

use domain::leases::Lease;

use super::site::Site;

async fn eventually<T, F: Future<Output = Option<T>>>(mut attempt: impl FnMut() -> F) -> T {
    let trying = async {
        loop {
            if let Some(value) = attempt().await {
                return value;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), trying).await.unwrap()
}

#[tokio::test]
async fn only_one_holds_a_lease_and_the_next_gets_it_when_it_is_given_up() {
    let site = Site::new().await;
    let config = site.database.target().unwrap();
    let held = Lease::try_acquire(&config, "a").await.unwrap().unwrap();
    assert!(held.is_held().await.unwrap());
    assert!(Lease::try_acquire(&config, "a").await.unwrap().is_none());
    assert!(Lease::try_acquire(&config, "b").await.unwrap().is_some());
    held.release().await.unwrap();
    assert!(Lease::try_acquire(&config, "a").await.unwrap().is_some());
}

#[tokio::test]
async fn a_dropped_lease_is_free_again() {
    let site = Site::new().await;
    let config = site.database.target().unwrap();
    drop(Lease::try_acquire(&config, "a").await.unwrap().unwrap());
    eventually(|| async { Lease::try_acquire(&config, "a").await.unwrap() }).await;
}

#[tokio::test]
async fn a_lease_whose_connection_was_ended_is_known_to_be_lost() {
    let site = Site::new().await;
    let config = site.database.target().unwrap();
    let held = Lease::try_acquire(&config, "a").await.unwrap().unwrap();
    site.db()
        .await
        .query(
            "SELECT pg_terminate_backend(pid) FROM pg_locks
             WHERE locktype = 'advisory'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            &[],
        )
        .await
        .unwrap();
    assert!(held.is_held().await.is_err());
    assert!(
        eventually(|| async { Lease::try_acquire(&config, "a").await.unwrap() })
            .await
            .is_held()
            .await
            .unwrap()
    );
}
