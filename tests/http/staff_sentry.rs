//! The pages that test what happens to errors.

use std::time::Duration;

use crate::harness::{Browser, TestApp, a, eventually};

async fn staff(app: &TestApp) -> Browser {
    let finn = a::user("finn").staff().insert(&app.db).await;
    app.browser_of(finn).await
}

/// Waits for a line with this text in the server's log.
async fn is_logged(app: &TestApp, text: &str) {
    eventually("the line is there", Duration::from_secs(5), async || app.log().contains(text)).await;
}

#[tokio::test]
async fn the_pages_for_testing_error_reports_answer_to_any_method() {
    let app = TestApp::start().await;
    let browser = staff(&app).await;
    let index = browser.get("/staff/sentry/").await.expect(200);
    assert_eq!(index.title(), "Sentry: Staff Area | OpenSAFELY Jobs");
    assert!(index.links_to("/staff/sentry/message") && index.has_form_to("/staff/sentry/error"));
    browser.post_form("/staff/sentry/", &[]).await.expect(200);
    browser.get("/staff/sentry/error").await.expect(500).shows("Server error");
    browser.post_form("/staff/sentry/error", &[]).await.expect(500);
    is_logged(&app, "this failure was asked for by finn").await;
    for path in ["/staff/sentry/error/", "/staff/sentry/message/"] {
        browser.get(path).await.expect(404);
    }
    browser.get("/staff/sentry").await.expect_redirect(301, "/staff/sentry/");
}

#[tokio::test]
async fn weakness_27_the_message_is_sent_by_post_and_not_by_looking() {
    let app = TestApp::start().await;
    let browser = staff(&app).await;
    let page = browser.get("/staff/sentry/message").await.expect(200);
    page.hides("A message was written");
    assert!(page.has_form_to("/staff/sentry/message"));
    assert!(!app.log().contains("testing"), "{}", app.log());
    browser.post_form("/staff/sentry/message", &[]).await.expect(200).shows("A message was written");
    is_logged(&app, "testing").await;
}
