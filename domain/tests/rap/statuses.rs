use domain::{
    status::{JobRequestStatus, JobState, derive, job_is_completed},
    status_codes::explain,
};

fn derived(stored: &str, jobs: &[&str]) -> (String, Option<&'static str>) {
    let derived = derive(stored, jobs.iter().copied());
    (derived.status.as_str().to_owned(), derived.message)
}

#[test]
fn a_status_follows_from_the_jobs() {
    let failure = Some("Failed due to job failure");
    for (jobs, status, message) in [
        (&["pending", "pending"][..], "pending", None),
        (&["pending", "running", "failed", "succeeded"], "running", None),
        (&["pending", "failed", "succeeded"], "running", None),
        (&["pending", "failed"], "running", None),
        (&["running", "failed"], "running", None),
        (&["failed", "succeeded"], "failed", failure),
        (&["Failed"], "failed", failure),
        (&["failed", "Succeeded"], "failed", failure),
        (&["FAILED", "Succeeded"], "failed", failure),
        (&["failed", "foo"], "failed", failure),
        (&["succeeded", "succeeded", "succeeded", "succeeded"], "succeeded", None),
        (&["foo", "bar"], "unknown", None),
        (&["foo", "foo"], "unknown", None),
        (&["0"], "unknown", None),
        (&["succeeded", "foo"], "unknown", None),
        (&[""], "pending", None),
        (&["", "succeeded"], "unknown", None),
        (&["nothing_to_do"], "nothing_to_do", None),
    ] {
        assert_eq!(derived("unknown", jobs), (status.to_owned(), message), "{jobs:?}");
    }
}

#[test]
fn without_jobs_the_stored_status_stays() {
    for stored in ["unknown", "pending", "running", "unknown_error_creating_jobs", "failed", "something new"]
    {
        assert_eq!(derived(stored, &[]), (stored.to_owned(), None));
    }
}

#[test]
fn a_terminal_status_never_changes() {
    for stored in ["failed", "succeeded", "nothing_to_do", "something new"] {
        let derived = derive(stored, ["running"]);
        assert_eq!(derived.status.as_str(), stored);
        assert!(!derived.differs_from(stored));
    }
}

#[test]
fn statuses_are_named_for_people() {
    for (stored, human) in [
        ("nothing_to_do", "Nothing to do"),
        ("unknown_error_creating_jobs", "Unknown error creating jobs"),
        ("FAILED_oddly", "Failed oddly"),
        ("", ""),
    ] {
        assert_eq!(JobRequestStatus::from_stored(stored).human(), human);
    }
}

#[test]
fn job_states_are_classed_by_exact_spelling() {
    for (status, state, is_completed) in [
        ("pending", JobState::Pending, false),
        ("running", JobState::Running, false),
        ("failed", JobState::Failed, true),
        ("Failed", JobState::Failed, true),
        ("succeeded", JobState::Succeeded, true),
        ("Succeeded", JobState::Succeeded, true),
        ("FAILED", JobState::Unknown, false),
        ("Pending", JobState::Unknown, false),
        ("0", JobState::Unknown, true),
        ("", JobState::Unknown, false),
    ] {
        assert_eq!((JobState::of(status), job_is_completed(status)), (state, is_completed), "{status:?}");
    }
}

#[test]
fn every_code_that_the_controller_is_known_to_send_is_explained() {
    let codes = "created paused waiting_db_maintenance waiting_on_dependencies waiting_on_workers \
                 waiting_on_db_workers waiting_on_reboot waiting_on_new_task initiated preparing prepared executing \
                 executed finalizing finalized succeeded dependency_failed nonzero_exit cancelled_by_user \
                 unmatched_patterns internal_error killed_by_admin stale_codelists job_error";
    for code in codes.split_whitespace() {
        assert!(explain(code).is_some(), "{code}");
    }
    assert_eq!(explain("brand_new"), None);
}
