//! The login token for Level 4 on the settings page.

use std::time::Duration;

use crate::harness::{Browser, Page, Study, TestApp, a, eventually};

async fn ada() -> (TestApp, Study, Browser) {
    let (app, study, browser) = Study::of_researcher().await;
    a::github_link(&app.db, study.ada, 7).await;
    (app, study, browser)
}

/// The three words on the page.
fn words(page: &Page) -> Option<String> {
    let (_, rest) = page.body.split_once("<code id=\"token-words\">")?;
    rest.split_once("</code>").map(|(words, _)| words.to_owned())
}

#[tokio::test]
async fn a_token_is_shown_once_and_kept_by_no_cache() {
    let (app, _study, browser) = ada().await;
    assert_eq!(words(&browser.get("/settings/").await.expect(200)), None);
    let page = browser.post_form("/settings/", &[("token", "1")]).await.expect(200);
    let token = words(&page).expect("three words");
    assert_eq!(token.split(' ').count(), 3, "{token}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    browser.get("/settings/").await.expect(200).lacks(&token);
    let stored: String = app.db.value("SELECT login_token FROM jobserver_user", &[]).await;
    assert!(stored.starts_with("argon2$argon2id$v=19$m=102400,t=2,p=8$"), "{stored}");
    let minutes: f64 = app
        .db
        .value(
            "SELECT extract(epoch FROM login_token_expires_at - now())::float8 / 60 FROM jobserver_user",
            &[],
        )
        .await;
    assert!((59.0..=60.0).contains(&minutes), "{minutes}");
    assert!(!app.log().contains(&token), "the token is in the log");
}

#[tokio::test]
async fn its_owner_hears_of_it_by_mail_without_the_words() {
    let (app, _study, browser) = ada().await;
    let page = browser.post_form("/settings/", &[("token", "1")]).await.expect(200);
    let token = words(&page).expect("three words");
    eventually("the mail", Duration::from_secs(10), async || !app.smtp.mails().is_empty()).await;
    let mails = app.smtp.mails();
    let mail = format!("{:?}", mails[0]);
    assert_eq!(mails[0].header("subject"), Some("New OpenSAFELY login token generated"));
    assert!(mails[0].header("reply-to").is_some_and(|to| to.contains("team@opensafely.org")), "{mail}");
    assert!(mail.contains("https://docs.opensafely.org/how-to-get-help/#slack"), "{mail}");
    assert!(token.split(' ').all(|word| !mail.contains(&format!(" {word} "))), "{mail}");
}

#[tokio::test]
async fn it_is_offered_only_to_whoever_may_use_it() {
    let (app, study, browser) = ada().await;
    assert!(browser.get("/settings/").await.body.contains("name=\"token\""));
    app.db.execute("DELETE FROM jobserver_backendmembership WHERE user_id = $1", &[&study.ada]).await;
    browser.get("/settings/").await.lacks("name=\"token\"").shows("no access to any backend");
    let page = browser.post_form("/settings/", &[("token", "1")]).await;
    browser.follow(page).await.expect(200).shows("Your account is not allowed to generate a login token");
    let stored: Option<String> = app.db.value("SELECT login_token FROM jobserver_user", &[]).await;
    assert_eq!(stored, None);
}
