//! Forged forms: whatever may change something refuses what does not come from one of our own pages.

use reqwest::Method;

use crate::{
    harness::{Browser, Page, Study, TestApp, a},
    routes::{filled, taking},
};

const OTHER: &str = "otherothergotherothergother01234";

/// Signing in starts before there is a token of ours; there the origin is checked.
fn is_sign_in(path: &str) -> bool {
    path.starts_with("/login/") || path.starts_with("/complete/")
}

async fn post(browser: &Browser, path: &str, token: Option<&str>, origin: Option<&str>) -> Page {
    let fields: Vec<(&str, &str)> = token.map(|token| ("csrfmiddlewaretoken", token)).into_iter().collect();
    let mut request = browser.request(Method::POST, path).form(&fields);
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    browser.send(request).await
}

fn assert_refused(page: &Page, why: &str) {
    assert_eq!(page.status, 400, "{why}: {}", page.request);
    page.shows("CSRF: CSRF Failed");
}

#[tokio::test]
async fn no_form_is_accepted_without_a_token_from_here() {
    let app = TestApp::builder().debug().start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().insert(&app.db).await;
    let job = a::job(job_request, "make_table", "running").insert(&app.db).await;
    let browser = study.browser(&app).await;
    let token = browser.csrf_token().await;
    let routes = taking("post()");
    assert!(routes.len() >= 13, "the table was not understood: {routes:?}");
    for pattern in routes {
        let path = filled(&pattern, job_request, &job);
        assert_refused(
            &post(&browser, &path, Some(&token), Some("https://evil.example")).await,
            "foreign origin",
        );
        if !is_sign_in(&path) {
            assert_refused(&post(&browser, &path, None, None).await, "no token");
            assert_refused(&post(&browser, &path, Some(OTHER), None).await, "wrong token");
            assert_refused(&post(&app.browser(), &path, Some(&token), None).await, "no cookie");
        }
    }
    assert_eq!(app.db.count("jobserver_jobrequest").await, 1);
    assert_eq!(app.db.count("jobserver_workspace").await, 1);
    assert_eq!(app.db.count("django_session").await, 1, "the session lives");
    assert_eq!(app.rap.control.count("rap/"), 0);
    let cancelled: i64 =
        app.db.value("SELECT count(*) FROM jobserver_jobrequest WHERE cancelled_actions <> '[]'", &[]).await;
    assert_eq!(cancelled, 0);
}

/// A form that shows whether it was taken: it changes Ada's name.
async fn rename(browser: &Browser, token: &str, origin: Option<&str>) -> u16 {
    let fields = [
        ("csrfmiddlewaretoken", token),
        ("settings", "1"),
        ("fullname", "Ada"),
        ("email", "ada@example.org"),
    ];
    let mut request = browser.request(Method::POST, "/settings/").form(&fields);
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    browser.send(request).await.status.as_u16()
}

async fn ada() -> (TestApp, Browser) {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    browser.get("/settings/").await.expect(200);
    (app, browser)
}

#[tokio::test]
async fn a_token_is_taken_plain_masked_and_by_header() {
    let (_app, browser) = ada().await;
    let masked = browser.get("/settings/").await.field("csrfmiddlewaretoken");
    let secret = browser.cookie("csrftoken").unwrap();
    assert_eq!((masked.len(), secret.len()), (64, 32));
    assert_eq!(rename(&browser, &masked, None).await, 302);
    assert_eq!(rename(&browser, &secret, None).await, 302);
    let request = browser.request(Method::POST, "/settings/").header("x-csrftoken", &secret);
    let page =
        browser.send(request.form(&[("settings", "1"), ("fullname", "Ada"), ("email", "a@b.org")])).await;
    page.expect(302);
}

#[tokio::test]
async fn a_token_looks_different_each_time() {
    let (_app, browser) = ada().await;
    let first = browser.get("/settings/").await.field("csrfmiddlewaretoken");
    let second = browser.get("/settings/").await.field("csrfmiddlewaretoken");
    assert_ne!(first, second);
    assert_eq!(rename(&browser, &first, None).await, 302, "an older mask of the same secret is still good");
}

#[tokio::test]
async fn tokens_that_are_none_are_refused() {
    let (_app, browser) = ada().await;
    let secret = browser.cookie("csrftoken").unwrap();
    for token in
        ["", " ", "short", &secret[..31], &format!("{secret}x"), &"é".repeat(32), &secret.repeat(2), "\0"]
    {
        assert_eq!(rename(&browser, token, None).await, 400, "{token:?}");
    }
}

#[tokio::test]
async fn a_masked_cookie_of_another_time_is_taken() {
    let (_app, browser) = ada().await;
    let masked = browser.get("/settings/").await.field("csrfmiddlewaretoken");
    let secret = browser.cookie("csrftoken").unwrap();
    browser.set_cookie("csrftoken", &masked);
    assert_eq!(rename(&browser, &secret, None).await, 302);
}

#[tokio::test]
async fn our_own_origins_are_taken_and_others_are_not() {
    let app = TestApp::builder().env("BASE_URL", "https://jobs.example.org").start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    let token = browser.csrf_token().await;
    let host = app.environment["BIND"].clone();
    for (origin, taken) in [
        ("https://jobs.example.org".to_owned(), true),
        (format!("http://{host}"), true),
        ("http://jobs.example.org".to_owned(), false),
        ("https://jobs.example.org.evil.example".to_owned(), false),
        ("https://jobs.example.org:444".to_owned(), false),
        ("null".to_owned(), false),
        (String::new(), false),
    ] {
        let status = rename(&browser, &token, Some(&origin)).await;
        assert_eq!(status, if taken { 302 } else { 400 }, "Origin: {origin}");
    }
}

#[tokio::test]
async fn the_secret_changes_when_somebody_signs_in() {
    let app = TestApp::builder().debug().start().await;
    a::user("ada").insert(&app.db).await;
    let browser = app.browser();
    let before = browser.csrf_token().await;
    browser.post_form("/login/as/", &[("username", "ada")]).await.expect(302);
    assert_ne!(browser.cookie("csrftoken").unwrap(), before);
    assert_eq!(rename(&browser, &before, None).await, 400);
}

#[tokio::test]
async fn reading_needs_no_token() {
    let (_app, browser) = ada().await;
    for method in [Method::GET, Method::HEAD] {
        let request = browser.request(method, "/settings/").header("origin", "https://evil.example");
        assert_eq!(browser.send(request).await.status, 200);
    }
}

#[tokio::test]
async fn a_page_without_a_form_leaves_no_cookie_with_strangers() {
    let app = TestApp::start().await;
    for path in ["/", "/event-log/", "/status/", "/login/"] {
        let page = app.get(path).await.expect(200);
        assert!(page.set_cookies.is_empty(), "{path}: {:?}", page.set_cookies);
    }
}

#[tokio::test]
async fn other_methods_need_a_token_as_well() {
    let (_app, browser) = ada().await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let page = browser.send(browser.request(method.clone(), "/settings/")).await;
        assert_eq!(page.status, 400, "{method}");
    }
}
