//! The login page, signing out, and the development page for signing in as anybody.

use reqwest::Method;

use crate::harness::{TestApp, a};

#[tokio::test]
async fn the_login_page_remembers_where_one_came_from() {
    let app = TestApp::start().await;
    let page = app.get("/login/?next=/event-log/?page=2").await.expect(200);
    assert!(page.has_form_to("/login/github/"));
    assert_eq!(page.field("next"), "/event-log/?page=2");
    assert_eq!(app.get("/login/?next=//evil.example").await.field("next"), "/");
    assert_eq!(app.get("/login/").await.field("next"), "/");
    assert_eq!(app.get("/login/?next=/x/%22%3E%3Cscript%3E").await.field("next"), "/x/\"><script>");
}

#[tokio::test]
async fn who_is_signed_in_has_no_use_for_the_login_page() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    for (query, leads_to) in [
        ("", "/"),
        ("?next=/settings/", "/settings/"),
        ("?next=foo", "/"),
        ("?z=9", "/?z=9"),
        ("?next=https://evil.example/", "/"),
        ("?next=//evil.example/&b=1", "/"),
        ("?next=%2F%2Fevil.example", "/"),
        ("?next=%2F%5Cevil.example", "/"),
    ] {
        let page = browser.get(&format!("/login/{query}")).await;
        assert_eq!(page.location(), leads_to, "/login/{query}");
    }
}

#[tokio::test]
async fn pages_for_people_lead_to_the_login_page_and_back() {
    let app = TestApp::start().await;
    app.get("/settings/?a=b").await.expect_redirect(302, "/login/?next=/settings/%3Fa%3Db");
    let page = app.get("/event-log/?backend=a&backend=b").await.expect(200);
    assert!(page.links_to("/login/?backend=b&next=%2Fevent-log%2F"), "{:?}", page.tags("a"));
}

#[tokio::test]
async fn signing_out_ends_the_session_everywhere() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    let key = browser.cookie("sessionid").unwrap();
    let page = browser.post_form("/logout/", &[]).await.expect_redirect(302, "/");
    assert!(page.set_cookie("sessionid").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    assert_eq!(app.db.count("django_session").await, 0);
    let thief = app.browser();
    thief.set_cookie("sessionid", &key);
    assert!(thief.get("/settings/").await.status.is_redirection(), "the old cookie still works");
}

#[tokio::test]
async fn signing_out_leads_only_to_pages_of_this_site() {
    let app = TestApp::start().await;
    for (next, leads_to) in
        [("/event-log/", "/event-log/"), ("//evil.example", "/"), ("https://evil.example", "/")]
    {
        let ada = a::user(&format!("ada{}", next.len())).insert(&app.db).await;
        let page = app.browser_of(ada).await.post_form("/logout/", &[("next", next)]).await;
        assert_eq!(page.location(), leads_to);
    }
    app.browser().post_form("/logout/?next=/event-log/", &[]).await.expect_redirect(302, "/event-log/");
    app.get("/logout/").await.expect(405);
}

#[tokio::test]
async fn while_developing_one_can_sign_in_as_anybody() {
    let app = TestApp::builder().debug().start().await;
    a::user("ada").named("Ada Lovelace").insert(&app.db).await;
    let browser = app.browser();
    browser.get("/login/as/").await.expect(200).shows("Ada Lovelace");
    let page = browser.post_form("/login/as/", &[("username", "ada"), ("next", "//evil.example")]).await;
    page.expect_redirect(302, "/");
    browser.get("/settings/").await.expect(200);
    browser.post_form("/login/as/", &[("username", "nobody")]).await.expect(404);
    browser.post_form("/login/as/", &[("username", "a\0b")]).await.expect(404);
}

#[tokio::test]
async fn in_production_nobody_can_sign_in_as_somebody_else() {
    let app = TestApp::start().await;
    a::user("ada").insert(&app.db).await;
    app.get("/login/as/").await.expect(404);
    app.browser().post_form("/login/as/", &[("username", "ada")]).await.expect(404);
    app.get("/login/").await.lacks("/login/as/");
}

#[tokio::test]
async fn through_a_proxy_nobody_can_sign_in_as_somebody_else() {
    let app = TestApp::builder().debug().start().await;
    a::user("ada").insert(&app.db).await;
    let browser = app.browser();
    let request = browser.request(Method::GET, "/login/as/").header("x-forwarded-for", "203.0.113.7");
    browser.send(request).await.expect(404);
    let request = browser.request(Method::POST, "/login/as/").header("x-forwarded-for", "203.0.113.7");
    browser.send(request.form(&[("username", "ada")])).await.expect(404);
}
