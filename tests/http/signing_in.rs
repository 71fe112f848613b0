//! Signing in with GitHub, which a stand-in plays, from the button to the page one came from.

use std::time::Duration;

use devkit::standins::{Behaviour, github::Person};
use reqwest::Method;
use url::Url;

use crate::harness::{Browser, Page, TestApp, a, eventually};

const ADA: &str = "ada-l";

/// Presses the button, and lets GitHub say that this is `login`; what our server answers at the end.
pub async fn sign_in(app: &TestApp, browser: &Browser, login: &str, next: &str) -> Page {
    let callback = callback(app, browser, login, next).await;
    browser.get(&callback).await
}

/// The address to which GitHub sends the browser back.
pub async fn callback(app: &TestApp, browser: &Browser, login: &str, next: &str) -> String {
    app.github.sign_in_as(Some(login));
    let start = browser.post_bare("/login/github/", &[("next", next)]).await.expect(302);
    let at_github = app.browser().get(start.location()).await;
    at_github.location().to_owned()
}

fn put(app: &TestApp, login: &str, name: Option<&str>, email: Option<&str>) -> u32 {
    let person = Person::new(login, name, email);
    let id = person.id();
    app.github.put_person(person);
    id
}

async fn users(app: &TestApp) -> i64 {
    app.db.count("jobserver_user").await
}

/// The notice on the page that a refused sign-in leads to.
async fn refusal(browser: &Browser, page: Page) -> Page {
    assert_eq!(page.location(), "/");
    let home = browser.get("/").await.expect(200);
    assert!(browser.get("/settings/").await.status.is_redirection(), "signed in all the same");
    home
}

#[tokio::test]
async fn a_newcomer_becomes_a_user_and_is_signed_in() {
    let app = TestApp::start().await;
    let github_id = put(&app, ADA, Some("Ada Lovelace"), Some("Ada@Example.org"));
    let browser = app.browser();
    sign_in(&app, &browser, ADA, "/event-log/").await.expect_redirect(302, "/event-log/");
    browser.get("/").await.expect(200).shows("Ada Lovelace").shows("ada-l via GitHub");

    let row = &app
        .db
        .rows(
            "SELECT username, fullname, email, roles, password, last_login IS NOT NULL FROM jobserver_user",
            &[],
        )
        .await[0];
    assert_eq!(row.get::<_, String>(0), ADA);
    assert_eq!(row.get::<_, String>(1), "Ada Lovelace");
    assert_eq!(row.get::<_, String>(2).to_lowercase(), "ada@example.org");
    assert_eq!(row.get::<_, Vec<String>>(3), Vec::<String>::new());
    assert_eq!(row.get::<_, String>(4), "");
    assert!(row.get::<_, bool>(5), "last_login is set");
    let link = &app.db.rows("SELECT provider, uid, extra_data FROM social_auth_usersocialauth", &[]).await[0];
    assert_eq!(
        (link.get::<_, String>(0), link.get::<_, String>(1)),
        ("github".to_owned(), github_id.to_string())
    );
    let extra: serde_json::Value = link.get(2);
    assert_eq!((&extra["id"], &extra["login"]), (&github_id.into(), &ADA.into()));
    assert!(!extra.to_string().contains("gho_"), "the access token is kept: {extra}");
}

#[tokio::test]
async fn a_registration_is_announced_once_in_the_teams_channel() {
    let app = TestApp::start().await;
    put(&app, ADA, Some("Ada"), Some("ada@example.org"));
    sign_in(&app, &app.browser(), ADA, "/").await.expect(302);
    sign_in(&app, &app.browser(), ADA, "/").await.expect(302);
    eventually("the announcement arrives", Duration::from_secs(10), async || {
        !app.slack.messages().is_empty()
    })
    .await;
    let messages = app.slack.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0].channel, "job-server-registrations");
    assert!(messages[0].text.contains(&format!("{}/staff/users/{ADA}/", app.url)), "{}", messages[0].text);
}

#[tokio::test]
async fn who_is_known_is_recognised_by_the_number_of_the_account_and_left_unchanged() {
    let app = TestApp::start().await;
    let ada = a::user("ada").named("Ada Lovelace").email("ada@example.org").insert(&app.db).await;
    let github_id = put(&app, "renamed-at-github", Some("Another Name"), Some("another@example.org"));
    a::github_link(&app.db, ada, github_id).await;
    let browser = app.browser();
    sign_in(&app, &browser, "renamed-at-github", "/").await.expect_redirect(302, "/");
    browser.get("/").await.shows("Ada Lovelace");
    assert_eq!(users(&app).await, 1);
    let row = &app.db.rows("SELECT username, email, fullname FROM jobserver_user", &[]).await[0];
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("ada", "ada@example.org"));
}

