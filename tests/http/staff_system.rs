//! The system page of the staff area: who may see it, what it shows of actors and of the outbox, and trying messages
//! again.

use std::time::Duration;

use devkit::standins::Behaviour;
use serde_json::json;

use crate::harness::{
    Page, TestApp, a,
    counting::{can_count, quiet, statements},
    eventually, finn, stays_true, visible_text,
};

const SYSTEM: &str = "/staff/system/";
const ACTORS: &str = "/staff/system/actors/";
const OUTBOX: &str = "/staff/system/outbox/";
const SOON: Duration = Duration::from_secs(15);

/// A mail that was given up; its id.
async fn dead_mail(app: &TestApp, marker: &str) -> i64 {
    let payload = json!({
        "template": "job_finished",
        "to": ["ada@example.org", "bela@example.org"],
        "subject": "succeeded: [os asthma-main] make_table",
        "facts": job_finished(),
    });
    insert(app, "email", marker, &payload, "the mail relay refused the mail: 550 told to refuse").await
}

fn job_finished() -> serde_json::Value {
    json!({"action": "make_table", "workspace": "asthma-main", "status": "succeeded",
           "status_message": "very private words", "elapsed_seconds": 65, "job_path": "/asthma/asthma-main/1/a/"})
}

async fn insert(app: &TestApp, kind: &str, marker: &str, payload: &serde_json::Value, error: &str) -> i64 {
    app.db
        .value(
            "INSERT INTO outbox_message (kind, payload, marker, attempts, last_error, dead_at)
             VALUES ($1, $2, $3, 40, $4, now())
             RETURNING id",
            &[&kind, payload, &marker, &error],
        )
        .await
}

#[tokio::test]
async fn only_staff_come_in() {
    let app = TestApp::start().await;
    let id = dead_mail(&app, "m").await;
    let posts =
        [format!("{OUTBOX}{id}/retry/"), format!("{OUTBOX}{id}/discard/"), format!("{OUTBOX}retry-dead/")];
    let mut strangers = vec![app.browser()];
    for role in ["ServiceAdministrator", "OutputChecker", "OutputPublisher"] {
        let user = a::user(role).role(role).insert(&app.db).await;
        strangers.push(app.browser_of(user).await);
    }
    for browser in strangers {
        for path in ["/staff/", SYSTEM, ACTORS, OUTBOX] {
            browser.get(path).await.expect(403).hides("Outbox");
        }
        for path in &posts {
            browser.post_form(path, &[("kind", "email")]).await.expect(403);
        }
        assert!(!browser.get("/event-log/").await.links_to("/staff/"));
    }
    assert_eq!(app.db.given_up().await, 1);

    let browser = finn(&app).await;
    for path in ["/staff/", SYSTEM, ACTORS, OUTBOX] {
        browser.get(path).await.expect(200);
    }
    assert!(browser.get("/event-log/").await.links_to("/staff/"));
    for role in ["TechSupport", "StaffAreaAdministrator"] {
        let user = a::user(&role.to_lowercase()).role(role).insert(&app.db).await;
        let is_let_in = app.browser_of(user).await.get(SYSTEM).await.status == 200;
        assert_eq!(is_let_in, role == "StaffAreaAdministrator", "{role}");
    }
}

#[tokio::test]
async fn the_actors_of_this_process_are_shown_with_what_they_do() {
    let app = TestApp::builder().polling().start().await;
    let browser = finn(&app).await;
    eventually("RAP status has succeeded", SOON, async || {
        card(&browser.get(ACTORS).await, "RAP status").contains("took")
    })
    .await;
    let page = browser.get(SYSTEM).await.expect(200);
    assert_eq!(page.title(), "System | OpenSAFELY Jobs");
    for title in [
        "RAP status",
        "E-mails",
        "Slack posts",
        "GitHub issues",
        "RAP controller calls",
        "Backend status",
        "Live updates",
    ] {
        let card = card(&page, title);
        for fact in
            ["Now", "since", "Last success", "Last failure none", "Next run", "Backlog 0", "never restarted"]
        {
            assert!(card.contains(fact), "{title} lacks {fact}: {card}");
        }
        assert!(!card.contains("Process"), "there is only one: {card}");
    }
    page.shows("Running: job-server@").hides("HealthReport").hides("Not seen");
}

