//! Bad input of every kind: a clear page with the right status, never a 500, never a broken connection.

use reqwest::Method;

use crate::harness::{Study, TestApp, a};

#[tokio::test]
async fn the_fixed_error_pages_look_like_the_real_ones() {
    let app = TestApp::start().await;
    for (code, title) in [
        (400, "400: Bad request"),
        (403, "403: Permission denied"),
        (404, "404: Page not found"),
        (500, "500: Server error"),
    ] {
        let page = app.get(&format!("/{code}")).await.expect(code);
        page.shows(title);
        assert_eq!(page.title(), "OpenSAFELY Jobs");
        page.contains("mailto:tech@opensafely.org");
        app.browser().send(app.browser().request(Method::HEAD, &format!("/{code}"))).await.expect(code);
    }
}

#[tokio::test]
async fn an_error_page_explains_itself_to_strangers_and_to_people() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let page = app.get("/nowhere/").await.expect(404);
    page.shows("Possible reasons").shows("log in").contains("error-page-login-button");
    assert!(page.links_to("/login/?next=%2Fnowhere%2F"));
    let page = app.browser_of(ada).await.get("/nowhere/").await.expect(404);
    page.shows("Possible reasons").lacks("error-page-login-button").shows("Full ada");
    app.get("/403").await.shows("you need to log in first");
    app.browser_of(ada)
        .await
        .get("/403")
        .await
        .shows("Your account may not see this page")
        .lacks("error-page-login-button");
}

#[tokio::test]
async fn four_thousand_fields_are_taken_and_one_more_is_not() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    let token = browser.csrf_token().await;
    for (count, status) in [(4_000, 302), (4_001, 413)] {
        let mut fields = vec![("csrfmiddlewaretoken", token.as_str()), ("settings", "1")];
        fields.extend([("fullname", "Ada"), ("email", "ada@example.org")]);
        fields.resize(count, ("requested_actions", "a"));
        let page = browser.post_bare("/settings/", &fields).await.expect(status);
        if status == 413 {
            page.shows("413: Too many fields submitted");
        }
    }
    let query = vec!["a=1"; 4_001].join("&");
    app.get(&format!("/event-log/?{query}")).await.expect(413);
    app.get(&format!("/event-log/?{}", &query[4..])).await.expect(200);
}

#[tokio::test]
async fn a_form_of_two_and_a_half_megabytes_is_the_largest() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    let token = browser.csrf_token().await;
    for (bytes, status) in [(2_500_000, 302), (2_621_441, 400)] {
        let filler = "x".repeat(bytes);
        let fields = [
            ("csrfmiddlewaretoken", token.as_str()),
            ("settings", "1"),
            ("fullname", "Ada"),
            ("email", "ada@example.org"),
            ("filler", &filler),
        ];
        browser.post_bare("/settings/", &fields).await.expect(status);
    }
}

#[tokio::test]
async fn nul_bytes_are_harmless_wherever_they_stand() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().insert(&app.db).await;
    a::job(job_request, "make_table", "running").insert(&app.db).await;
    let browser = study.browser(&app).await;
    for path in [
        "/%00/",
        "/asthma%00/",
        "/asthma/%00/",
        "/asthma/asthma-main%00/",
        "/asthma/asthma-main/%00/",
        "/asthma/asthma-main/logs/?q=%00",
        "/asthma/asthma-main/logs/?backend=%00",
        "/asthma/asthma-main/run-jobs/%00/",
        &format!("/asthma/asthma-main/{job_request}/%00/"),
        "/jobs/%00/",
        "/status/%00/",
        "/event-log/?page=%00",
        "/login/?next=%00",
        "/login/?next=/%00",
        "/%00/new-workspace/",
        "/%00/%00/edit/",
        "/%00/%00/run-jobs/",
        "/static/%00",
        "/uploads/%00",
        "/api/v2/workspaces/%00/statuses/",
        "/api/v2/workspaces/asthma-main/statuses/?backend=%00",
        "/enter-your-name/?partial_token=%00",
        "/complete/github/?state=%00&code=%00",
        "/complete/%00/",
        "/%00",
    ] {
        let page = browser.get(path).await;
        assert!(page.status.as_u16() < 500, "{path} gave {}", page.status);
        assert_eq!(browser.get("/settings/").await.status, 200, "after {path}");
    }
}

#[tokio::test]
async fn nul_bytes_in_forms_are_a_mistake_of_the_sender() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = study.browser(&app).await;
    let nul = "a\0b";
    let forms: &[(&str, &[(&str, &str)])] = &[
        ("/settings/", &[("settings", "1"), ("fullname", nul), ("email", "ada@example.org")]),
        ("/settings/", &[("settings", "1"), ("fullname", "Ada"), ("email", nul)]),
        ("/settings/", &[("settings", "1"), ("fullname", "Ada"), ("email", "a\0b@example.org")]),
        ("/asthma/asthma-main/edit/", &[("purpose", nul)]),
        ("/asthma/asthma-main/archive-toggle/", &[("is_archived", nul)]),
        ("/asthma/asthma-main/notifications-toggle/", &[("should_notify", nul)]),
        (
            "/asthma/asthma-main/run-jobs/",
            &[("backend", nul), ("requested_actions", nul), ("will_notify", nul), ("form_token", nul)],
        ),
        (
            "/asthma/asthma-main/run-jobs/",
            &[("backend", "test"), ("requested_actions", "make_table"), ("form_token", nul)],
        ),
        ("/asthma/new-workspace/", &[("name", nul), ("purpose", nul), ("repo", nul), ("branch", nul)]),
        ("/login/github/", &[("next", nul)]),
        ("/complete/github/", &[("name", nul)]),
        ("/logout/", &[("next", nul)]),
    ];
    for (path, fields) in forms {
        let page = browser.post_form(path, fields).await;
        assert!(page.status.as_u16() < 500, "{path} {fields:?} gave {}:\n{}", page.status, page.excerpt());
    }
}

