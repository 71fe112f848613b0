//! What people change about themselves.

use crate::harness::{Browser, TestApp, a};

async fn ada() -> (TestApp, Browser) {
    let app = TestApp::start().await;
    let ada = a::user("ada").named("Ada").email("ada@example.org").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    (app, browser)
}

async fn stored(app: &TestApp) -> (String, String) {
    let row = &app.db.rows("SELECT fullname, email FROM jobserver_user WHERE username = 'ada'", &[]).await[0];
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn the_form_shows_what_is_stored() {
    let (_app, browser) = ada().await;
    let page = browser.get("/settings/").await.expect(200);
    assert_eq!((page.field("fullname").as_str(), page.field("email").as_str()), ("Ada", "ada@example.org"));
    assert_eq!(page.title(), "Settings | OpenSAFELY Jobs");
}

#[tokio::test]
async fn a_name_and_an_address_are_saved_without_their_white_space() {
    let (app, browser) = ada().await;
    let fields = [("settings", ""), ("fullname", "  Ada Lovelace "), ("email", " Ada.L@Example.org ")];
    let page = browser.post_form("/settings/", &fields).await;
    browser.follow(page).await.expect(200).shows("Settings saved successfully");
    assert_eq!(stored(&app).await, ("Ada Lovelace".to_owned(), "Ada.L@Example.org".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_saved_is_explained_and_kept_in_the_form() {
    let (app, browser) = ada().await;
    a::user("grace").email("grace@example.org").insert(&app.db).await;
    let long = format!("{}@example.org", "x".repeat(250));
    for (fullname, email) in [
        ("", "new@example.org"),
        ("   ", "new@example.org"),
        ("New", ""),
        ("New", "no-address"),
        ("New", "a@b@c.org"),
        ("New", "grace@example.org"),
        ("New", "Grace@Example.org"),
        ("New", &long),
        (&"x".repeat(100_000), "new@example.org"),
    ] {
        let fields = [("settings", "1"), ("fullname", fullname), ("email", email)];
        let page = browser.post_form("/settings/", &fields).await.expect(200);
        assert_eq!(page.field("email"), email, "what was typed is kept");
        assert_eq!(page.field("fullname").trim(), fullname.trim());
        assert!(page.body.contains("field-error"), "no field error for {email}:\n{}", page.excerpt());
        assert_eq!(stored(&app).await.1, "ada@example.org");
    }
}

#[tokio::test]
async fn an_unknown_button_saves_nothing() {
    let (app, browser) = ada().await;
    let page = browser.post_form("/settings/", &[("fullname", "New"), ("email", "new@example.org")]).await;
    browser.follow(page).await.expect(200).shows("Unrecognised");
    assert_eq!(stored(&app).await.0, "Ada");
}
