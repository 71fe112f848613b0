//! Backends in the staff area: making one, switching it on and off, its token, which is shown once and never again.

use serde_json::Value;

use crate::harness::{Browser, Page, TestApp, a, finn};

const BACKENDS: &str = "/staff/backends/";
const ADD: &str = "/staff/backends/add/";

/// What the record says of one kind: who, about what, which changes.
async fn events(app: &TestApp, kind: &str) -> Vec<(String, String, Value)> {
    let rows = app
        .db
        .rows(
            "SELECT created_by, about_label, changes FROM staff_event WHERE type = $1 ORDER BY id",
            &[&kind],
        )
        .await;
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

async fn make(browser: &Browser, name: &str, slug: &str) -> Page {
    browser.post_form(ADD, &[("name", name), ("slug", slug), ("is_active", "on")]).await
}

#[tokio::test]
async fn backends_are_listed_by_name_twenty_five_a_page() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.get(BACKENDS).await.expect(200).shows("No backends").contains(ADD);
    for number in 0..26 {
        a::backend(&app.db, &format!("backend{number:02}")).await;
    }
    app.db.execute("UPDATE jobserver_backend SET is_active = false WHERE slug = 'backend01'", &[]).await;
    let first: i32 = app.db.value("SELECT id FROM jobserver_backend WHERE slug = 'backend00'", &[]).await;
    let page = browser.get(BACKENDS).await.expect(200);
    assert_eq!(page.title(), "Backends: Staff Area | OpenSAFELY Jobs");
    page.shows("Backend00").shows("Backend24").hides("Backend25").shows("Page 1 of 2").shows("Inactive");
    assert!(page.links_to(&format!("{BACKENDS}{first}/")));
    browser.get(&format!("{BACKENDS}?page=last")).await.expect(200).shows("Backend25");
    for nowhere in ["?page=0", "?page=3", "?page=x"] {
        browser.get(&format!("{BACKENDS}{nowhere}")).await.expect(404);
    }
}

#[tokio::test]
async fn a_new_backend_shows_its_token_once_to_whoever_made_it() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let answer = make(&browser, "TPP <b>", "tpp").await.expect(302);
    let id: i32 = app.db.value("SELECT id FROM jobserver_backend WHERE slug = 'tpp'", &[]).await;
    let own = format!("{BACKENDS}{id}/");
    let answer = answer.expect_redirect(302, &own);
    let token = app.db.backend_token("tpp").await;
    assert!(token.len() == 40 && token.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{token}");
    assert!(!format!("{:?}", answer.headers).contains(&token), "the token is in no header");
    let leave = answer.set_cookie("backend_token").expect("the leave to see it").to_owned();
    assert!(leave.contains("HttpOnly") && leave.contains(&format!("Path={own}")), "{leave}");

    let page = browser.get(&own).await.expect(200);
    page.shows("Backend: TPP <b>").lacks("TPP <b>").shows("Backend TPP <b> was created");
    page.shows(&token).shows("It is shown only now").shows("5 minutes");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let page = browser.get(&own).await.expect(200);
    page.lacks(&token).shows(&format!("ends in {}", &token[36..]));

    let event = events(&app, "backend_created").await;
    assert_eq!(event.len(), 1);
    assert_eq!((event[0].0.as_str(), event[0].1.as_str()), ("finn", "TPP <b>"));
    assert!(!event[0].2.to_string().contains(&token[..8]));
    assert!(!app.log().contains(&token), "the token is in the log");
    let stored: (bool, String) = {
        let rows = app.db.rows("SELECT is_active, alert_timeout::text FROM jobserver_backend", &[]).await;
        (rows[0].get(0), rows[0].get(1))
    };
    assert_eq!(stored, (true, "00:05:00".to_owned()));
}