#[tokio::test]
async fn who_shows_no_name_at_github_is_asked_for_it() {
    let app = TestApp::start().await;
    put(&app, ADA, None, Some("ada@example.org"));
    let browser = app.browser();
    let page = sign_in(&app, &browser, ADA, "/event-log/").await;
    assert_eq!(page.location(), "/enter-your-name/");
    let form = browser.get("/enter-your-name/").await.expect(200);
    assert!(form.has_form_to("/complete/github/"));
    assert_eq!(users(&app).await, 0);

    for blank in ["", "   "] {
        browser
            .post_form("/complete/github/", &[("name", blank)])
            .await
            .expect_redirect(302, "/enter-your-name/");
    }
    let done = browser.post_form("/complete/github/", &[("name", "  Ada <Lovelace> ")]).await;
    done.expect_redirect(302, "/event-log/");
    assert_eq!(app.db.value::<String>("SELECT fullname FROM jobserver_user", &[]).await, "Ada <Lovelace>");
    browser.get("/").await.shows("Ada <Lovelace>").lacks("<Lovelace>");
    browser.get("/enter-your-name/").await.expect_redirect(302, "/");
}

#[tokio::test]
async fn nobody_is_asked_for_a_name_outside_a_sign_up() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.get("/enter-your-name/").await.expect_redirect(302, "/");
    let page = browser.post_bare("/complete/github/", &[("name", "Ada")]).await;
    refusal(&browser, page).await;
    assert_eq!(users(&app).await, 0);
}

#[tokio::test]
async fn a_sign_up_left_half_way_does_not_answer_for_another_account() {
    let app = TestApp::start().await;
    put(&app, "nameless", None, Some("nameless@example.org"));
    put(&app, ADA, Some("Ada"), Some("ada@example.org"));
    let browser = app.browser();
    sign_in(&app, &browser, "nameless", "/").await.expect_redirect(302, "/enter-your-name/");
    sign_in(&app, &browser, ADA, "/").await.expect_redirect(302, "/");
    assert_eq!(app.db.values::<String>("SELECT username FROM jobserver_user", &[]).await, [ADA]);
}

#[tokio::test]
async fn who_says_no_at_github_comes_home_with_a_notice() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let start = browser.post_bare("/login/github/", &[]).await.expect(302);
    let at_github = app.browser();
    let denied =
        at_github.send(at_github.request(Method::POST, start.location()).form(&[("deny", "1")])).await;
    let page = browser.get(denied.location()).await;
    refusal(&browser, page).await.shows("canceled");
    assert_eq!(users(&app).await, 0);
}

#[tokio::test]
async fn an_answer_that_was_not_asked_for_signs_nobody_in() {
    let app = TestApp::start().await;
    put(&app, ADA, Some("Ada"), Some("ada@example.org"));
    let without_session = callback(&app, &app.browser(), ADA, "/").await;
    let browser = app.browser();
    let page = browser.get(&without_session).await;
    refusal(&browser, page).await.shows("Session value state missing.");

    let browser = app.browser();
    let wrong = callback(&app, &browser, ADA, "/").await.replace("state=", "state=x");
    let page = browser.get(&wrong).await;
    refusal(&browser, page).await.shows("Wrong state parameter given.");

    let browser = app.browser();
    callback(&app, &browser, ADA, "/").await;
    let page = browser.get("/complete/github/?code=abc").await;
    refusal(&browser, page).await.shows("Missing needed parameter state");
    assert_eq!(users(&app).await, 0);
}

#[tokio::test]
async fn an_answer_is_good_for_one_use() {
    let app = TestApp::start().await;
    put(&app, ADA, Some("Ada"), Some("ada@example.org"));
    let browser = app.browser();
    let address = callback(&app, &browser, ADA, "/").await;
    browser.get(&address).await.expect_redirect(302, "/");
    browser.post_form("/logout/", &[]).await.expect(302);
    let page = browser.get(&address).await;
    refusal(&browser, page).await;
}

#[tokio::test]
async fn what_github_is_said_to_have_said_is_never_shown_as_it_came() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = browser
        .get("/complete/github/?error=oops&error_description=%3Cform%20action%3D%22//evil%22%3E")
        .await;
    refusal(&browser, page).await.lacks("//evil").lacks("oops");
}

#[tokio::test]
async fn an_account_without_a_verified_address_is_refused_with_a_reason() {
    let app = TestApp::start().await;
    put(&app, ADA, Some("Ada"), None);
    let browser = app.browser();
    let page = sign_in(&app, &browser, ADA, "/").await;
    refusal(&browser, page).await.shows("no verified primary e-mail address");
    assert_eq!(users(&app).await, 0);
}

#[tokio::test]
async fn an_account_whose_address_is_somebody_elses_is_refused_with_a_reason() {
    let app = TestApp::start().await;
    a::user("someone").email("Ada@example.org").insert(&app.db).await;
    put(&app, ADA, Some("Ada"), Some("ada@example.org"));
    let browser = app.browser();
    let page = sign_in(&app, &browser, ADA, "/").await;
    refusal(&browser, page).await.shows("e-mail address");
    assert_eq!((users(&app).await, app.db.count("social_auth_usersocialauth").await), (1, 0));
}

