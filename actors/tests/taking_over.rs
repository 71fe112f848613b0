use std::time::Duration;

use actors::{Actors, State};

use crate::house::{House, health, polling, run, until};

fn is_standing_by(actors: &Actors, name: &str) -> bool {
    matches!(health(actors, name).state, State::StandingBy { .. })
}

/// Two processes, of which the first polls and the second stands by.
async fn two(house: &House) -> (Actors, Actors) {
    let first = house.start(polling());
    for name in ["RapStatus", "BackendStatus"] {
        until("the first polls", || health(&first, name).last_success.is_some()).await;
    }
    let second = house.start(polling());
    for name in ["RapStatus", "BackendStatus"] {
        until("the second stands by", || is_standing_by(&second, name)).await;
    }
    assert!(health(&second, "RapStatus").last_success.is_none());
    (first, second)
}

#[test]
fn the_second_process_takes_over_when_the_first_stops() {
    run(async {
        let house = House::new().await;
        let (first, second) = two(&house).await;
        assert!(first.stop(Duration::from_secs(10)).await);
        until("taken over", || health(&second, "RapStatus").last_success.is_some()).await;
        until("taken over", || health(&second, "BackendStatus").last_success.is_some()).await;
    });
}

#[test]
fn the_second_process_takes_over_when_the_first_loses_its_connections() {
    run(async {
        let house = House::new().await;
        let (first, second) = two(&house).await;
        let db = house.site.db().await;
        // Until the first one's try comes after the second one's.
        let taken_over = async {
            while health(&second, "RapStatus").last_success.is_none() {
                db.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks
             WHERE locktype = 'advisory'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                    &[],
                )
                .await
                .unwrap();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), taken_over).await.unwrap();
        until("one of them polls and the other does not", || {
            is_standing_by(&first, "RapStatus") != is_standing_by(&second, "RapStatus")
        })
        .await;
    });
}
