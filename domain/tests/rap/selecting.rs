use domain::rap::active_rap_ids;
use jiff::SignedDuration;

use super::site::{Site, rap_id};

const RECENT: SignedDuration = SignedDuration::from_hours(1);
const TWO_YEARS: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

#[tokio::test]
async fn the_controller_is_asked_about_what_can_still_change() {
    let site = Site::new().await;
    let mut expected = Vec::new();
    let mut number = 0;
    for (status, age, jobs, is_selected) in [
        ("running", RECENT, &["succeeded", "succeeded"][..], false),
        ("pending", RECENT, &[], true),
        ("unknown", RECENT, &[], true),
        ("running", RECENT, &[], true),
        ("unknown_error_creating_jobs", RECENT, &[], true),
        ("failed", RECENT, &[], false),
        ("succeeded", RECENT, &[], false),
        ("unknown", TWO_YEARS, &[], false),
        ("unknown", TWO_YEARS, &["odd"], false),
        ("unknown", TWO_YEARS, &["pending"], true),
        ("failed", RECENT, &["pending"], false),
        ("unknown", RECENT, &["odd"], true),
    ] {
        number += 1;
        let id = site.job_request(&rap_id(number), status, age).await;
        for (index, job) in jobs.iter().enumerate() {
            site.job(id, &format!("{number}-{index}"), "action", job).await;
        }
        if is_selected {
            expected.push(rap_id(number));
        }
    }
    let active = active_rap_ids(&site.db().await).await.unwrap();
    assert_eq!(active.ids, expected);
    assert!(active.malformed.is_empty());
}

#[tokio::test]
async fn statuses_behind_their_jobs_are_put_right() {
    let site = Site::new().await;
    let done = site.job_request(&rap_id(1), "running", RECENT).await;
    site.job(done, "a", "a", "Succeeded").await;
    let broken = site.job_request(&rap_id(2), "unknown", RECENT).await;
    site.job(broken, "b", "b", "failed").await;
    let going = site.job_request(&rap_id(3), "unknown", RECENT).await;
    site.job(going, "c", "c", "running").await;
    let active = active_rap_ids(&site.db().await).await.unwrap();
    assert_eq!(active.ids, [rap_id(3)]);
    assert_eq!(site.status(done).await, ("succeeded".to_owned(), None));
    assert_eq!(
        site.status(broken).await,
        ("failed".to_owned(), Some("Failed due to job failure".to_owned()))
    );
    assert_eq!(site.status(going).await, ("running".to_owned(), None));
}

#[tokio::test]
async fn malformed_rap_ids_are_left_out_of_the_call() {
    let site = Site::new().await;
    for identifier in ["short", "ABCDEFGHIJKLMNOP", "abcdefghijklmno!", "abcdefghijklmnop"] {
        site.job_request(identifier, "pending", RECENT).await;
    }
    let active = active_rap_ids(&site.db().await).await.unwrap();
    assert_eq!(active.ids, ["abcdefghijklmnop"]);
    assert_eq!(active.malformed.len(), 3);
}