/// The text of the card with this heading.
fn card(page: &Page, title: &str) -> String {
    let section = page.body.split("<section").find(|section| section.contains(&format!(">{title}</h2>")));
    let section = section.unwrap_or_else(|| panic!("no card {title}:\n{}", page.excerpt()));
    visible_text(&format!("<section{section}"))
}

#[tokio::test]
async fn the_actors_of_other_processes_are_shown_as_they_come_and_go() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let page = browser.get(SYSTEM).await;
    assert!(card(&page, "RAP status").contains("Not running"), "{}", page.text());
    page.shows("Needs attention: RAP status (not running)");

    let mut other = app.spawn(&["rapstatus"], &[]);
    eventually("it is seen from here", SOON, async || {
        let page = browser.get(ACTORS).await;
        card(&page, "RAP status").contains("rapstatus@")
            && card(&page, "Backend status").contains("rapstatus@")
    })
    .await;
    other.kill();
    app.db.execute("UPDATE actor_health SET seen_at = now() - interval '31 seconds' WHERE process LIKE 'rapstatus@%'", &[]).await;
    let page = browser.get(ACTORS).await;
    for text in ["Not seen", "Not seen since 31 seconds ago", "the last it said"] {
        assert!(card(&page, "RAP status").contains(text), "{}", card(&page, "RAP status"));
    }

    let mut next = app.spawn(&["rapstatus"], &[]);
    eventually("the next one reports", SOON, async || {
        app.db
            .value::<i64>("SELECT count(DISTINCT process) FROM actor_health WHERE actor = 'RapStatus'", &[])
            .await
            == 2
    })
    .await;
    assert_eq!(next.stop().code(), Some(0));
    let left: Vec<String> = app.db.values("SELECT DISTINCT process FROM actor_health", &[]).await;
    assert!(left.iter().any(|process| process.starts_with("web@")), "{left:?}");
    assert_eq!(
        left.len(),
        2,
        "the one that stopped in order says goodbye, the one that was killed does not: {left:?}"
    );
}

#[tokio::test]
async fn what_is_not_delivered_is_shown_without_what_it_says() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.get(SYSTEM).await.shows("Waiting 0").shows("Dead 0");
    dead_mail(&app, "job-finished:abc").await;
    insert(
        &app,
        "slack",
        "registration:7",
        &json!({"channel": "checkers", "text": "very private words"}),
        "no",
    )
    .await;
    let page = browser.get(SYSTEM).await.expect(200);
    let outbox = page.section("outbox");
    for text in [
        "Waiting 0",
        "Retrying 0",
        "Dead 2",
        "All kinds 2",
        "E-mail 1",
        "E-mail job finished",
        "2 recipients",
        "job-finished:abc",
        "550 told to refuse",
        "Slack #checkers",
        "40",
    ] {
        assert!(outbox.contains(text), "no {text}: {outbox}");
    }
    for secret in ["private", "example.org", "make_table"] {
        page.lacks(secret);
    }
    let slack = browser.get(&format!("{SYSTEM}?state=dead&kind=slack")).await.expect(200).section("outbox");
    assert!(slack.contains("registration:7") && !slack.contains("job-finished:abc"), "{slack}");
    for nowhere in ["?state=lost", "?kind=pigeon", "?page=0", "?page=2", "?state=dead&page=x"] {
        browser.get(&format!("{SYSTEM}{nowhere}")).await.expect(404);
    }
}

