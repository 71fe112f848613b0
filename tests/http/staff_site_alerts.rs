//! Notices to everybody: writing, changing and deleting them, and who sees them when.

use crate::harness::{TestApp, a, finn};

const LIST: &str = "/staff/site-alerts/";
const ADD: &str = "/staff/site-alerts/add/";

async fn events(app: &TestApp) -> Vec<String> {
    app.db
        .values(
            "SELECT concat_ws(' ', type, created_by, about_id, about_label) FROM staff_event ORDER BY id",
            &[],
        )
        .await
}

async fn newest(app: &TestApp) -> i32 {
    app.db.value("SELECT max(id) FROM jobserver_sitealert", &[]).await
}

#[tokio::test]
async fn a_notice_is_seen_by_everybody_who_is_signed_in_as_soon_as_it_is_saved() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let ada = a::user("ada").insert(&app.db).await;
    let reader = app.browser_of(ada).await;
    let page = browser.get(ADD).await.expect(200);
    assert_eq!(page.title(), "New site alert: Staff Area | OpenSAFELY Jobs");
    assert_eq!(page.ticked("level"), ["warning"]);
    assert_eq!(page.offered("level"), ["danger", "info", "success", "warning"]);
    reader.get("/status/").await.hides("Closed on Monday");

    let fields = [("title", " Maintenance "), ("message", "Closed on <b>Monday</b>"), ("level", "danger")];
    let created = browser.post_form(ADD, &fields).await;
    let id = newest(&app).await;
    created.expect_redirect(302, &format!("{LIST}edit/{id}/"));
    reader.get("/status/").await.shows("Maintenance").shows("Closed on Monday").contains("<b>Monday</b>");
    app.get("/status/").await.hides("Closed on Monday");
    browser.get("/status/").await.shows("Alert was created successfully");
    let stored: String = app
        .db
        .value(
            "SELECT concat_ws('|', title, message, level, created_by_id = updated_by_id) FROM jobserver_sitealert",
            &[],
        )
        .await;
    assert_eq!(stored, "Maintenance|Closed on <b>Monday</b>|danger|t");
    assert_eq!(events(&app).await, [format!("site_alert_created finn {id} Danger: Maintenance")]);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_what_was_typed_is_kept() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let page =
        browser.post_form(ADD, &[("title", "Only a \"title\""), ("message", " "), ("level", "loud")]).await;
    let page = page.expect(200);
    page.shows("This field is required.")
        .shows("Select a valid choice. loud is not one of the available choices.")
        .contains("Only a &quot;title&quot;");
    let long = "x".repeat(10_001);
    let page = browser.post_form(ADD, &[("message", &long), ("level", "info")]).await.expect(200);
    page.shows("Ensure this value has at most 10000 characters (it has 10001).");
    browser
        .post_form(ADD, &[("message", "a\0b"), ("level", "info")])
        .await
        .expect(200)
        .shows("Null characters are not allowed.");
    assert_eq!(app.db.count("jobserver_sitealert").await, 0);
}

#[tokio::test]
async fn scripts_in_a_notice_do_not_run() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let message = "<script>alert(1)</script><img src=x onerror=alert(1)><a href=\"/status/\">Status</a>";
    browser.post_form(ADD, &[("message", message), ("level", "info")]).await.expect(302);
    let id = newest(&app).await;
    for path in ["/event-log/".to_owned(), format!("{LIST}edit/{id}/"), format!("{LIST}delete/{id}/")] {
        let page = browser.get(&path).await.expect(200);
        page.lacks("<script>alert").lacks("<img src=\"x\" onerror").contains("href=\"/status/\"");
    }
}

#[tokio::test]
async fn the_list_is_newest_first_and_says_who_wrote_what() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.get(LIST).await.expect(200).shows("No site alerts");
    a::site_alert(&app.db, "info", "", "An older one").await;
    app.db.execute("UPDATE jobserver_sitealert SET created_at = '2026-01-05 14:03+00'", &[]).await;
    browser.post_form(ADD, &[("title", "Newer"), ("message", "m"), ("level", "success")]).await.expect(302);
    let page = browser.get(LIST).await.expect(200);
    assert_eq!(page.title(), "Site alerts: Staff Area | OpenSAFELY Jobs");
    let table = page.section("alerts");
    let (newer, older) = (table.find("Success: Newer"), table.find("Info: An older one"));
    assert!(newer.is_some() && newer < older, "{table}");
    assert!(table.contains("Mon, Jan 5 2026 14:03") && table.contains("by Finn Staff"), "{table}");
    assert!(page.links_to(ADD) && page.links_to(&format!("{LIST}edit/{}/", newest(&app).await)));
}

