//! Setting which organisations somebody belongs to.

use crate::harness::{Browser, TestApp, a};

const ORGS: &str = "/staff/users/ada/set-orgs/";
const ADA: &str = "/staff/users/ada/";

async fn scene(app: &TestApp) -> (Browser, i32, [i32; 3]) {
    let mona = a::user("mona").staff().insert(&app.db).await;
    let ada = a::user("ada").named("Ada").insert(&app.db).await;
    let orgs =
        [a::org(&app.db, "Bennett").await, a::org(&app.db, "Bristol").await, a::org(&app.db, "apple").await];
    (app.browser_of(mona).await, ada, orgs)
}

async fn member_of(app: &TestApp) -> Vec<String> {
    app.db
        .values(
            "SELECT org.name
             FROM jobserver_orgmembership AS membership
             JOIN jobserver_org AS org ON org.id = membership.org_id
             ORDER BY org.name",
            &[],
        )
        .await
}

#[tokio::test]
async fn all_organisations_are_offered_by_name_and_differences_are_saved() {
    let app = TestApp::start().await;
    let (browser, ada, [bennett, bristol, apple]) = scene(&app).await;
    a::org_member(&app.db, bennett, ada).await;
    a::org_member(&app.db, apple, ada).await;
    let kept = "SELECT id::text || created_at::text FROM jobserver_orgmembership WHERE org_id = $1";
    let before: String = app.db.value(kept, &[&bennett]).await;
    let page = browser.get(ORGS).await.expect(200);
    page.shows("Edit organisation membership");
    assert!(page.links_to(ADA));
    assert_eq!(page.offered("orgs"), [apple, bennett, bristol].map(|org| org.to_string()));
    assert_eq!(page.ticked("orgs"), [apple, bennett].map(|org| org.to_string()));

    let version = page.field("version");
    let (bennett, bristol) = (bennett.to_string(), bristol.to_string());
    let fields = [("version", version.as_str()), ("orgs", &bennett), ("orgs", &bristol)];
    let answer = browser.post_form(ORGS, &fields).await.expect_redirect(302, ADA);
    browser.follow(answer).await.shows("Saved the organisations of Ada (ada).").shows("Bristol");
    assert_eq!(member_of(&app).await, ["Bennett", "Bristol"]);
    let after: String = app.db.value(kept, &[&bennett.parse::<i32>().unwrap()]).await;
    assert_eq!(after, before, "weakness 16: what stays keeps its date");
    let events: Vec<String> = app
        .db
        .values(
            "SELECT concat_ws('|', type, created_by, about_model, about_label, target_user) FROM staff_event ORDER BY id",
            &[],
        )
        .await;
    assert_eq!(
        events,
        [
            "org_member_removed|mona|jobserver.Org|apple|ada",
            "org_member_added|mona|jobserver.Org|Bristol|ada"
        ]
    );
    let again = browser.post_form(ORGS, &[("orgs", &bennett), ("orgs", &bristol)]).await;
    browser.follow(again.expect(302)).await.shows("Nothing was changed.");
    browser.post_form(ORGS, &[]).await.expect_redirect(302, ADA);
    assert!(member_of(&app).await.is_empty());
}

#[tokio::test]
async fn weakness_28_what_is_wrong_with_the_organisations_is_shown() {
    let app = TestApp::start().await;
    let (browser, _, [bennett, ..]) = scene(&app).await;
    let bennett = bennett.to_string();
    for (value, error) in [
        ("0", "Select a valid choice. 0 is not one of the available choices."),
        ("99999999999999999999", "Select a valid choice. 99999999999999999999 is not one of"),
        ("<i>", "“<i>” is not a valid value."),
        ("", "“” is not a valid value."),
        ("1\0", "is not a valid value."),
    ] {
        let page = browser.post_form(ORGS, &[("orgs", &bennett), ("orgs", value)]).await.expect(200);
        page.shows(error).lacks("<i>");
        assert_eq!(page.ticked("orgs"), [bennett.as_str()], "what was ticked stays");
    }
    assert!(member_of(&app).await.is_empty());
}

#[tokio::test]
async fn nobody_overwrites_organisations_that_somebody_else_set_meanwhile() {
    let app = TestApp::start().await;
    let (browser, _, orgs) = scene(&app).await;
    let [bennett, bristol, _] = orgs.map(|org| org.to_string());
    let version = browser.get(ORGS).await.field("version");
    browser.post_form(ORGS, &[("orgs", &bennett)]).await.expect(302);
    let fields = [("version", version.as_str()), ("orgs", &bristol)];
    let page = browser.post_form(ORGS, &fields).await.expect(200);
    page.shows("Somebody saved “Bennett” here meanwhile.");
    assert_eq!(page.ticked("orgs"), [bristol.as_str()]);
    assert_eq!(member_of(&app).await, ["Bennett"]);
    let again = page.field("version");
    let fields = [("version", again.as_str()), ("orgs", &bristol)];
    browser.post_form(ORGS, &fields).await.expect(302);
    assert_eq!(member_of(&app).await, ["Bristol"]);
    // Sent twice: the second time there is nothing to overwrite.
    let twice = browser.post_form(ORGS, &fields).await.expect(302);
    browser.follow(twice).await.shows("Nothing was changed.");
}