#[tokio::test]
async fn an_error_that_is_html_is_shown_as_text() {
    let app = TestApp::start().await;
    let long = format!("<script>alert(1)</script>{}", "x".repeat(1_900));
    insert(&app, "email", "<b>m</b>", &json!({"template": "<i>t</i>"}), &long).await;
    let page = finn(&app).await.get(SYSTEM).await.expect(200);
    page.lacks("<script>alert(1)").lacks("<b>m</b>").lacks("<i>t</i>");
    page.shows("<script>alert(1)</script>");
}

#[tokio::test]
async fn a_dead_mail_that_is_tried_again_arrives() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let id = dead_mail(&app, "job-finished:abc").await;
    let page = browser.get(SYSTEM).await;
    let action = format!("{OUTBOX}{id}/retry/");
    assert!(page.has_form_to(&action));
    let answer = browser.post_form(&action, &[("back_to", "dead"), ("back_to_kind", "")]).await;
    let page = browser.follow(answer.expect_redirect(302, "/staff/system/?state=dead#outbox")).await;
    page.shows("job-finished:abc is tried again now.");
    eventually("it arrives", SOON, async || app.smtp.mails().len() == 1).await;
    let mail = app.smtp.mails().remove(0);
    assert_eq!(mail.to, ["ada@example.org", "bela@example.org"]);
    assert!(mail.text.contains("make_table"), "{}", mail.text);
    eventually("it is known to have arrived", SOON, async || app.db.undelivered().await == 0).await;
    app.logged(&["is tried again", "job-finished:abc", "finn"]).await;
    let again = browser.post_form(&action, &[]).await;
    browser.follow(again).await.shows("has been delivered");
}

#[tokio::test]
async fn all_dead_messages_of_a_kind_are_tried_again_at_once() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    for marker in ["one", "two", "three"] {
        dead_mail(&app, marker).await;
    }
    insert(&app, "github", "issue", &json!({}), "gone").await;
    let page = browser.get(SYSTEM).await;
    assert!(page.section("outbox").contains("Retry all: E-mail 3"), "{}", page.section("outbox"));
    let answer = browser
        .post_form(
            &format!("{OUTBOX}retry-dead/"),
            &[("kind", "email"), ("back_to", "dead"), ("back_to_kind", "email")],
        )
        .await;
    let page =
        browser.follow(answer.expect_redirect(302, "/staff/system/?state=dead&kind=email#outbox")).await;
    page.shows("3 messages are tried again now.");
    eventually("they arrive", SOON, async || app.smtp.mails().len() == 3).await;
    assert_eq!(app.db.given_up().await, 1);
    browser.post_form(&format!("{OUTBOX}retry-dead/"), &[("kind", "pigeon")]).await.expect(404);
}

#[tokio::test]
async fn a_dead_message_can_be_deleted_and_others_cannot() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let id = insert(&app, "github", "issue", &json!({}), "gone").await;
    let page = browser.get(SYSTEM).await;
    page.contains("data-confirm-title=\"Delete issue?\"");
    let answer = browser.post_form(&format!("{OUTBOX}{id}/discard/"), &[]).await;
    browser.follow(answer).await.shows("issue was deleted.").shows("Nothing here");
    assert_eq!(app.db.count("outbox_message").await, 0);
    let again = browser.post_form(&format!("{OUTBOX}{id}/discard/"), &[]).await;
    browser.follow(again).await.shows("not among those given up");
    browser.post_form(&format!("{OUTBOX}99999999999999999999/discard/"), &[]).await.expect(404);
}