#[tokio::test]
async fn an_account_does_not_take_over_a_user_of_the_same_name() {
    let app = TestApp::start().await;
    a::user(ADA).email("the-real-one@example.org").staff().insert(&app.db).await;
    put(&app, ADA, Some("Ada"), Some("ada@example.org"));
    let browser = app.browser();
    let page = sign_in(&app, &browser, ADA, "/").await;
    refusal(&browser, page).await.shows("already an account");
    assert_eq!(app.db.count("social_auth_usersocialauth").await, 0);
}

#[tokio::test]
async fn an_account_is_linked_to_the_user_of_the_same_name_and_address() {
    let app = TestApp::start().await;
    a::user(ADA).email("ada@example.org").insert(&app.db).await;
    put(&app, ADA, Some("Ada"), Some("ada@example.org"));
    sign_in(&app, &app.browser(), ADA, "/").await.expect_redirect(302, "/");
    assert_eq!((users(&app).await, app.db.count("social_auth_usersocialauth").await), (1, 1));
    eventually("the link is announced", Duration::from_secs(10), async || !app.slack.messages().is_empty())
        .await;
    assert!(!app.slack.messages()[0].text.contains("registered"), "a link is no registration");
}

#[tokio::test]
async fn the_browser_is_sent_to_github_with_a_fresh_state_and_a_challenge() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let mut states = Vec::new();
    for _ in 0..2 {
        let start = browser.post_bare("/login/github/", &[]).await.expect(302);
        let there = Url::parse(start.location()).unwrap();
        let query: std::collections::HashMap<_, _> = there.query_pairs().into_owned().collect();
        assert_eq!(there.path(), "/login/oauth/authorize");
        assert_eq!(query["client_id"], "client-id");
        assert_eq!(query["redirect_uri"], format!("{}/complete/github/", app.url));
        assert_eq!((query["response_type"].as_str(), query["scope"].as_str()), ("code", "user:email"));
        assert_eq!((query["code_challenge_method"].as_str(), query["code_challenge"].len()), ("S256", 43));
        assert!(start.header("cache-control").unwrap().contains("no-store"));
        states.push(query["state"].clone());
    }
    assert_ne!(states[0], states[1]);
}

#[tokio::test]
async fn a_forged_host_does_not_lead_the_browser_elsewhere() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let request = browser.request(Method::POST, "/login/github/").header("host", "evil.example");
    let start = browser.send(request.form(&[("next", "http://evil.example/")])).await.expect(302);
    assert!(!start.location().contains("evil.example"), "{}", start.location());
    let request = browser.request(Method::GET, "/event-log").header("host", "evil.example");
    browser.send(request).await.expect_redirect(301, "/event-log/");
}

#[tokio::test]
async fn one_comes_back_to_a_page_of_this_site_only() {
    let app = TestApp::start().await;
    put(&app, ADA, Some("Ada"), Some("ada@example.org"));
    for (next, leads_to) in [
        ("/event-log/?page=1", "/event-log/?page=1"),
        ("", "/"),
        ("event-log", "/"),
        ("//evil.example/", "/"),
        ("///evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
    ] {
        let page = sign_in(&app, &app.browser(), ADA, next).await;
        assert_eq!(page.location(), leads_to, "next={next:?}");
    }
}

#[tokio::test]
async fn github_in_trouble_is_a_notice_and_no_error_page() {
    let app = TestApp::start().await;
    put(&app, ADA, Some("Ada"), Some("ada@example.org"));
    for behaviour in [
        Behaviour::fail(503),
        Behaviour::fail(401),
        Behaviour::fail(500),
        Behaviour::of(devkit::standins::Mode::Rubbish),
    ] {
        let browser = app.browser();
        let address = callback(&app, &browser, ADA, "/").await;
        app.github.control.set(behaviour);
        let page = browser.get(&address).await;
        app.github.control.set(Behaviour::default());
        refusal(&browser, page).await;
    }
    assert_eq!(users(&app).await, 0);
}

#[tokio::test]
async fn only_github_is_a_provider_and_only_a_button_starts_it() {
    let app = TestApp::start().await;
    app.browser().post_bare("/login/gitlab/", &[]).await.expect(404);
    app.get("/complete/gitlab/?code=1&state=2").await.expect(404);
    app.get("/login/github/").await.expect(405);
}

#[tokio::test]
async fn signing_in_as_another_person_leaves_nothing_of_the_first() {
    let app = TestApp::start().await;
    put(&app, ADA, Some("Ada Lovelace"), Some("ada@example.org"));
    put(&app, "grace", Some("Grace Hopper"), Some("grace@example.org"));
    let browser = app.browser();
    sign_in(&app, &browser, ADA, "/").await.expect(302);
    let before = browser.cookie("sessionid");
    sign_in(&app, &browser, "grace", "/").await.expect(302);
    assert_ne!(browser.cookie("sessionid"), before);
    browser.get("/").await.shows("Grace Hopper").hides("Ada Lovelace");
    assert_eq!(app.db.count("django_session").await, 1);
}