#[tokio::test]
async fn a_notice_is_changed_and_remembers_who_made_it() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.post_form(ADD, &[("title", "One"), ("message", "m"), ("level", "info")]).await.expect(302);
    let id = newest(&app).await;
    let path = format!("{LIST}edit/{id}/");
    let gert = a::user("gert").named("Gert Other").staff().insert(&app.db).await;
    let other = app.browser_of(gert).await;
    let page = other.get(&path).await.expect(200);
    page.shows("Created").shows("by Finn Staff").contains("value=\"info\" checked");
    let fields =
        [("version", page.field("version")), ("title", "Two".to_owned()), ("message", "m".to_owned())];
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.push(("level", "warning"));
    other.post_form(&path, &fields).await.expect_redirect(302, &path);
    let page = other.get(&path).await;
    page.shows("Alert was updated successfully").shows("Two").shows("by Gert Other").shows("by Finn Staff");
    assert_eq!(events(&app).await[1], format!("site_alert_edited gert {id} Warning: Two"));
    browser.post_form(&path, &[("message", ""), ("level", "info")]).await.expect(200).shows("required");
}

#[tokio::test]
async fn two_people_do_not_overwrite_each_other_unseen() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.post_form(ADD, &[("title", "One"), ("message", "m"), ("level", "info")]).await.expect(302);
    let path = format!("{LIST}edit/{}/", newest(&app).await);
    let version = browser.get(&path).await.field("version");
    browser.post_form(&path, &[("title", "Theirs"), ("message", "m"), ("level", "info")]).await.expect(302);
    // A form with a mistake stays at the version at which it was opened.
    let mistaken = [("version", version.as_str()), ("title", "Mine"), ("message", ""), ("level", "info")];
    assert_eq!(browser.post_form(&path, &mistaken).await.expect(200).field("version"), version);

    let mine = [("version", version.as_str()), ("title", "Mine"), ("message", "m"), ("level", "info")];
    let page = browser.post_form(&path, &mine).await.expect(200);
    page.shows("Somebody saved “Theirs” here meanwhile. Save again to replace it.")
        .contains(">Mine</textarea>");
    let title: String = app.db.value("SELECT title FROM jobserver_sitealert", &[]).await;
    assert_eq!(title, "Theirs");
    let version = page.field("version");
    let again = [("version", version.as_str()), ("title", "Mine"), ("message", "m"), ("level", "info")];
    browser.post_form(&path, &again).await.expect(302);
    // Sent twice: the second time it changes nothing, whatever its version.
    let twice = browser.post_form(&path, &again).await.expect(302);
    browser.follow(twice).await.shows("Nothing was changed.");
    let title: String = app.db.value("SELECT title FROM jobserver_sitealert", &[]).await;
    assert_eq!(title, "Mine");
}

#[tokio::test]
async fn weakness_20_deleting_by_address_asks_first() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.post_form(ADD, &[("title", "Old"), ("message", "m"), ("level", "info")]).await.expect(302);
    let id = newest(&app).await;
    let path = format!("{LIST}delete/{id}/");
    let page = browser.get(&path).await.expect(200);
    page.shows("Delete “Info: Old”?").shows("There is no way back");
    assert!(page.has_form_to(&path));
    assert_eq!(app.db.count("jobserver_sitealert").await, 1);
    let edit = browser.get(&format!("{LIST}edit/{id}/")).await;
    assert!(edit.has_form_to(&path), "the page of the notice asks as well");

    browser.post_form(&path, &[]).await.expect_redirect(302, LIST);
    let page = browser.get(LIST).await;
    page.shows("Alert was deleted successfully").hides("Info: Old");
    browser.get("/event-log/").await.hides("Old");
    assert_eq!(events(&app).await[1], format!("site_alert_deleted finn {id} Info: Old"));
    browser.get(&path).await.expect(404);
    browser.post_form(&path, &[]).await.expect(404);
}

#[tokio::test]
async fn only_staff_write_notices() {
    let app = TestApp::start().await;
    a::site_alert(&app.db, "info", "Stays", "m").await;
    let id = newest(&app).await;
    let ada = a::user("ada").role("ServiceAdministrator").insert(&app.db).await;
    for browser in [app.browser(), app.browser_of(ada).await] {
        for path in [
            LIST,
            ADD,
            &format!("{LIST}edit/{id}/"),
            &format!("{LIST}delete/{id}/"),
            &format!("{LIST}edit/0/"),
        ] {
            browser.get(path).await.expect(403);
            browser.post_form(path, &[("message", "x"), ("level", "info")]).await.expect(403);
        }
    }
    let browser = finn(&app).await;
    browser.post_form(LIST, &[]).await.expect(405);
    for pk in ["0", "2147483648", "99999999999999999999"] {
        browser.get(&format!("{LIST}edit/{pk}/")).await.expect(404);
        browser.get(&format!("{LIST}delete/{pk}/")).await.expect(404);
    }
    assert_eq!(app.db.count("jobserver_sitealert").await, 1);
}
