//! The status loop must keep up with a busy day: 2,000 job requests of 20 jobs.

use std::time::{Duration, Instant};

use domain::rap::{StatusAnswer, apply_status};

use super::site::{Site, rap_id, reported};

const REQUESTS: usize = 2_000;
const JOBS: usize = 20;

/// In a debug build with a generous limit; the real one (3 seconds) is for release builds.
#[tokio::test]
async fn two_thousand_job_requests_that_all_changed_are_applied_in_seconds() {
    let limit = if cfg!(debug_assertions) { Duration::from_secs(30) } else { Duration::from_secs(3) };
    let site = Site::new().await;
    let requested: Vec<String> = (0..REQUESTS).map(rap_id).collect();
    site.db()
        .await
        .execute(
            "INSERT INTO jobserver_jobrequest
                 (identifier, workspace_id, backend_id, created_by_id, created_at, sha, project_definition,
                  codelists_ok, requested_actions, cancelled_actions, force_run_dependencies, will_notify, _status)
             SELECT identifier, $2, $3, $4, now(), '', '', true, '{}', '[]', false, true, 'pending'
             FROM unnest($1::text[]) AS identifier",
            &[&requested, &site.workspace, &site.backend, &site.user],
        )
        .await
        .unwrap();
    let answer = |status: &str| StatusAnswer {
        jobs: requested
            .iter()
            .flat_map(|rap| (0..JOBS).map(move |job| reported(rap, &format!("{rap}-{job}"), status)))
            .collect(),
        unrecognised: Vec::new(),
    };
    for (status, created, updated) in [
        ("pending", REQUESTS * JOBS, 0),
        ("running", 0, REQUESTS * JOBS),
        ("succeeded", 0, REQUESTS * JOBS),
        ("succeeded", 0, 0),
    ] {
        let answer = answer(status);
        let started = Instant::now();
        let applied =
            apply_status(&mut [site.db().await, site.db().await], &requested, &answer).await.unwrap();
        let took = started.elapsed();
        println!("{status}: {took:?}");
        assert_eq!((applied.created.len(), applied.updated.len()), (created, updated));
        assert!(took < limit, "{status}: {took:?}");
    }
    assert_eq!(site.messages().await.len(), REQUESTS * JOBS);
}
