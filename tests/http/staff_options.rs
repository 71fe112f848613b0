//! The choices that forms fetch while somebody types.

use crate::harness::{Page, TestApp, a, applications, encoded, finn};

const USERS: &str = "/staff/options/users/";

/// Values of the boxes in a piece of HTML, each of which must be empty of a tick.
fn offered(page: &Page) -> Vec<String> {
    let boxes = page.tags("input");
    assert!(boxes.iter().all(|tag| tag["type"] == "checkbox" && !tag.contains_key("checked")));
    boxes.iter().map(|tag| tag["value"].clone()).collect()
}

#[tokio::test]
async fn people_are_found_by_a_fragment_of_either_name_and_sent_by_id() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let ada = a::user("ada").named("Ada Lovelace").insert(&app.db).await;
    let bela = a::user("lovely").named("Béla Bartók").insert(&app.db).await;
    a::user("carl").named("Carl Nobody").insert(&app.db).await;
    let page = browser.get(&format!("{USERS}?find=LOVE&name=users")).await.expect(200);
    page.shows("Ada Lovelace (ada)").hides("Carl").lacks("<html");
    // What begins with the fragment comes first.
    assert_eq!(offered(&page), [bela.to_string(), ada.to_string()]);
    assert!(page.tags("input").iter().all(|tag| tag["name"] == "users"));
    let page = browser.get(&format!("{USERS}?find=%20bartók%20&name=user&by=username")).await.expect(200);
    assert_eq!(offered(&page), ["lovely"]);
    browser.get(&format!("{USERS}?find=zzz&name=users")).await.expect(200).shows("Nothing found");
}

#[tokio::test]
async fn of_applicants_only_those_who_applied_are_offered() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let ada = a::user("ada").named("Ada Lovelace").insert(&app.db).await;
    a::user("adam").named("Adam Smith").insert(&app.db).await;
    for _ in 0..2 {
        applications::application(&app.db, ada, "ongoing").await;
    }
    let page = browser.get("/staff/options/applicants/?find=AD&name=user").await.expect(200);
    assert_eq!(offered(&page), ["ada"]);
    page.shows("Ada Lovelace (ada)").hides("Adam");
}

#[tokio::test]
async fn members_are_not_offered_again() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let ada = a::user("ada").insert(&app.db).await;
    let bela = a::user("bela").insert(&app.db).await;
    a::user("cara").insert(&app.db).await;
    let org = a::org(&app.db, "Datalab").await;
    a::org_member(&app.db, org, ada).await;
    let project = a::project(&app.db, "asthma", "Asthma", ada).await;
    a::member(&app.db, project, bela, &[]).await;
    let everybody = browser.get(&format!("{USERS}?find=Full&name=users")).await.expect(200);
    assert_eq!(offered(&everybody).len(), 3);
    for (without, absent) in [("without_org=datalab", ada), ("without_project=asthma", bela)] {
        let page = browser.get(&format!("{USERS}?find=Full&name=users&{without}")).await.expect(200);
        let found = offered(&page);
        assert!(found.len() == 2 && !found.contains(&absent.to_string()), "{without}: {found:?}");
    }
    let page = browser.get(&format!("{USERS}?find=Full&name=users&without_org=no-such")).await.expect(200);
    assert_eq!(offered(&page).len(), 3);
}

#[tokio::test]
async fn projects_workspaces_and_organisations_are_found_as_filters_send_them() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let ada = a::user("ada").insert(&app.db).await;
    a::org(&app.db, "Datalab").await;
    let project = a::project(&app.db, "asthma-care", "Care of <asthma>", ada).await;
    app.db
        .execute("UPDATE jobserver_project SET number = '99999999999999999999' WHERE id = $1", &[&project])
        .await;
    let repo = a::repo(&app.db, "study").await;
    a::workspace(&app.db, "asthma-main", project, repo, ada).await;
    for (kind, find, value) in [
        ("projects", "<ASTHMA", "asthma-care"),
        ("projects", "9999", "asthma-care"),
        ("workspaces", "Main", "asthma-main"),
        ("orgs", "lab", "datalab"),
    ] {
        let find = encoded(find);
        let page = browser.get(&format!("/staff/options/{kind}/?find={find}&name=x")).await.expect(200);
        assert_eq!(offered(&page), [value], "{kind} {find}");
        page.lacks("<asthma>");
    }
    browser.get("/staff/options/passwords/?find=a").await.expect(404);
}

#[tokio::test]
async fn at_most_twenty_are_offered_and_it_is_said_that_there_are_more() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    for number in 0..21 {
        a::user(&format!("many{number:02}")).insert(&app.db).await;
    }
    let page = browser.get(&format!("{USERS}?find=many&name=users")).await.expect(200);
    assert_eq!(offered(&page).len(), 20);
    page.shows("There are more");
    let page = browser.get(&format!("{USERS}?find=many0&name=users")).await.expect(200);
    assert_eq!(offered(&page).len(), 10);
    page.hides("There are more");
}

#[tokio::test]
async fn signs_stand_for_themselves_and_rubbish_is_refused() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    a::user("a_b").named("100% \"Quote\" <b>").insert(&app.db).await;
    a::user("axb").insert(&app.db).await;
    for find in ["a_b", "100%25", "%22quote%22", "<b>"] {
        let page = browser.get(&format!("{USERS}?find={find}&name=user&by=username")).await.expect(200);
        assert_eq!(offered(&page), ["a_b"], "{find}");
        page.lacks("<b>");
    }
    browser.get(&format!("{USERS}?find=a%00&name=users")).await.expect(400);
    let long = "x".repeat(5_000);
    assert!(offered(&browser.get(&format!("{USERS}?find={long}&name=users")).await.expect(200)).is_empty());
    let page = browser.get(&format!("{USERS}?find=axb&name=%22%3E%3Cscript%3E")).await.expect(200);
    page.lacks("<script>");
}

#[tokio::test]
async fn whoever_may_open_one_of_the_forms_may_look_and_nobody_else() {
    let app = TestApp::start().await;
    for (role, is_let_in) in [
        ("StaffAreaAdministrator", true),
        ("ServiceAdministrator", true),
        ("TechSupport", true),
        ("OutputChecker", false),
        ("DeploymentAdministrator", false),
    ] {
        let person = a::user(&role.to_lowercase()).role(role).insert(&app.db).await;
        let browser = app.browser_of(person).await;
        let status = browser.get(&format!("{USERS}?find=a&name=users")).await.status.as_u16();
        assert_eq!(status, if is_let_in { 200 } else { 403 }, "{role}");
        let status = browser.post_form(USERS, &[]).await.status.as_u16();
        assert_eq!(status, if is_let_in { 405 } else { 403 }, "POST as {role}");
    }
    app.browser().get(&format!("{USERS}?find=a&name=users")).await.expect(403);
}
