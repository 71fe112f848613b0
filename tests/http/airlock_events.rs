//! What Airlock tells us reaches the right people, once and in order.

use std::time::Duration;

use devkit::standins::github::Issue;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::{Page, Study, TestApp, a, eventually};

const EVENTS: &str = "/api/v2/airlock/events/";
/// Ids of release requests. The first is a release as well, so that everything can be told of it.
pub const REQUEST: &str = "01JNG0V6ZQ8T4M2X9K5R7B3CDE";
pub const SECOND: &str = "01JNG0V6ZQ8T4M2X9K5R7B3CDF";
const REPOSITORY: &str = "ebmdatalab/opensafely-output-review";
pub const A_WHILE: Duration = Duration::from_secs(40);

pub struct Scene {
    pub app: TestApp,
    study: Study,
    token: String,
}

pub async fn scene() -> Scene {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let checker = a::user("checker").role("OutputChecker").insert(&app.db).await;
    app.db
        .execute(
            "INSERT INTO jobserver_release (id, status, requested_files, created_at, backend_id, created_by_id,
                                            workspace_id)
             VALUES ($1, 'REQUESTED', '[]', now(), $2, $3, $4)",
            &[&REQUEST, &study.backend, &checker, &study.workspace],
        )
        .await;
    let token = app.db.backend_token("test").await;
    Scene { app, study, token }
}

fn event(kind: &str, request: &str) -> Value {
    json!({
        "event_type": kind, "workspace": "asthma-main", "request": request, "request_author": "ada",
        "user": "checker", "updates": null,
    })
}

impl Scene {
    async fn post(&self, body: &Value) -> Page {
        let request = self.app.browser().request(reqwest::Method::POST, EVENTS);
        let request = request.header("authorization", &self.token).header("os-user", "checker").json(body);
        self.app.browser().send(request).await
    }

    pub async fn tell(&self, kind: &str) {
        self.tell_of(kind, REQUEST).await;
    }

