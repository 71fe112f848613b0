//! The pages that test what happens to errors.

use crate::harness::{TestApp, finn};

#[tokio::test]
async fn the_pages_for_testing_error_reports_answer_to_any_method() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let index = browser.get("/staff/sentry/").await.expect(200);
    assert_eq!(index.title(), "Sentry: Staff Area | OpenSAFELY Jobs");
    assert!(index.links_to("/staff/sentry/message") && index.has_form_to("/staff/sentry/error"));
    browser.post_form("/staff/sentry/", &[]).await.expect(200);
    browser.get("/staff/sentry/error").await.expect(500).shows("Server error");
    browser.post_form("/staff/sentry/error", &[]).await.expect(500);
    app.logged(&["this failure was asked for by finn"]).await;
    for path in ["/staff/sentry/error/", "/staff/sentry/message/"] {
        browser.get(path).await.expect(404);
    }
    browser.get("/staff/sentry").await.expect_redirect(301, "/staff/sentry/");
}

#[tokio::test]
async fn weakness_27_the_message_is_sent_by_post_and_not_by_looking() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let page = browser.get("/staff/sentry/message").await.expect(200);
    page.hides("A message was written");
    assert!(page.has_form_to("/staff/sentry/message"));
    assert!(!app.log().contains("testing"), "{}", app.log());
    browser.post_form("/staff/sentry/message", &[]).await.expect(200).shows("A message was written");
    app.logged(&["testing"]).await;
}