#[tokio::test]
async fn the_leave_to_see_a_token_is_of_no_use_to_others_or_elsewhere_or_later() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let answer = make(&browser, "TPP", "tpp").await.expect(302);
    let own = answer.location().to_owned();
    let leave = browser.cookie("backend_token").expect("the leave");
    let (tpp, other) = (app.db.backend_token("tpp").await, a::backend(&app.db, "emis").await);

    let gerd = a::user("gerd").staff().insert(&app.db).await;
    let gerd = app.browser_of(gerd).await;
    gerd.set_cookie("backend_token", &leave);
    gerd.get(&own).await.expect(200).lacks(&tpp);
    browser.get(&format!("{BACKENDS}{other}/")).await.expect(200).lacks(&app.db.backend_token("emis").await);
    for forged in ["", ".", "9999999999.", "9999999999.AAAA", &leave[..leave.len() - 2]] {
        browser.set_cookie("backend_token", forged);
        browser.get(&own).await.expect(200).lacks(&tpp);
    }
    app.db
        .execute(
            "UPDATE jobserver_backend SET auth_token = md5('other') || '12345678' WHERE slug = 'tpp'",
            &[],
        )
        .await;
    browser.set_cookie("backend_token", &leave);
    browser.get(&own).await.expect(200).lacks(&app.db.backend_token("tpp").await);
}

#[tokio::test]
async fn weakness_23_a_token_is_masked_and_its_rotation_is_on_record() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    make(&browser, "TPP", "tpp").await.expect(302);
    let id: i32 = app.db.value("SELECT id FROM jobserver_backend", &[]).await;
    let own = format!("{BACKENDS}{id}/");
    let old = app.db.backend_token("tpp").await;
    browser.get(&own).await.expect(200).shows(&old);
    for path in [own.clone(), format!("{own}edit/"), BACKENDS.to_owned()] {
        browser.get(&path).await.expect(200).lacks(&old);
    }

    let answer = browser.post_form(&format!("{own}rotate-token/"), &[]).await.expect_redirect(302, &own);
    let new = app.db.backend_token("tpp").await;
    assert!(new.len() == 40 && new != old);
    assert!(!format!("{:?}", answer.headers).contains(&new));
    let page = browser.follow(answer).await;
    page.shows(&new).shows("The token was rotated").lacks(&old);
    browser.get(&own).await.lacks(&new).shows(&format!("ends in {}", &new[36..]));
    let event = events(&app, "backend_token_rotated").await;
    assert_eq!(event.len(), 1);
    assert_eq!((event[0].0.as_str(), event[0].1.as_str()), ("finn", "TPP"));
    assert_eq!(event[0].2.to_string(), "[]", "the record holds no token");
    for secret in [&old, &new] {
        assert!(!app.log().contains(secret.as_str()), "a token is in the log");
    }
    let calls = |token: String| {
        let request = app.browser().request(reqwest::Method::POST, "/api/v2/jobs/?backend=tpp");
        request.header("authorization", token).header("content-type", "application/json").body("[]")
    };
    let stranger = app.browser();
    stranger.send(calls(old)).await.expect(403);
    stranger.send(calls(new)).await.expect(200);
}

#[tokio::test]
async fn weakness_27_rotation_asks_first_and_says_what_is_lost() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let id = a::backend(&app.db, "tpp").await;
    let own = format!("{BACKENDS}{id}/");
    let page = browser.get(&own).await.expect(200);
    assert!(page.has_form_to(&format!("{own}rotate-token/")));
    page.contains("popovertarget=\"rotate\"")
        .shows("Rotate the token of Tpp?")
        .shows("stops working at once");
    let before = app.db.backend_token("tpp").await;
    browser.get(&format!("{own}rotate-token/")).await.expect(405);
    assert_eq!(app.db.backend_token("tpp").await, before);
}