    pub async fn tell_of(&self, kind: &str, request: &str) {
        let answer = self.post(&event(kind, request)).await.expect(201);
        assert_eq!(answer.body, r#"{"status":"ok"}"#, "{kind}");
    }

    pub async fn everything_delivered(&self) {
        self.everything_delivered_within(A_WHILE).await;
    }

    pub async fn everything_delivered_within(&self, limit: Duration) {
        eventually("all is delivered", limit, async || self.app.db.undelivered().await == 0).await;
    }

    pub fn the_issue(&self) -> Issue {
        let issues = self.app.github.issues();
        assert_eq!(issues.len(), 1, "{issues:#?}");
        issues.into_iter().next().unwrap()
    }

    /// The comments of the only issue, without their markers.
    pub fn comments(&self) -> Vec<String> {
        let visible = |text: &String| text.split("\n\n<!--").next().unwrap_or_default().to_owned();
        self.the_issue().comments.iter().map(visible).collect()
    }

    pub fn posts(&self) -> Vec<String> {
        self.app.slack.messages().into_iter().map(|message| message.text).collect()
    }
}

#[tokio::test]
async fn a_submitted_request_becomes_an_issue() {
    let scene = scene().await;
    scene
        .app
        .db
        .execute(
            "INSERT INTO jobserver_org (id, name, slug, description, logo, github_orgs, created_at)
             VALUES (3, 'Institute', 'institute', '', '', '{opensafely}', now())",
            &[],
        )
        .await;
    scene.tell("request_submitted").await;
    scene.everything_delivered().await;
    let issue = scene.the_issue();
    assert_eq!((issue.repository.as_str(), issue.title), (REPOSITORY, format!("asthma-main {REQUEST}")));
    assert_eq!(issue.labels, ["external", "Pending review"]);
    let url = &scene.app.url;
    let expected = format!(
        "Requested by: [Ada Lovelace]({url}/staff/users/ada/)\nRelease request ID: {REQUEST}\n\
         GitHub repo: [asthma](https://github.com/opensafely/asthma)\n\
         Workspace: [asthma-main]({url}/asthma/asthma-main/)\n\n**"
    );
    assert!(issue.body.starts_with(&expected), "{}", issue.body);
    assert_eq!((scene.posts().len(), scene.app.smtp.mails().len()), (0, 0));
    let calls: Vec<String> = scene.app.github.control.seen().iter().map(|seen| seen.method.clone()).collect();
    assert_eq!(calls, ["GET", "POST"], "the labels are read and the issue is created");

    a::org_member(&scene.app.db, 3, scene.study.ada).await;
    scene.tell_of("REQUEST_SUBMITTED", SECOND).await;
    scene.everything_delivered().await;
    assert_eq!(scene.app.github.issues()[1].labels, ["internal", "Pending review"]);
}

#[tokio::test]
async fn a_review_is_followed_on_the_issue_in_slack_and_by_mail() {
    let scene = scene().await;
    scene.tell("request_submitted").await;
    for kind in ["request_partially_reviewed", "request_reviewed"] {
        scene.tell(kind).await;
        scene.everything_delivered().await;
        assert_eq!(scene.the_issue().labels, ["external", "Under review"]);
    }
    let mut returned = event("request_returned", REQUEST);
    returned["updates"] =
        json!([{"update": "comment <b> & co added", "group": "group 1", "user": "octo-checker"}]);
    scene.post(&returned).await.expect(201);
    scene.everything_delivered().await;
    assert_eq!(scene.the_issue().labels, ["external", "With requester"]);
    scene.tell("request_resubmitted").await;
    scene.everything_delivered().await;
    assert_eq!(scene.the_issue().labels, ["external", "Pending review"]);
    scene.tell("request_approved").await;
    scene.everything_delivered().await;
    assert_eq!(scene.the_issue().labels, ["external"]);
    scene.tell("request_released").await;
    scene.everything_delivered().await;

    let issue = scene.the_issue();
    assert_eq!((issue.state.as_str(), issue.labels.len()), ("closed", 1));
    let comments = scene.comments();
    assert_eq!(comments.len(), 6);
    assert_eq!(comments[0], "Release request updated:\n- request reviewed by user checker");
    assert!(comments[2].ends_with(
        "- request returned by user checker\n\
         - comment &lt;b> & co added (filegroup group 1) by user octo-checker"
    ));
    assert_eq!(comments[5], "Issue closed: request released by checker");
    let link = format!("<{}/{REPOSITORY}/issues/1#issuecomment-1|", scene.app.github.url);
    let posts = scene.posts();
    assert_eq!(posts.len(), 5);
    assert_eq!(
        posts[0],
        format!("{link}asthma-main {REQUEST} has been updated>\n- request reviewed by user checker")
    );
    assert!(posts[2].contains("&lt;b&gt; &amp; co added"), "{}", posts[2]);
    assert!(scene.app.slack.messages().iter().all(|message| message.channel == "opensafely-outputs"));

    let mails = scene.app.smtp.mails();
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(
        subjects,
        [
            format!("Release request returned: asthma-main ({REQUEST})").as_str(),
            "Release request approved for workspace asthma-main",
            "Files released for workspace asthma-main",
        ]
    );
    assert!(
        mails[0].text.contains("\n\n- comment <b> & co added (filegroup group 1) by user octo-checker\n\n")
    );
    assert!(!mails[0].text.contains("request returned by user"), "the event itself is left out");
    assert!(mails[0].html.as_ref().unwrap().contains("comment &lt;b&gt; &amp; co added"));
    let page = format!("{}/asthma/asthma-main/releases/{REQUEST}/", scene.app.url);
    for mail in &mails[1..] {
        assert!(mail.text.contains(&page) && mail.html.as_ref().unwrap().contains(&page), "{}", mail.text);
        assert!(mail.text.starts_with("Hello Ada Lovelace,\n\n"), "{}", mail.text);
        assert!(!mail.text.contains("\n\n\n"), "{}", mail.text);
        assert_eq!((mail.to.len(), mail.to[0].as_str()), (1, "ada@example.org"));
    }
}

#[tokio::test]
async fn a_rejected_or_withdrawn_request_closes_its_issue() {
    let scene = scene().await;
    for (kind, id) in [("request_rejected", REQUEST), ("request_withdrawn", SECOND)] {
        scene.tell_of("request_submitted", id).await;
        scene.tell_of(kind, id).await;
    }
    scene.everything_delivered().await;
    let issues = scene.app.github.issues();
    assert!(issues.iter().all(|issue| issue.state == "closed" && issue.comments.len() == 1), "{issues:#?}");
    let subject = format!("Release request rejected: asthma-main ({REQUEST})");
    assert_eq!(scene.app.smtp.mails().iter().map(|mail| &mail.subject).collect::<Vec<_>>(), [&subject]);
    assert_eq!(scene.posts().len(), 0);
}

#[tokio::test]
async fn airlock_or_the_organisation_may_choose_the_repository() {
    let scene = scene().await;
    scene.app.repositories.create("some-gh-org/some-repo", jiff::Timestamp::now()).unwrap();
    let mut event = event("request_submitted", REQUEST);
    event["org"] = json!("some-gh-org");
    event["repo"] = json!("some-repo");
    scene.post(&event).await.expect(201);
    scene.everything_delivered().await;
    assert_eq!(scene.the_issue().repository, "some-gh-org/some-repo");

    let bristol = a::org(&scene.app.db, "university-of-bristol").await;
    scene.app.db.execute("UPDATE jobserver_projectcollaboration SET org_id = $1", &[&bristol]).await;
    scene.tell_of("request_submitted", SECOND).await;
    scene.everything_delivered().await;
    assert_eq!(scene.app.github.issues()[1].repository, "ebmdatalab/opensafely-output-review-bristol");
}

#[tokio::test]
async fn an_issue_from_before_is_found_and_a_missing_one_is_created() {
    let scene = scene().await;
    let title = format!("asthma-main {REQUEST}");
    let address = format!("{}/repos/{REPOSITORY}/issues", scene.app.github.url);
    let issue = json!({"title": title, "body": "by hand", "labels": ["urgent", "Pending review"]});
    reqwest::Client::new().post(address).json(&issue).send().await.unwrap();
    scene.app.github.search_lags(SignedDuration::from_hours(1));
    scene.tell("request_returned").await;
    scene.everything_delivered().await;
    assert_eq!(scene.the_issue().labels, ["urgent", "With requester"], "labels made by hand stay");
    assert_eq!(scene.comments().len(), 1);

    scene.tell_of("request_resubmitted", SECOND).await;
    scene.everything_delivered().await;
    let created = &scene.app.github.issues()[1];
    assert_eq!((created.comments.len(), created.labels.len()), (1, 2));
}

#[tokio::test]
async fn the_same_event_twice_is_two_comments() {
    let scene = scene().await;
    for kind in ["request_submitted", "request_returned", "request_returned", "request_submitted"] {
        scene.tell(kind).await;
    }
    scene.everything_delivered().await;
    assert_eq!(scene.comments().len(), 2);
    assert_eq!((scene.posts().len(), scene.app.smtp.mails().len()), (2, 2));
}

#[tokio::test]
async fn what_cannot_be_done_is_answered_and_the_rest_is_done() {
    let scene = scene().await;
    for (kind, field, value, expected) in [
        ("zzz", "user", json!("checker"), "Unknown event type 'ZZZ'"),
        ("request_returned", "event_type", Value::Null, "'event_type' is missing"),
        ("request_returned", "user", json!("nobody"), "There is no user 'nobody'"),
        ("request_returned", "request_author", json!("nobody"), "There is no request author 'nobody'"),
        ("request_returned", "workspace", json!("nowhere"), "There is no workspace 'nowhere'"),
        ("request_returned", "workspace", json!("a\0b"), "'workspace' holds a character that cannot be kept"),
        ("request_returned", "updates", json!("x"), "'updates' must be a list"),
    ] {
        let mut event = event(kind, REQUEST);
        event[field] = value;
        let answer = scene.post(&event).await.expect(201).json();
        assert_eq!(answer, json!({"status": "error", "message": expected}));
    }
    assert_eq!(scene.app.db.count("outbox_message").await, 0);
    let answer = scene.post(&event("request_approved", "another-request")).await.expect(201).json();
    assert_eq!(answer, json!({"status": "error", "message": "Release matching query does not exist."}));
    scene.everything_delivered().await;
    assert_eq!((scene.comments().len(), scene.posts().len(), scene.app.smtp.mails().len()), (1, 1, 0));
}

#[tokio::test]
async fn only_backends_are_listened_to_and_only_json_is_understood() {
    let scene = scene().await;
    let browser = scene.app.browser();
    let request = || browser.request(reqwest::Method::POST, EVENTS);
    let body = event("request_returned", REQUEST);
    let refused = browser.send(request().json(&body)).await.expect(403);
    assert_eq!(refused.body, r#"{"detail":"Authorization header is missing"}"#);
    let refused = browser.send(request().header("authorization", "wrong").json(&body)).await.expect(403);
    assert_eq!(refused.body, r#"{"detail":"Invalid token"}"#);
    let broken = request().header("authorization", &scene.token).header("content-type", "application/json");
    assert!(browser.send(broken.body("{")).await.expect(400).json()["detail"].is_string());
    let plain = request().header("authorization", &scene.token).header("content-type", "text/plain");
    browser.send(plain.body("{}")).await.expect(415);
    let without_slash = browser.request(reqwest::Method::POST, EVENTS.trim_end_matches('/'));
    let without_slash = without_slash.header("authorization", &scene.token).json(&body);
    browser.send(without_slash).await.expect(201);
    browser.get(EVENTS).await.expect(405);
}

#[tokio::test]
async fn labels_that_a_repository_lacks_are_reported_once_and_never_made() {
    let scene = scene().await;
    scene.app.github.set_labels(REPOSITORY, &["External", "bug", "Under review"]);
    for number in 0..3 {
        scene.tell_of("request_submitted", &format!("request-{number}")).await;
    }
    scene.everything_delivered().await;
    assert!(scene.app.github.issues().iter().all(|issue| issue.labels == ["External"]));
    let log = scene.app.log();
    let reports: Vec<&str> =
        log.lines().filter(|line| line.contains("Missing expected labels on repo")).collect();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains("ERROR") && reports[0].contains("With requester"), "{}", reports[0]);
}
