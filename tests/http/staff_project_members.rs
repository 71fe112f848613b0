//! Members of a project as staff manage them, and linking an application to a project.

use crate::{
    harness::{Browser, TestApp, a, applications},
    staff_projects::{finn, numbered},
};

const PAGE: &str = "/staff/projects/asthma/";
const ADD: &str = "/staff/projects/asthma/add-member/";
const LINK: &str = "/staff/projects/asthma/link-application/";
const DEVELOPER: &str = "jobserver.authorization.roles.ProjectDeveloper";
const COLLABORATOR: &str = "jobserver.authorization.roles.ProjectCollaborator";

async fn scene() -> (TestApp, Browser, i32) {
    let app = TestApp::start().await;
    let (by, browser) = finn(&app).await;
    let project = numbered(&app, "asthma", "Asthma", "42", by).await;
    (app, browser, project)
}

async fn membership(app: &TestApp, project: i32, user: i32) -> i32 {
    let sql = "SELECT id FROM jobserver_projectmembership WHERE project_id = $1 AND user_id = $2";
    app.db.value(sql, &[&project, &user]).await
}

/// Type, person and new value of each event.
async fn events(app: &TestApp) -> Vec<String> {
    let sql =
        "SELECT concat_ws(' ', type, target_user, old, '>', new) FROM jobserver_auditableevent ORDER BY id";
    app.db.values(sql, &[]).await
}

