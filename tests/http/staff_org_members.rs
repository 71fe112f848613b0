//! Who belongs to an organisation, and which GitHub organisations are its own: adding and removing both.

use crate::{
    harness::{TestApp, a, finn},
    staff_orgs::events,
};

async fn members(app: &TestApp) -> Vec<String> {
    app.db
        .values(
            "SELECT concat_ws(' ', member.username, creator.username)
             FROM jobserver_orgmembership AS membership
             JOIN jobserver_user AS member ON member.id = membership.user_id
             LEFT JOIN jobserver_user AS creator ON creator.id = membership.created_by_id
             ORDER BY member.username",
            &[],
        )
        .await
}

async fn github_orgs(app: &TestApp) -> Vec<String> {
    app.db.value("SELECT github_orgs FROM jobserver_org", &[]).await
}

#[tokio::test]
async fn on_a_fresh_installation_one_adds_oneself_without_scripts() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.post_form("/staff/orgs/add/", &[("name", "First")]).await.expect(302);
    let page = browser.get("/staff/orgs/first/").await.expect(200);
    let own = page.offered("users");
    assert_eq!(own.len(), 1);
    browser
        .post_form("/staff/orgs/first/", &[("users", &own[0])])
        .await
        .expect_redirect(302, "/staff/orgs/first/");
    let page = browser.get("/staff/orgs/first/").await;
    page.shows("Added Finn Staff (finn) to First");
    assert!(page.section("members").contains("Finn Staff"));
    assert_eq!(members(&app).await, ["finn finn"]);
    assert!(page.has_form_to("/staff/orgs/first/add-github-org/"));
    browser
        .post_form("/staff/orgs/first/add-github-org/", &[("name", "opensafely-testing")])
        .await
        .expect(302);
    assert_eq!(github_orgs(&app).await, ["opensafely", "opensafely-testing"]);
}

#[tokio::test]
async fn among_many_people_somebody_is_found_without_scripts() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    a::org(&app.db, "org").await;
    for number in 10..25 {
        a::user(&format!("user{number}")).insert(&app.db).await;
    }
    assert_eq!(browser.get("/staff/orgs/org/").await.offered("users").len(), 0);
    let page = browser.post_form("/staff/orgs/org/", &[("users_find", "USER1")]).await.expect(200);
    assert_eq!(page.offered("users").len(), 10);
    assert_eq!(members(&app).await.len(), 0);
    let chosen = &page.offered("users")[3];
    let page = browser.post_form("/staff/orgs/org/", &[("users", chosen), ("users_find", "user24")]).await;
    assert_eq!(page.ticked("users"), [chosen.as_str()]);
    assert_eq!(page.offered("users").len(), 2);
    let both = page.offered("users");
    browser.post_form("/staff/orgs/org/", &[("users", &both[0]), ("users", &both[1])]).await.expect(302);
    browser.get("/staff/orgs/org/").await.shows("Added 2 people to org");
    assert_eq!(members(&app).await.len(), 2);
}

#[tokio::test]
async fn weakness_28_what_is_wrong_with_new_members_is_said() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let org = a::org(&app.db, "org").await;
    let ada = a::user("ada").insert(&app.db).await;
    let bela = a::user("bela").insert(&app.db).await.to_string();
    a::org_member(&app.db, org, ada).await;
    let ada = ada.to_string();
    let post = async |users: &[&str]| {
        let fields: Vec<(&str, &str)> = users.iter().map(|user| ("users", *user)).collect();
        browser.post_form("/staff/orgs/org/", &fields).await.expect(200)
    };
    post(&[]).await.shows("This field is required.");
    post(&["x<y"]).await.shows("“x<y” is not a valid value.");
    for unknown in ["999999", "99999999999999999999", "-5"] {
        post(&[unknown])
            .await
            .shows(&format!("Select a valid choice. {unknown} is not one of the available choices."));
    }
    let page = post(&[&bela, &ada]).await;
    page.shows(&format!("Select a valid choice. {ada} is not one of the available choices."));
    assert!(page.ticked("users").contains(&bela), "what was chosen stays chosen");
    assert_eq!(members(&app).await, ["ada"], "all are added or none");
}

#[tokio::test]
async fn weakness_16_memberships_that_stay_keep_their_history() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let org = a::org(&app.db, "org").await;
    let ada = a::user("ada").insert(&app.db).await;
    let bela = a::user("bela").insert(&app.db).await;
    a::org_member(&app.db, org, ada).await;
    app.db.execute("UPDATE jobserver_orgmembership SET created_at = '2020-02-02'", &[]).await;
    let before: i32 = app.db.value("SELECT id FROM jobserver_orgmembership", &[]).await;
    browser.post_form("/staff/orgs/org/", &[("users", &bela.to_string())]).await.expect(302);
    browser.post_form("/staff/orgs/org/remove-member/", &[("username", "bela")]).await.expect(302);
    let after: i32 =
        app.db.value("SELECT id FROM jobserver_orgmembership WHERE created_at = '2020-02-02'", &[]).await;
    assert_eq!(after, before);
}

