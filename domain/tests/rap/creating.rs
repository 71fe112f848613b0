use domain::{
    Error,
    job_requests::{CreationOutcome, for_creation, insert, new_identifier, record_creation},
    status::JobRequestStatus,
};
use jiff::SignedDuration;

use super::site::{Site, rap_id};

#[test]
fn identifiers_have_the_shape_that_the_controller_accepts() {
    let identifier = new_identifier();
    assert_eq!(identifier.len(), 16);
    assert!(identifier.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')), "{identifier}");
    assert_ne!(identifier, new_identifier());
}

#[tokio::test]
async fn the_create_call_gets_all_facts() {
    let site = Site::new().await;
    let db = site.db().await;
    db.batch_execute(
        "INSERT INTO jobserver_org (name, slug, description, logo, github_orgs, created_at)
         VALUES ('Second', 'z-university', '', '', '{}', now()), ('First', 'a-university', '', '', '{}', now());
         INSERT INTO jobserver_projectcollaboration
             (is_lead, org_id, project_id, created_at, created_by_id, updated_at, updated_by_id)
         SELECT org.slug = 'z-university', org.id, project.id, now(), project.created_by_id, now(),
                project.created_by_id
         FROM jobserver_org AS org, jobserver_project AS project",
    )
    .await
    .unwrap();
    let inserted = insert(&db, &site.new_job_request()).await.unwrap();
    let facts = for_creation(&db, inserted.id).await.unwrap().unwrap();
    assert_eq!(facts.identifier, inserted.identifier);
    assert_eq!(facts.backend, "tpp");
    assert_eq!(facts.workspace, "asthma-v2");
    assert_eq!(facts.repo_url, "https://github.com/opensafely/asthma-reviews");
    assert_eq!(facts.branch, "main");
    assert_eq!(facts.sha, "3f0c2d9a7be1450c8d66f1b2a9e7754301cd8f22");
    assert_eq!(facts.requested_actions, ["make_table", "draw_plots"]);
    assert_eq!(facts.created_by, "researcher7");
    assert_eq!(facts.project_slug, "asthma-reviews");
    assert_eq!(facts.orgs, ["a-university", "z-university"]);
    assert_eq!(facts.status, JobRequestStatus::Unknown);
    assert_eq!(facts.analysis_scope()["dataset_permissions"], serde_json::json!(["appointments", "ukrr"]));
    assert_eq!(for_creation(&db, domain::ids::JobRequestId(i32::MAX)).await.unwrap(), None);
}

#[tokio::test]
async fn the_same_form_sent_twice_at_once_makes_one_job_request() {
    let site = Site::new().await;
    let (first, second) = (site.db().await, site.db().await);
    let mut new = site.new_job_request();
    new.form_token = Some("a token".to_owned());
    let (first, second) = tokio::try_join!(insert(&first, &new), insert(&second, &new)).unwrap();
    assert_eq!((first.id, &first.identifier), (second.id, &second.identifier));
    assert!(first.is_new != second.is_new);
    let count: i64 =
        site.db().await.query_one("SELECT count(*) FROM jobserver_jobrequest", &[]).await.unwrap().get(0);
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a_form_token_of_another_workspace_is_refused() {
    let site = Site::new().await;
    let db = site.db().await;
    let mut new = site.new_job_request();
    new.form_token = Some("a token".to_owned());
    insert(&db, &new).await.unwrap();
    new.workspace = domain::ids::WorkspaceId(new.workspace.0 + 1);
    assert!(matches!(insert(&db, &new).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn each_outcome_of_the_create_call_gives_its_status() {
    let site = Site::new().await;
    let db = site.db().await;
    for (number, (outcome, status, message)) in [
        (CreationOutcome::Scheduled, "pending", None),
        (CreationOutcome::NothingToDo { details: "all done".into() }, "nothing_to_do", Some("all done")),
        (CreationOutcome::Refused { details: "no such branch".into() }, "failed", Some("no such branch")),
        (CreationOutcome::Unclear, "unknown_error_creating_jobs", None),
        (CreationOutcome::Unexpected, "failed", Some("Unknown error creating jobs")),
    ]
    .into_iter()
    .enumerate()
    {
        let id = site.job_request(&rap_id(number), "unknown", SignedDuration::ZERO).await;
        assert!(record_creation(&db, id, &outcome).await.unwrap());
        assert_eq!(site.status(id).await, (status.to_owned(), message.map(str::to_owned)));
    }
}

#[tokio::test]
async fn what_the_status_loop_has_learnt_is_not_overwritten_by_the_outcome() {
    let site = Site::new().await;
    let db = site.db().await;
    let running = site.job_request(&rap_id(1), "running", SignedDuration::ZERO).await;
    assert!(!record_creation(&db, running, &CreationOutcome::Scheduled).await.unwrap());
    assert_eq!(site.status(running).await.0, "running");
    let odd = site.job_request(&rap_id(2), "unknown", SignedDuration::ZERO).await;
    site.job(odd, "a", "a", "odd").await;
    assert!(!record_creation(&db, odd, &CreationOutcome::Scheduled).await.unwrap());
}