#[tokio::test]
async fn weakness_08_the_missing_threshold_is_shown() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let id = a::backend(&app.db, "tpp").await;
    for (interval, text) in [
        ("5 minutes", "Missing threshold 5 minutes"),
        ("1 day 02:00:01", "Missing threshold 1 day 2 hours 1 second"),
        ("0", "Missing threshold - "),
    ] {
        app.db.execute(&format!("UPDATE jobserver_backend SET alert_timeout = '{interval}'"), &[]).await;
        browser.get(&format!("{BACKENDS}{id}/")).await.expect(200).shows(text);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_new_backend_is_said_and_nothing_typed_is_lost() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    a::backend(&app.db, "tpp").await;
    let long = "x".repeat(256);
    for (name, slug, error) in [
        ("", "a", "This field is required."),
        ("A", " ", "This field is required."),
        ("A", "a b", "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
        ("A", "é", "Enter a valid “slug”"),
        ("A", &long, "Ensure this value has at most 255 characters (it has 256)."),
        ("A", "tpp", "Backend with this Slug already exists."),
        ("a\0b", "a", "Null characters are not allowed."),
    ] {
        let page = make(&browser, name, slug).await.expect(200);
        page.shows(error).shows("Please look at this again");
        if !name.contains('\0') {
            assert_eq!((page.field("name"), page.field("slug")), (name.to_owned(), slug.trim().to_owned()));
        }
        assert_eq!(page.ticked("is_active"), ["on"]);
    }
    assert_eq!(app.db.count("jobserver_backend").await, 1);
    assert_eq!(app.db.count("staff_event").await, 0);
    for (name, slug) in [("\u{202e}🚀 \"<i>'", "add"), (&long, &long[..255]), ("Tpp", "TPP")] {
        let answer = make(&browser, name, slug).await.expect(302);
        browser.follow(answer).await.expect(200).shows(name).lacks("<i>'");
    }
}

#[tokio::test]
async fn two_people_who_make_the_same_backend_at_once_get_one() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.csrf_token().await;
    let (one, other) = tokio::join!(make(&browser, "One", "tpp"), make(&browser, "Other", "tpp"));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 302]);
    assert_eq!(app.db.count("jobserver_backend").await, 1);
}

#[tokio::test]
async fn a_backend_is_switched_on_and_off_and_that_is_said_and_noted() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let id = a::backend(&app.db, "tpp").await;
    let (own, edit) = (format!("{BACKENDS}{id}/"), format!("{BACKENDS}{id}/edit/"));
    let page = browser.get(&edit).await.expect(200);
    assert_eq!(page.ticked("is_active"), ["on"]);
    let version = page.field("version");
    let answer = browser.post_form(&edit, &[("version", &version)]).await.expect_redirect(302, &own);
    browser.follow(answer).await.shows("Backend Tpp was saved").shows("Inactive");
    let event = events(&app, "backend_edited").await;
    assert_eq!(event[0].2, serde_json::json!([{"field": "is_active", "old": "true", "new": "false"}]));

    let answer = browser.post_form(&edit, &[]).await.expect_redirect(302, &own);
    browser.follow(answer).await.shows("Nothing was changed");
    // A form that was opened before somebody else switched it off, and changes nothing itself.
    let page = browser.post_form(&edit, &[("version", &version), ("is_active", "on")]).await.expect(200);
    page.shows("Somebody switched it off meanwhile. Save again to switch it on.");
    let version = page.field("version");
    browser.post_form(&edit, &[("version", &version), ("is_active", "on")]).await.expect_redirect(302, &own);
    // A script sends no version.
    browser.post_form(&edit, &[("is_active", "0")]).await.expect_redirect(302, &own);
    let is_active: bool = app.db.value("SELECT is_active FROM jobserver_backend", &[]).await;
    assert!(!is_active);
    assert_eq!(events(&app, "backend_edited").await.len(), 3);
}

#[tokio::test]
async fn a_backend_that_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    for pk in ["999999", "2147483648", "99999999999999999999999", "0"] {
        browser.get(&format!("{BACKENDS}{pk}/")).await.expect(404);
        browser.get(&format!("{BACKENDS}{pk}/edit/")).await.expect(404);
        browser.post_form(&format!("{BACKENDS}{pk}/edit/"), &[]).await.expect(404);
        browser.post_form(&format!("{BACKENDS}{pk}/rotate-token/"), &[]).await.expect(404);
    }
    browser.get(&format!("{BACKENDS}tpp/")).await.expect(404);
    browser.post_form(BACKENDS, &[]).await.expect(405);
}
