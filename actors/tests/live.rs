use actors::State;
use domain::{
    ids::JobRequestId,
    job_requests::{CreationOutcome, record_creation},
};
use jiff::SignedDuration;

use crate::{
    house::{House, health, quiet, run, until},
    site::rap_id,
};

#[test]
fn who_watches_a_job_request_hears_of_its_changes_and_of_no_others() {
    run(async {
        let house = House::new().await;
        let id = house.site.job_request(&rap_id(1), "unknown", SignedDuration::ZERO).await;
        let actors = house.start(quiet());
        let mut watching = actors.live.subscribe(id);
        let mut other = actors.live.subscribe(JobRequestId(id.0 + 1));
        // Connecting tells everybody to read again.
        watching.changed().await.unwrap();
        other.changed().await.unwrap();
        record_creation(&house.site.db().await, id, &CreationOutcome::Scheduled).await.unwrap();
        watching.changed().await.unwrap();
        assert!(!other.has_changed().unwrap());
        assert_eq!(actors.live.watchers(), 2);
    });
}

#[test]
fn after_a_lost_connection_everybody_reads_again() {
    run(async {
        let house = House::new().await;
        let actors = house.start(quiet());
        let mut watching = actors.live.subscribe(JobRequestId(1));
        watching.changed().await.unwrap();
        house
            .site
            .db()
            .await
            .query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE query LIKE 'LISTEN%'
               AND datname = current_database()",
                &[],
            )
            .await
            .unwrap();
        watching.changed().await.unwrap();
        until("listening again", || matches!(health(&actors, "LiveUpdates").state, State::Running { .. }))
            .await;
        assert_eq!(health(&actors, "LiveUpdates").failures, 1);
    });
}