#[tokio::test]
async fn several_people_become_members_at_once() {
    let (app, browser, project) = scene().await;
    let ada = a::user("ada").named("Ada").insert(&app.db).await;
    let bela = a::user("bela").named("Bela").insert(&app.db).await;
    let form = browser.get(ADD).await.expect(200);
    assert_eq!(form.offered("roles"), [COLLABORATOR, DEVELOPER]);
    form.contains("/staff/options/users/?without_project");
    let fields = [("users", ada.to_string()), ("users", bela.to_string()), ("roles", DEVELOPER.to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = browser.post_form(ADD, &fields).await.expect_redirect(302, PAGE);
    browser.follow(answer).await.shows("Added 2 people to 42 - Asthma.").shows("Ada (ada)");
    let added: i64 = app
        .db
        .value(
            "SELECT count(*) FROM jobserver_projectmembership WHERE project_id = $1 AND roles = ARRAY[$2::text]",
            &[&project, &DEVELOPER],
        )
        .await;
    assert_eq!(added, 2);
    let events = events(&app).await;
    assert_eq!(events.len(), 4);
    assert_eq!(events[1], format!("project_member_updated_roles ada  > {DEVELOPER}"));
}

#[tokio::test]
async fn weakness_28_whoever_cannot_be_added_is_named_and_nobody_is_added() {
    let (app, browser, project) = scene().await;
    let ada = a::user("ada").named("Ada").insert(&app.db).await;
    let bela = a::user("bela").named("Bela").insert(&app.db).await;
    a::member(&app.db, project, ada, &[]).await;
    let (ada, bela) = (ada.to_string(), bela.to_string());
    let page = browser.post_form(ADD, &[("users", &bela), ("users", &ada)]).await.expect(200);
    page.shows("Ada (ada) is a member already.").contains("id=\"field-users-error\"");
    assert_eq!(page.ticked("users"), [ada.as_str(), bela.as_str()], "the choice is kept");
    for (users, roles, text) in [
        ("", "", "“” is not a valid value."),
        ("x", "", "“x” is not a valid value."),
        ("99999999999999999999", "", "Select a valid choice."),
        ("999999", "", "Select a valid choice. 999999 is not one of the available choices."),
        (
            bela.as_str(),
            "jobserver.authorization.roles.TechSupport",
            "TechSupport is not one of the available",
        ),
    ] {
        let fields = [("users", users), ("roles", roles)];
        let given = if roles.is_empty() { &fields[..1] } else { &fields[..] };
        let page = browser.post_form(ADD, given).await.expect(200);
        page.shows(text);
    }
    browser.post_form(ADD, &[]).await.expect(200).shows("This field is required.");
    assert_eq!(app.db.count("jobserver_projectmembership").await, 1);
    assert_eq!(app.db.count("jobserver_auditableevent").await, 0);
    browser.get("/staff/projects/absent/add-member/").await.expect(404);
}

#[tokio::test]
async fn people_are_found_without_script() {
    let (app, browser, project) = scene().await;
    let ada = a::user("ada").named("Ada Lovelace").insert(&app.db).await;
    let adam = a::user("adam").named("Adam").insert(&app.db).await;
    a::member(&app.db, project, adam, &[]).await;
    let page = browser.post_form(ADD, &[("users_find", "ada"), ("roles", DEVELOPER)]).await.expect(200);
    assert_eq!(page.offered("users"), [ada.to_string()], "members are not offered");
    assert_eq!(page.ticked("roles"), [DEVELOPER]);
    assert_eq!(app.db.count("jobserver_projectmembership").await, 1);
}

#[tokio::test]
async fn roles_are_changed_and_recorded() {
    let (app, browser, project) = scene().await;
    let ada = a::user("ada").named("Ada").email("ada@example.org").insert(&app.db).await;
    a::member(&app.db, project, ada, &["ProjectDeveloper"]).await;
    let member = membership(&app, project, ada).await;
    let edit = format!("{PAGE}members/{member}/edit/");
    let form = browser.get(&edit).await.expect(200);
    form.shows("Edit project roles: Ada").shows("ada@example.org");
    assert_eq!(form.ticked("roles"), [DEVELOPER]);
    assert!(form.has_form_to(&format!("{PAGE}members/{member}/remove/")));
    let fields = [("roles", COLLABORATOR), ("version", &form.field("version"))];
    let answer = browser.post_form(&edit, &fields).await.expect_redirect(302, PAGE);
    browser.follow(answer).await.shows("Saved the roles of Ada (ada) on 42 - Asthma.");
    // Even the same roles again are an event.
    browser.post_form(&edit, &[("roles", COLLABORATOR)]).await.expect(302);
    assert_eq!(
        events(&app).await,
        [
            format!("project_member_updated_roles ada {DEVELOPER} > {COLLABORATOR}"),
            format!("project_member_updated_roles ada {COLLABORATOR} > {COLLABORATOR}"),
        ]
    );
    browser.post_form(&edit, &[("roles", "TechSupport")]).await.expect(200).shows("Select a valid choice.");
    let stale = [("roles", DEVELOPER), ("version", &form.field("version"))];
    let page = browser.post_form(&edit, &stale).await.expect(200);
    page.shows("they have Project Collaborator now");
    assert_eq!(page.ticked("roles"), [DEVELOPER]);
    let again = [("roles", DEVELOPER), ("version", &page.field("version"))];
    browser.post_form(&edit, &again).await.expect(302);
}

#[tokio::test]
async fn weakness_18_a_membership_that_is_none_is_not_found() {
    let (app, browser, project) = scene().await;
    let ada = a::user("ada").insert(&app.db).await;
    a::member(&app.db, project, ada, &[]).await;
    let member = membership(&app, project, ada).await;
    numbered(&app, "other", "Other", "", ada).await;
    for path in [
        format!("{PAGE}members/x/edit/"),
        format!("{PAGE}members/99999999999999999999/edit/"),
        format!("{PAGE}members/-1/edit/"),
        format!("/staff/projects/other/members/{member}/edit/"),
    ] {
        browser.get(&path).await.expect(404);
        browser.post_form(&path, &[]).await.expect(404);
        browser.post_form(&path.replace("/edit/", "/remove/"), &[]).await.expect(404);
    }
    browser.get(&format!("{PAGE}members/{member}/remove/")).await.expect(405);
    assert_eq!(app.db.count("jobserver_projectmembership").await, 1);
}

#[tokio::test]
async fn weakness_21_next_leads_only_to_this_site() {
    let (app, browser, project) = scene().await;
    let ada = a::user("ada").insert(&app.db).await;
    a::member(&app.db, project, ada, &[]).await;
    let edit = format!("{PAGE}members/{}/edit/", membership(&app, project, ada).await);
    for (next, expected) in [
        ("", PAGE),
        ("https://evil.example/", PAGE),
        ("//evil.example/", PAGE),
        ("/\\evil.example/", PAGE),
        ("/staff/users/ada/", "/staff/users/ada/"),
    ] {
        browser.post_form(&format!("{edit}?next={next}"), &[]).await.expect_redirect(302, expected);
        browser.post_form(&edit, &[("next", next)]).await.expect_redirect(302, expected);
        browser.get(&format!("{edit}?next={next}")).await.expect(200);
    }
}

#[tokio::test]
async fn weakness_27_removing_a_member_asks_first() {
    let (app, browser, project) = scene().await;
    let ada = a::user("a<b>da").named("Ada \"<i>").insert(&app.db).await;
    a::member(&app.db, project, ada, &["ProjectDeveloper"]).await;
    let remove = format!("{PAGE}members/{}/remove/", membership(&app, project, ada).await);
    let page = browser.get(PAGE).await.expect(200);
    assert!(page.has_form_to(&remove));
    page.shows("Remove Ada \"<i> (a<b>da) from 42 - Asthma?").contains("popover");
    let answer = browser.post_form(&remove, &[("next", PAGE)]).await.expect_redirect(302, PAGE);
    browser.follow(answer).await.shows("Removed a<b>da from 42 - Asthma");
    assert_eq!(
        events(&app).await,
        [
            format!("project_member_updated_roles a<b>da {DEVELOPER} > "),
            "project_member_removed a<b>da  > ".into()
        ]
    );
    browser.post_form(&remove, &[]).await.expect(404);
}

#[tokio::test]
async fn weakness_13_only_applications_that_can_be_linked_are_listed() {
    let (app, browser, _) = scene().await;
    let ada = a::user("ada").named("Ada").insert(&app.db).await;
    let submitted = applications::application(&app.db, ada, "submitted").await;
    let deleted = applications::application(&app.db, ada, "submitted").await;
    applications::delete(&app.db, deleted, ada).await;
    applications::application(&app.db, ada, "ongoing").await;
    applications::application(&app.db, ada, "rejected").await;
    let page = browser.get(LINK).await.expect(200);
    page.shows("Ada (ada)").shows("Not specified");
    assert_eq!(page.offered("application"), [submitted.to_string()]);
    browser
        .post_form(LINK, &[("application", &deleted.to_string())])
        .await
        .expect(200)
        .shows("Unknown Application");
}

#[tokio::test]
async fn weakness_15_linking_an_application_says_who_did_it() {
    let (app, browser, project) = scene().await;
    let ada = a::user("ada").named("Ada").insert(&app.db).await;
    let first = applications::application(&app.db, ada, "submitted").await;
    let second = applications::application(&app.db, ada, "submitted").await;
    app.db
        .execute("UPDATE jobserver_project SET updated_by_id = $1, updated_at = '2020-01-01'", &[&ada])
        .await;
    let answer = browser.post_form(LINK, &[("application", &first.to_string())]).await;
    let page = browser.follow(answer.expect_redirect(302, PAGE)).await;
    page.shows("Linked an application to 42 - Asthma.").shows("by Ada (ada)");
    let (by, is_now): (String, bool) = (
        app.db
            .value("SELECT username FROM jobserver_user JOIN jobserver_project ON updated_by_id = jobserver_user.id", &[])
            .await,
        app.db.value("SELECT updated_at > '2021-01-01' FROM jobserver_project", &[]).await,
    );
    assert_eq!((by.as_str(), is_now), ("finn", true));
    let event: String = app.db.value("SELECT type FROM staff_event WHERE project_id = $1", &[&project]).await;
    assert_eq!(event, "project_application_linked");
    let applicant: String = app.db.value("SELECT target_user FROM staff_event", &[]).await;
    assert_eq!(applicant, "ada", "it stands in the applicant's log");
    // A project can have several.
    browser.post_form(LINK, &[("application", &second.to_string())]).await.expect(302);
    let again = browser.post_form(LINK, &[("application", &first.to_string())]).await.expect(200);
    again.shows("Can't link Application to multiple Projects");
}

#[tokio::test]
async fn weakness_18_an_application_that_is_none_is_unknown() {
    let (_app, browser, _) = scene().await;
    for id in ["x", "-1", "999999", "99999999999999999999", "1\0"] {
        let page = browser.post_form(LINK, &[("application", id)]).await.expect(200);
        page.shows("Unknown Application");
    }
    browser.post_form(LINK, &[]).await.expect(200).shows("This field is required.");
    browser.post_form("/staff/projects/absent/link-application/", &[]).await.expect(404);
}