#[tokio::test]
async fn weakness_29_removing_somebody_says_what_happened() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let org = a::org(&app.db, "org").await;
    let ada = a::user("ada").named("Ada Lovelace").insert(&app.db).await;
    a::org_member(&app.db, org, ada).await;
    let path = "/staff/orgs/org/remove-member/";
    let page = browser.get("/staff/orgs/org/").await;
    page.shows("Remove Ada Lovelace from org?");
    assert!(page.has_form_to(path));
    browser.get(path).await.expect(405);
    browser.post_form(path, &[("username", "ada")]).await.expect_redirect(302, "/staff/orgs/org/");
    browser.get("/staff/orgs/org/").await.shows("Removed ada from org");
    assert_eq!(members(&app).await.len(), 0);
    for nobody in ["ada", "nobody", "", "<b>x</b>"] {
        browser.post_form(path, &[("username", nobody)]).await.expect(302);
        let page = browser.get("/staff/orgs/org/").await;
        page.shows(&format!("{nobody} is not a member of org")).hides("Removed").lacks("<b>x");
    }
    browser.post_form("/staff/orgs/none/remove-member/", &[("username", "ada")]).await.expect(404);
}

#[tokio::test]
async fn weakness_29_a_github_organisation_is_added_once() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    a::org(&app.db, "org").await;
    let path = "/staff/orgs/org/add-github-org/";
    browser.post_form(path, &[("name", " ebmdatalab ")]).await.expect_redirect(302, "/staff/orgs/org/");
    browser.get("/staff/orgs/org/").await.shows("Added ebmdatalab to org");
    let page = browser.post_form(path, &[("name", "EBMdatalab")]).await.expect(200);
    page.shows("EBMdatalab has been added to org already.");
    assert_eq!(page.field("name"), "EBMdatalab");
    assert_eq!(github_orgs(&app).await, ["opensafely", "ebmdatalab"]);
}

#[tokio::test]
async fn weakness_20_the_form_for_a_github_organisation_is_a_page() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    a::org(&app.db, "org").await;
    let path = "/staff/orgs/org/add-github-org/";
    let page = browser.get(path).await.expect(200);
    assert!(page.has_form_to(path));
    browser.post_form(path, &[("name", " ")]).await.expect(200).shows("This field is required.");
    for name in ["a/b", "<script>", "é", "a b", &"x".repeat(101)] {
        browser.post_form(path, &[("name", name)]).await.expect(200).shows("GitHub");
    }
    browser.post_form(path, &[("name", "a\0")]).await.expect(200).shows("Null characters");
    assert_eq!(github_orgs(&app).await, ["opensafely"]);
    browser.post_form(&format!("{path}?x=1"), &[("name", "fine")]).await.expect(302);
    assert_eq!(github_orgs(&app).await, ["opensafely", "fine"]);
    browser.get("/staff/orgs/none/add-github-org/").await.expect(404);
}

#[tokio::test]
async fn github_organisations_are_removed_one_at_a_time() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    a::org(&app.db, "org").await;
    app.db.execute("UPDATE jobserver_org SET github_orgs = '{b,a,b,c}'", &[]).await;
    let path = "/staff/orgs/org/remove-github-org/";
    browser.get(path).await.expect(405);
    for (name, told, left) in [
        ("b", "Removed b from org", vec!["a", "b", "c"]),
        ("c", "Removed c from org", vec!["a", "b"]),
        ("c", "c is not assigned to org", vec!["a", "b"]),
        ("<i>x</i>", "<i>x</i> is not assigned to org", vec!["a", "b"]),
    ] {
        browser.post_form(path, &[("name", name)]).await.expect_redirect(302, "/staff/orgs/org/");
        browser.get("/staff/orgs/org/").await.shows(told).lacks("<i>x");
        assert_eq!(github_orgs(&app).await, left);
    }
}

#[tokio::test]
async fn weakness_25_every_change_is_recorded() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    a::org(&app.db, "org").await;
    let ada = a::user("ada").insert(&app.db).await;
    let bela = a::user("bela").insert(&app.db).await;
    let users = [("users", ada.to_string()), ("users", bela.to_string())];
    let users: Vec<(&str, &str)> = users.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post_form("/staff/orgs/org/", &users).await.expect(302);
    browser.post_form("/staff/orgs/org/remove-member/", &[("username", "ada")]).await.expect(302);
    browser.post_form("/staff/orgs/org/remove-member/", &[("username", "ada")]).await.expect(302);
    browser.post_form("/staff/orgs/org/add-github-org/", &[("name", "x")]).await.expect(302);
    browser.post_form("/staff/orgs/org/remove-github-org/", &[("name", "x")]).await.expect(302);
    browser.post_form("/staff/orgs/org/remove-github-org/", &[("name", "x")]).await.expect(302);
    assert_eq!(
        events(&app).await,
        [
            "org_member_added finn ada org",
            "org_member_added finn bela org",
            "org_member_removed finn ada org",
            "org_github_org_added finn org github_org:>x",
            "org_github_org_removed finn org github_org:x>",
        ]
    );
}