#[tokio::test]
async fn the_list_is_fetched_again_only_when_it_has_changed_and_leaves_notices_alone() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let id = dead_mail(&app, "m").await;
    let source = source_of(&browser.get(SYSTEM).await);
    assert!(source.starts_with("/staff/system/outbox/?state=dead&known="), "{source}");
    let unchanged = browser.get(&source).await.expect(204);
    assert_eq!(unchanged.body, "");
    dead_mail(&app, "n").await;
    browser.post_form(&format!("{OUTBOX}{id}/discard/"), &[]).await;
    let part = browser.get(&source).await.expect(200);
    part.lacks("<html");
    assert_eq!(part.header("cache-control"), Some("no-store"));
    assert_ne!(source_of(&part), source);
    browser.get(ACTORS).await.expect(200);
    browser.get(SYSTEM).await.shows("m was deleted.");
    // Its forms work.
    let token = part.field("csrfmiddlewaretoken");
    let id: i64 = app.db.value("SELECT id FROM outbox_message", &[]).await;
    browser.post_bare(&format!("{OUTBOX}{id}/retry/"), &[("csrfmiddlewaretoken", &token)]).await.expect(302);
}

fn source_of(page: &Page) -> String {
    let sections = page.tags("section");
    let outbox = sections.iter().find(|tag| tag.get("id").is_some_and(|id| id == "outbox"));
    outbox.expect("the outbox")["hx-get"].clone()
}

#[tokio::test]
async fn a_list_of_many_is_paged() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    app.db
        .execute(
            "INSERT INTO outbox_message (kind, payload, marker, attempts, dead_at)
             SELECT 'github', '{}', 'issue-' || number, 1, now()
             FROM generate_series(1, 60) AS number",
            &[],
        )
        .await;
    let first = browser.get(SYSTEM).await;
    assert!(first.section("outbox").contains("60 messages, page 1 of 3"), "{}", first.section("outbox"));
    assert_eq!(first.body.matches("/retry/\"").count(), 25);
    let last = browser.get(&format!("{SYSTEM}?state=dead&page=3")).await.expect(200);
    assert_eq!(last.body.matches("/retry/\"").count(), 10);
    // While somebody looks at the last page, its messages are dealt with elsewhere.
    app.db.execute("DELETE FROM outbox_message WHERE marker <> 'issue-7'", &[]).await;
    let part = browser.get(&source_of(&last)).await.expect(200);
    part.shows("issue-7");
}

#[tokio::test]
async fn the_page_takes_at_most_six_statements_whatever_the_rows() {
    let app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let browser = finn(&app).await;
    for rows in [0, 400] {
        app.db
            .execute(
                "INSERT INTO outbox_message (kind, payload, marker, attempts, dead_at)
                 SELECT 'github', '{}', 'issue-' || number, 1, now()
                 FROM generate_series(1, $1) AS number",
                &[&rows],
            )
            .await;
        app.db
            .execute(
                "INSERT INTO actor_health (process, actor, snapshot)
                 SELECT 'web@x:' || number, 'Notifications', '{\"state\": \"stopped\", \"since\": \"2026-01-01T00:00:00Z\"}'
                 FROM generate_series(1, $1) AS number",
                &[&rows],
            )
            .await;
        quiet(&app.db).await;
        for path in [SYSTEM, ACTORS, OUTBOX] {
            let sent = statements(&app, &browser, path).await;
            assert!((1..=6).contains(&sent), "{path} with {rows} rows: {sent}");
        }
    }
}

#[tokio::test]
async fn an_actor_that_fails_says_so_and_why() {
    let app = TestApp::builder().polling().start().await;
    let browser = finn(&app).await;
    app.rap.control.set(Behaviour::fail(502));
    eventually("it backs off", SOON, async || {
        let card = card(&browser.get(ACTORS).await, "RAP status");
        card.contains("Backing off") && card.contains("502")
    })
    .await;
    browser.get(SYSTEM).await.shows("Needs attention: ").shows("RAP status (backing off)");
    app.rap.control.set(Behaviour::default());
    eventually("it is well again", SOON, async || {
        browser.get(ACTORS).await.text().contains("All actors are well.")
    })
    .await;
    stays_true("the failure is remembered", Duration::from_secs(1), async || {
        card(&browser.get(ACTORS).await, "RAP status").contains("502")
    })
    .await;
}
