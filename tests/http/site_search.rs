//! The search box in the header: what its reader may see anyhow, found by a fragment of its name.

use crate::harness::{
    Study, TestApp, a,
    counting::{can_count, quiet, statements},
    encoded, finn, released,
};

fn search(text: &str) -> String {
    format!("/?q={}", encoded(text))
}

#[tokio::test]
async fn without_a_text_the_home_page_is_what_it_was() {
    let app = TestApp::start().await;
    for path in ["/", "/?q=", "/?q=++", "/?p=asthma"] {
        let page = app.get(path).await.expect(200);
        assert_eq!(page.title(), "OpenSAFELY Jobs | Home", "{path}");
    }
}

#[tokio::test]
async fn anybody_finds_what_is_public() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let db = &app.db;
    let job_request = study.job_request().insert(db).await;
    let identifier = db.identifier_of(job_request).await;
    let job = a::job(job_request, "make_table", "running").insert(db).await;
    let job_request_page = format!("{}{job_request}/", Study::PATH);
    let job_page = format!("{job_request_page}{job}/");
    for (text, section, link) in [
        ("REVIEWS", "projects", "/asthma/"),
        ("asthma-m", "workspaces", Study::PATH),
        (&job_request.to_string(), "job-requests", &job_request_page),
        (&identifier[..8], "job-requests", &job_request_page),
        (&job, "jobs", &job_page),
    ] {
        let page = app.get(&search(text)).await.expect(200);
        assert!(!page.section(section).is_empty(), "{text:?} finds no {section}:\n{}", page.text());
        assert!(page.links_to(link), "{text:?} does not lead to {link}");
        app.get(link).await.expect(200);
    }
    let page = app.get(&search("asthma")).await.expect(200);
    assert_eq!(page.title(), "Search: asthma | OpenSAFELY Jobs");
    assert!(page.offered("q").iter().any(|q| q == "asthma"));
    assert!(!page.body.contains("/staff/"));
}

#[tokio::test]
async fn people_organisations_and_backends_are_not_for_everybody() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let ada = study.browser(&app).await;
    for text in ["lovelace", "ada@example.org", "bennett"] {
        app.get(&search(text)).await.expect(200).shows("Nothing found");
        ada.get(&search(text)).await.expect(200).shows("Nothing found");
    }
}

#[tokio::test]
async fn releases_are_found_by_those_who_may_see_them() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    released::one_of_each(&app.db, &study).await;
    let page = format!("{}releases/{}/", Study::PATH, released::RELEASE);
    let text = search(&released::RELEASE[..8].to_lowercase());
    let stranger = a::user("stranger").insert(&app.db).await;
    for browser in [app.browser(), app.browser_of(stranger).await] {
        browser.get(&page).await.expect(404);
        assert!(!browser.get(&text).await.expect(200).links_to(&page));
    }
    let checker = a::user("olga").role("OutputChecker").insert(&app.db).await;
    for browser in [study.browser(&app).await, app.browser_of(checker).await] {
        browser.get(&page).await.expect(200);
        assert!(browser.get(&text).await.expect(200).links_to(&page));
    }
}

#[tokio::test]
async fn archived_workspaces_come_last_and_are_marked_for_those_with_roles() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let repo = a::repo(&app.db, "asthma").await;
    let old = a::workspace(&app.db, "asthma-a-old", study.project, repo, study.ada).await;
    app.db.execute("UPDATE jobserver_workspace SET is_archived = true WHERE id = $1", &[&old]).await;
    let found = study.browser(&app).await.get(&search("asthma-")).await.expect(200).section("workspaces");
    let places = ["asthma-main", "asthma-a-old"].map(|name| found.find(name));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{found}");
    assert!(found.contains("Archived"), "{found}");
    let found = app.get(&search("asthma-")).await.expect(200).section("workspaces");
    assert!(found.contains("asthma-a-old") && !found.contains("Archived"), "{found}");
}

#[tokio::test]
async fn staff_are_shown_the_way_to_their_search() {
    let app = TestApp::start().await;
    let page = finn(&app).await.get(&search("a&b")).await.expect(200);
    assert!(page.links_to("/staff/?q=a%26b"), "{}", page.excerpt());
    page.shows("Nothing found");
}

#[tokio::test]
async fn odd_texts_get_a_clear_answer() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    for text in ["-123", "%", "_", "\\", "' OR 1=1 --", "<b>x</b>", "\u{202e}x", "👩‍🔬", "99999999999999999999"]
    {
        let page = app.get(&search(text)).await.expect(200);
        page.shows("Nothing found").lacks("<b>x</b>");
        assert!(page.offered("q").iter().any(|q| q == text), "{:?}", page.offered("q"));
    }
    for text in ["a\0b".to_owned(), "x".repeat(10_000)] {
        app.get(&search(&text)).await.expect(200).shows("Please search for at most 200 characters");
    }
}

#[tokio::test]
async fn a_search_sends_few_statements() {
    let app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let study = Study::set_up(&app).await;
    let browser = study.browser(&app).await;
    browser.get(&search("asthma")).await.expect(200);
    quiet(&app.db).await;
    for text in ["asthma", "1234"] {
        let sent = statements(&app, &browser, &search(text)).await;
        assert!(sent <= 7, "{text}: {sent} statements");
    }
}
