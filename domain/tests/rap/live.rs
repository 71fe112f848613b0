use domain::live::{Listener, Notification};

use super::site::Site;

#[tokio::test]
async fn what_others_commit_is_heard() {
    let site = Site::new().await;
    let config = site.database.target().unwrap();
    let mut listener = Listener::connect(&config, &["one", "two"]).await.unwrap();
    site.db()
        .await
        .batch_execute("SELECT pg_notify('three', 'c'), pg_notify('two', 'b'); SELECT pg_notify('one', 'a')")
        .await
        .unwrap();
    let heard = [listener.next().await.unwrap(), listener.next().await.unwrap()];
    let expected = |channel: &str, payload: &str| Notification {
        channel: channel.to_owned(),
        payload: payload.to_owned(),
    };
    assert_eq!(heard, [expected("two", "b"), expected("one", "a")]);
}

#[tokio::test]
async fn a_lost_connection_is_an_error_rather_than_silence() {
    let site = Site::new().await;
    let config = site.database.target().unwrap();
    let mut listener = Listener::connect(&config, &["one"]).await.unwrap();
    site.db()
        .await
        .query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE query LIKE 'LISTEN%'
               AND datname = current_database()",
            &[],
        )
        .await
        .unwrap();
    assert!(listener.next().await.is_err());
}