#[tokio::test]
async fn numbers_beyond_the_column_lead_nowhere() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = study.browser(&app).await;
    for number in ["0", "2147483647", "2147483648", "9223372036854775808", &"9".repeat(400)] {
        browser.get(&format!("/job-requests/{number}/")).await.expect(404);
        browser.get(&format!("/asthma/asthma-main/{number}/")).await.expect(404);
        browser.get(&format!("/asthma/asthma-main/{number}/abc/")).await.expect(404);
        browser.post_form(&format!("/asthma/asthma-main/{number}/cancel/"), &[]).await.expect(404);
        browser.post_form(&format!("/asthma/asthma-main/{number}/abc/cancel/"), &[]).await.expect(404);
        let live = browser.get(&format!("/api/live/job-requests/{number}/")).await;
        assert_eq!(live.status, 404, "live {number}");
        if number != "0" {
            browser.get(&format!("/event-log/?page={number}")).await.expect(404);
        }
        browser.get(&format!("/asthma/asthma-main/logs/?q={number}")).await.expect(200);
    }
}

#[tokio::test]
async fn addresses_that_no_browser_would_send_do_no_harm() {
    let app = TestApp::start().await;
    for path in [
        "/%",
        "/%zz/",
        "/%ff/",
        "/%c3%28/",
        "/a%2Fb/",
        "/..%2F..%2Fetc%2Fpasswd",
        "/static/../Cargo.toml",
        "/static/..%2f..%2fCargo.toml",
        "/uploads/..%2f..%2fCargo.toml",
        "/asthma/%0d%0aSet-Cookie:a=b/",
        "/?%ff=%fe",
        "/event-log/?page=%ff",
        "/asthma/%E2%80%AE/",
    ] {
        let page = app.get(path).await;
        assert!(page.status.as_u16() < 500, "{path} gave {}", page.status);
        assert!(!page.body.contains("[package]"), "{path} shows a file");
        assert!(page.set_cookie("a").is_none());
    }
    let long = "x".repeat(7_000);
    for path in [format!("/{long}/"), format!("/asthma/{long}/"), format!("/event-log/?q={long}")] {
        assert!(app.get(&path).await.status.as_u16() < 500, "a long address");
    }
}

#[tokio::test]
async fn forms_that_are_not_what_they_say_are_refused() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let browser = app.browser_of(ada).await;
    let token = browser.csrf_token().await;
    let post = || browser.request(Method::POST, "/settings/").header("x-csrftoken", &token);
    for (kind, body) in [
        ("application/x-www-form-urlencoded", b"settings=1&fullname=%ff%fe&email=%00".to_vec()),
        ("application/x-www-form-urlencoded", vec![0xff; 100]),
        ("application/json", b"{\"settings\": 1}".to_vec()),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken".to_vec()),
        ("text/plain", b"settings=1".to_vec()),
    ] {
        let page = browser.send(post().header("content-type", kind).body(body)).await;
        assert!(page.status.as_u16() < 500, "{kind} gave {}", page.status);
    }
    let kept: String = app.db.value("SELECT concat_ws(' ', fullname, email) FROM jobserver_user", &[]).await;
    assert_eq!(kept, "Full ada ada@example.org", "nothing is saved");
}

#[tokio::test]
async fn pages_can_be_asked_for_without_their_content() {
    let app = TestApp::start().await;
    let browser = app.browser();
    for path in ["/", "/event-log/", "/status/", "/health-check/", "/login/", "/static/robots.txt"] {
        let page = browser.send(browser.request(Method::HEAD, path)).await.expect(200);
        assert_eq!(page.body, "", "HEAD {path}");
    }
    browser.send(browser.request(Method::HEAD, "/nowhere/")).await.expect(404);
}

#[tokio::test]
async fn a_method_that_an_address_does_not_know_is_told_apart() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let token = browser.csrf_token().await;
    for (method, path, allowed) in [
        (Method::POST, "/event-log/", "GET"),
        (Method::DELETE, "/settings/", "POST"),
        (Method::GET, "/logout/", "POST"),
        (Method::POST, "/", "GET"),
    ] {
        let page = browser.send(browser.request(method.clone(), path).header("x-csrftoken", &token)).await;
        assert_eq!(page.status, 405, "{method} {path}");
        let allow = page.header("allow").unwrap_or_default().to_owned();
        assert!(allow.contains(allowed), "{method} {path}: Allow: {allow:?}");
    }
}

#[tokio::test]
async fn addresses_without_their_slash_lead_to_the_right_ones() {
    let app = TestApp::start().await;
    for (path, location) in [
        ("/event-log", "/event-log/"),
        ("/event-log?page=1&a=%20", "/event-log/?page=1&a=%20"),
        ("/asthma/asthma-main", "/asthma/asthma-main/"),
        ("/anything", "/anything/"),
        ("//evil.example", "/evil.example/"),
        ("///evil.example", "/evil.example/"),
    ] {
        app.get(path).await.expect_redirect(301, location);
    }
    app.get("/event-list/?a=b").await.expect_redirect(302, "/event-log/");
    app.get("/jobs/?backend=tpp").await.expect_redirect(302, "/event-log/?backend=tpp");
    app.get("/robots.txt").await.expect_redirect(302, "/static/robots.txt");
    app.get("/favicon.ico").await.expect_redirect(302, "/static/favicon.ico");
    app.get("/static/favicon").await.expect(404);
}
