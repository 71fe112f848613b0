//! Signing people in on Level 4, as Airlock asks for it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Browser, Page, Study, TestApp, a, eventually};

/// What Django stored for `correct horse battery`.
const HASH: &str = "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$UZS8W/9oVk178J7XnaP9IeSfIcsKek2sAouVflHvYGw";
const WORDS: &str = "correct horse battery";
const AUTHENTICATE: &str = "/api/v2/releases/authenticate";
const AUTHORISE: &str = "/api/v2/releases/authorise";

struct Airlock {
    app: TestApp,
    client: Browser,
    token: String,
}

impl Airlock {
    /// Of the backend `test`, where Ada may sign in with a token.
    async fn of_ada() -> Airlock {
        let app = TestApp::start().await;
        let study = Study::set_up(&app).await;
        a::github_link(&app.db, study.ada, 7).await;
        app.db
            .execute(
                "UPDATE jobserver_user SET login_token = $1, login_token_expires_at = now() + interval '1 hour'",
                &[&HASH],
            )
            .await;
        let token = app.db.backend_token("test").await;
        Airlock { client: app.browser(), app, token }
    }

    async fn post(&self, path: &str, body: Value) -> Page {
        let request =
            self.client.request(Method::POST, path).header("authorization", &self.token).json(&body);
        self.client.send(request).await
    }
}

fn ada() -> Value {
    json!({
        "username": "ada",
        "fullname": "Ada Lovelace",
        "workspaces": {"asthma-main": {
            "project_details": {"name": "Asthma reviews", "ongoing": true, "orgs": ["Bennett"]},
            "archived": false,
        }},
        "copiloted_workspaces": {},
        "output_checker": false,
        "readonly_access": false,
    })
}

#[tokio::test]
async fn a_token_signs_in_once_and_its_owner_is_told() {
    let airlock = Airlock::of_ada().await;
    let body = json!({"user": "ada@example.org", "token": format!(" {WORDS} ")});
    let page = airlock.post(AUTHENTICATE, body.clone()).await.expect(200);
    assert_eq!(page.json(), ada());
    assert_eq!(page.header("content-type"), Some("application/json"));
    assert_eq!(page.header("vary"), Some("Accept"));
    assert_eq!(page.header("allow"), Some("POST, OPTIONS"));
    let again = airlock.post(AUTHENTICATE, body).await.expect(403);
    assert_eq!(again.body, r#"{"detail":"No login token set for ada"}"#);
    eventually("the mail", Duration::from_secs(10), async || {
        airlock.app.smtp.mails().iter().any(|mail| {
            mail.header("subject") == Some("OpenSAFELY account login with token")
                && mail.header("reply-to").is_some_and(|to| to.contains("team@opensafely.org"))
        })
    })
    .await;
}

#[tokio::test]
async fn every_refusal_is_a_403_with_its_sentence() {
    let airlock = Airlock::of_ada().await;
    let eve = a::user("eve").insert(&airlock.app.db).await;
    let db = &airlock.app.db;
    let refused = async |user: &str, token: &str, detail: &str| {
        let page = airlock.post(AUTHENTICATE, json!({"user": user, "token": token})).await.expect(403);
        assert_eq!(page.body, format!(r#"{{"detail":"{detail}"}}"#));
    };
    refused("nobody", WORDS, "User matching query does not exist.").await;
    refused("eve", WORDS, "User eve is not a github user").await;
    a::github_link(db, eve, 8).await;
    refused("eve", WORDS, "User eve does not have access to any backends").await;
    let page = airlock.post(AUTHORISE, json!({"user": "eve"})).await.expect(403);
    assert_eq!(page.body, r#"{"detail":"User eve does not have access to any backends"}"#);
    refused("ada", "wrong", "Token for ada was invalid").await;
    db.execute("UPDATE jobserver_user SET login_token_expires_at = now() - interval '1 second'", &[]).await;
    refused("ada", WORDS, "Token for ada has expired").await;
    db.execute("UPDATE login_token_attempt SET attempts = 20 WHERE subject LIKE 'user:%'", &[]).await;
    refused("ada", WORDS, "Too many wrong login tokens. Try again in 15 minutes.").await;
}

#[tokio::test]
async fn authorising_takes_a_username_and_changes_nothing() {
    let airlock = Airlock::of_ada().await;
    for path in [AUTHORISE.to_owned(), format!("{AUTHORISE}/")] {
        assert_eq!(airlock.post(&path, json!({"user": "ada"})).await.expect(200).json(), ada());
    }
    let page = airlock.post(AUTHORISE, json!({"user": "ada@example.org"})).await.expect(404);
    assert_eq!(page.body, r#"{"detail":"No User matches the given query."}"#);
    airlock.post(AUTHENTICATE, json!({"user": "ada", "token": WORDS})).await.expect(200);
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told_field_by_field() {
    let airlock = Airlock::of_ada().await;
    let required = ["This field is required."];
    for (path, body, expected) in [
        (AUTHENTICATE, json!({}), json!({"user": required, "token": required})),
        (
            AUTHENTICATE,
            json!({"user": "", "token": null}),
            json!({"user": ["This field may not be blank."], "token": ["This field may not be null."]}),
        ),
        (AUTHORISE, json!({}), json!({"user": required})),
        (
            AUTHORISE,
            json!([]),
            json!({"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
        ),
        (AUTHORISE, json!({"user": "a\0b"}), json!({"user": ["Null characters are not allowed."]})),
    ] {
        assert_eq!(airlock.post(path, body).await.expect(400).json(), expected);
    }
}

#[tokio::test]
async fn the_token_of_the_backend_comes_before_everything() {
    let mut airlock = Airlock::of_ada().await;
    let page = airlock.client.send(airlock.client.request(Method::GET, AUTHENTICATE)).await.expect(403);
    assert_eq!(page.body, r#"{"detail":"Authorization header is missing"}"#);
    let request = airlock.client.request(Method::GET, AUTHENTICATE).header("authorization", &airlock.token);
    let page = airlock.client.send(request).await.expect(405);
    assert_eq!(page.body, r#"{"detail":"Method \"GET\" not allowed."}"#);
    airlock.token = "wrong".to_owned();
    let page = airlock.post(AUTHORISE, json!({})).await.expect(403);
    assert_eq!(page.body, r#"{"detail":"Invalid token"}"#);
    airlock.token = String::new();
    let page = airlock.post(AUTHORISE, json!({})).await.expect(403);
    assert_eq!(page.body, r#"{"detail":"Authorization header is empty"}"#);
}

#[tokio::test]
async fn of_ten_uses_at_once_one_signs_in() {
    let airlock = Airlock::of_ada().await;
    let uses = (0..10).map(|_| airlock.post(AUTHENTICATE, json!({"user": "ada", "token": WORDS})));
    let pages = futures_util::future::join_all(uses).await;
    let statuses: Vec<u16> = pages.iter().map(|page| page.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 9, "{statuses:?}");
}
