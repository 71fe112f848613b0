//! Security headers, on every kind of answer there is.

use std::collections::HashSet;

use reqwest::Method;

use crate::harness::{PIPELINE, Page, Study, TestApp, a};

const FIXED: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-frame-options", "SAMEORIGIN"),
    ("x-xss-protection", "1; mode=block"),
    ("permissions-policy", "interest-cohort=(), browsing-topics=()"),
];

#[track_caller]
fn assert_secure(page: &Page, has_csp: bool) {
    for (name, value) in FIXED {
        assert_eq!(page.header(name), Some(*value), "{name} of {} ({})", page.request, page.status);
    }
    let csp = page.header("content-security-policy");
    assert_eq!(csp.is_some(), has_csp, "{} ({}): {csp:?}", page.request, page.status);
    assert!(page.header("x-request-id").is_some(), "{} has no request id", page.request);
}

fn nonce(page: &Page) -> String {
    let csp = page.header("content-security-policy").expect("a policy");
    let (_, rest) = csp.split_once("'nonce-").expect("a nonce");
    rest.split_once('\'').expect("its end").0.to_owned()
}

#[tokio::test]
async fn every_kind_of_answer_has_them() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    a::redirect(&app.db, "/before/", "project_id", study.project, study.ada, "1 day").await;
    for (path, status) in [
        ("/", 200),
        ("/event-log/", 200),
        ("/event-log", 301),
        ("/before/", 301),
        ("/favicon.ico", 302),
        ("/settings/", 302),
        ("/400", 400),
        ("/403", 403),
        ("/404", 404),
        ("/500", 500),
        ("/nowhere/at/all/", 404),
        ("/logout/", 405),
        ("/health-check/", 200),
        ("/metrics", 200),
        ("/static/robots.txt", 200),
        ("/static/nothing.txt", 404),
        ("/status/test/", 200),
        ("/status/nothing/", 404),
        ("/asthma/asthma-main/edit/", 403),
    ] {
        let page = app.get(path).await.expect(status);
        assert_secure(&page, true);
    }
    for (path, status) in [("/api/v2/workspaces/asthma-main/statuses/", 200), ("/api/nothing/", 404)] {
        assert_secure(&app.get(path).await.expect(status), false);
    }
}

#[tokio::test]
async fn refused_forms_have_them() {
    let app = TestApp::start().await;
    let browser = app.browser();
    assert_secure(&browser.post_bare("/settings/", &[]).await.expect(400), true);
    let many = vec![("a", "1"); 4_001];
    assert_secure(&browser.post_bare("/settings/", &many).await.expect(413), true);
    assert_secure(&browser.send(browser.request(Method::PUT, "/")).await.expect(400), true);
}

#[tokio::test]
async fn the_policy_lets_a_page_load_only_what_is_ours() {
    let app = TestApp::start().await;
    let page = app.get("/").await.expect(200);
    let csp = page.header("content-security-policy").unwrap();
    let directives: Vec<&str> = csp.split(';').map(str::trim).collect();
    let nonce = nonce(&page);
    for expected in [
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "frame-src 'self'",
        "manifest-src 'self'",
        "font-src 'self' data:",
        "style-src 'self'",
        "style-src-elem 'self'",
        &format!("script-src 'self' 'nonce-{nonce}'"),
        &format!("script-src-elem 'self' 'nonce-{nonce}'"),
    ] {
        assert!(directives.contains(&expected), "{expected} is not in {csp}");
    }
    assert!(!csp.contains("unsafe"), "{csp}");
    assert!(!csp.contains("report-uri"), "{csp}");
}

#[tokio::test]
async fn a_page_obeys_its_own_policy() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().definition(PIPELINE).insert(&app.db).await;
    a::job(job_request, "make_table", "running").insert(&app.db).await;
    let browser = study.browser(&app).await;
    for (path, status) in [
        ("/", 200),
        ("/event-log/", 200),
        ("/status/", 200),
        ("/settings/", 200),
        ("/ui-components/", 200),
        ("/asthma/", 200),
        (Study::PATH, 200),
        (&format!("{}{job_request}/", Study::PATH), 200),
        (Study::RUN_JOBS, 200),
        ("/asthma/new-workspace/", 200),
        (Study::LOGS, 200),
        ("/404", 404),
    ] {
        let page = browser.get(path).await.expect(status);
        let nonce = nonce(&page);
        let scripts = page.tags("script");
        assert!(!scripts.is_empty(), "{path} has no script");
        for script in scripts {
            let is_data = script.get("type").is_some_and(|kind| kind == "application/json");
            assert!(
                is_data || script.get("nonce") == Some(&nonce),
                "{path}: a script without this answer's nonce"
            );
        }
        assert!(page.tags("style").is_empty(), "{path} has a style element");
        for handler in [" style=\"", " onclick=", " onload=", " onsubmit=", " hx-on", "javascript:"] {
            page.lacks(handler);
        }
    }
}

#[tokio::test]
async fn no_nonce_is_used_twice() {
    let app = TestApp::start().await;
    let mut seen = HashSet::new();
    for path in ["/", "/", "/404", "/event-log/"] {
        assert!(seen.insert(nonce(&app.get(path).await)), "a nonce came twice");
    }
}

#[tokio::test]
async fn pages_say_that_they_depend_on_the_visitor() {
    let app = TestApp::start().await;
    for path in ["/", "/event-log/", "/status/", "/404", "/login/"] {
        let page = app.get(path).await;
        let vary: Vec<&str> =
            page.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok()).collect();
        assert!(vary.join(",").to_lowercase().contains("cookie"), "{path}: Vary: {vary:?}");
    }
}

#[tokio::test]
async fn what_the_policy_reports_and_who_counts_is_configured() {
    let app = TestApp::builder()
        .env("CSP_REPORT_URI", "https://reports.example.org/csp")
        .env("PLAUSIBLE_DOMAIN", "jobs.example.org")
        .start()
        .await;
    let page = app.get("/").await.expect(200);
    let csp = page.header("content-security-policy").unwrap();
    assert!(csp.contains("report-uri https://reports.example.org/csp"), "{csp}");
    assert!(csp.contains("script-src 'self' https://plausible.io"), "{csp}");
    page.contains("data-domain=\"jobs.example.org\"").contains("event-is_logged_in=\"false\"");
}

#[tokio::test]
async fn a_request_keeps_the_id_it_came_with_if_that_is_one() {
    let app = TestApp::start().await;
    let browser = app.browser();
    for (given, is_kept) in [("abc-123", true), ("<script>", false), (&"x".repeat(65), false), ("a b", false)]
    {
        let page = browser.send(browser.request(Method::GET, "/404").header("x-request-id", given)).await;
        let id = page.header("x-request-id").unwrap().to_owned();
        assert_eq!(id == given, is_kept, "{given}");
        page.contains(&id);
    }
}
