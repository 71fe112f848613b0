//! Giving people roles for the whole site, and taking all roles away.

use crate::harness::{Browser, Page, TestApp, a};

const ROLES: &str = "/staff/users/ada/roles/";
const CLEAR: &str = "/staff/users/ada/roles/clear/";
const STAFF: &str = "jobserver.authorization.roles.StaffAreaAdministrator";
const CHECKER: &str = "jobserver.authorization.roles.OutputChecker";
const SUPPORT: &str = "jobserver.authorization.roles.TechSupport";

/// Mona, who manages people, and Ada.
struct Scene {
    app: TestApp,
    browser: Browser,
    mona: i32,
    ada: i32,
}

async fn scene(roles: &[&str]) -> Scene {
    let app = TestApp::start().await;
    let mona = a::user("mona").named("Mona").staff().insert(&app.db).await;
    let ada =
        roles.iter().fold(a::user("ada").named("Ada"), |ada, role| ada.role(role)).insert(&app.db).await;
    Scene { browser: app.browser_of(mona).await, app, mona, ada }
}

impl Scene {
    async fn post(&self, roles: &[&str]) -> Page {
        let fields: Vec<(&str, &str)> = roles.iter().map(|role| ("roles", *role)).collect();
        self.browser.post_form(ROLES, &fields).await
    }

    async fn roles(&self, username: &str) -> Vec<String> {
        let mut roles: Vec<String> =
            self.app.db.value("SELECT roles FROM jobserver_user WHERE username = $1", &[&username]).await;
        roles.sort();
        roles
    }

    async fn events(&self) -> Vec<String> {
        self.app
            .db
            .values(
                "SELECT concat_ws(
                     '|', type, target_model, target_field, target_id, target_user, parent_model, parent_id, old, new,
                     created_by
                 )
                 FROM jobserver_auditableevent
                 ORDER BY id",
                &[],
            )
            .await
    }
}

#[tokio::test]
async fn roles_are_offered_with_what_they_mean_and_saved_with_an_event() {
    let scene = scene(&["OutputChecker"]).await;
    let page = scene.browser.get(ROLES).await.expect(200);
    assert_eq!(page.title(), "Edit global roles: Ada (ada): Staff Area | OpenSAFELY Jobs");
    assert_eq!(page.ticked("roles"), [CHECKER]);
    assert_eq!(page.offered("roles").len(), 8);
    page.shows("Sign Off Repos with Outputs").shows("Opens the staff area").shows("No roles on any project.");

    let answer = scene.post(&[SUPPORT, CHECKER, SUPPORT]).await.expect_redirect(302, ROLES);
    scene.browser.follow(answer).await.shows("Saved the global roles of Ada (ada).");
    assert_eq!(scene.roles("ada").await, [CHECKER, SUPPORT], "each once");
    scene.post(&[]).await.expect_redirect(302, ROLES);
    assert!(scene.roles("ada").await.is_empty());
    let ada = scene.ada;
    assert_eq!(
        scene.events().await,
        [
            format!("user_updated_roles|jobserver.User|roles|{ada}|ada|||{CHECKER}|{CHECKER},{SUPPORT}|mona"),
            format!("user_updated_roles|jobserver.User|roles|{ada}|ada|||{CHECKER},{SUPPORT}||mona"),
        ]
    );
}

#[tokio::test]
async fn an_unknown_role_is_refused_above_the_boxes_and_what_was_ticked_stays() {
    let scene = scene(&["OutputChecker"]).await;
    for unknown in [
        "jobserver.authorization.roles.ProjectDeveloper",
        "OutputChecker",
        "<b>",
        "a\0b",
        "99999999999999999999",
    ] {
        let page = scene.post(&[SUPPORT, unknown]).await.expect(200);
        page.shows("Select a valid choice.").lacks("<b> is");
        assert_eq!(page.ticked("roles"), [SUPPORT]);
    }
    assert_eq!(scene.roles("ada").await, [CHECKER]);
    assert!(scene.events().await.is_empty());
}

#[tokio::test]
async fn stored_texts_that_are_no_global_role_are_shown_and_kept_until_unticked() {
    let scene = scene(&["old.roles.Pilot", "ProjectDeveloper", "OutputChecker"]).await;
    let developer = "jobserver.authorization.roles.ProjectDeveloper";
    let page = scene.browser.get(ROLES).await.expect(200);
    page.shows("old.roles.Pilot").shows("Unknown to this version");
    assert_eq!(page.ticked("roles"), [CHECKER, developer, "old.roles.Pilot"]);
    scene.post(&[developer, "old.roles.Pilot"]).await.expect(302);
    assert_eq!(scene.roles("ada").await, [developer, "old.roles.Pilot"]);
    scene.post(&[CHECKER]).await.expect(302);
    assert_eq!(scene.roles("ada").await, [CHECKER]);
    scene.post(&["old.roles.Pilot"]).await.expect(200).shows("is not one of the available choices");
}

#[tokio::test]
async fn weakness_24_the_last_administrator_stays_one() {
    let scene = scene(&[]).await;
    let page = scene.browser.post_form("/staff/users/mona/roles/", &[("roles", SUPPORT)]).await.expect(200);
    page.shows("Nobody else is a Staff Area Administrator");
    assert_eq!(page.ticked("roles"), [SUPPORT], "what was ticked stays");
    let answer = scene.browser.post_form("/staff/users/mona/roles/clear/", &[]).await;
    let page = scene.browser.follow(answer.expect_redirect(302, "/staff/users/mona/roles/")).await;
    page.shows("Nobody else is a Staff Area Administrator");
    assert_eq!(scene.roles("mona").await, [STAFF]);
    assert!(scene.events().await.is_empty());

    scene
        .browser
        .post_form("/staff/users/mona/roles/", &[("roles", STAFF), ("roles", SUPPORT)])
        .await
        .expect(302);
    scene.post(&[STAFF]).await.expect(302);
    scene.browser.post_form("/staff/users/mona/roles/", &[("roles", SUPPORT)]).await.expect(302);
    assert_eq!(scene.roles("mona").await, [SUPPORT], "now that there is another one");
    scene.browser.get(ROLES).await.expect(403);
}

#[tokio::test]
async fn weakness_24_of_two_administrators_who_remove_each_other_at_once_one_stays() {
    let scene = scene(&["StaffAreaAdministrator"]).await;
    let other = scene.app.browser_of(scene.ada).await;
    for browser in [&scene.browser, &other] {
        browser.csrf_token().await;
    }
    for round in 0..8 {
        scene
            .app
            .db
            .execute(
                "UPDATE jobserver_user SET roles = ARRAY[$1::text] WHERE id IN ($2, $3)",
                &[&STAFF, &scene.mona, &scene.ada],
            )
            .await;
        let cleared = if round % 2 == 0 { "clear/" } else { "" };
        let (mine, theirs) = (format!("{ROLES}{cleared}"), format!("/staff/users/mona/roles/{cleared}"));
        tokio::join!(scene.browser.post_form(&mine, &[]), other.post_form(&theirs, &[]));
        let left: i64 =
            scene.app.db.value("SELECT count(*) FROM jobserver_user WHERE $1 = ANY (roles)", &[&STAFF]).await;
        assert_eq!(left, 1, "round {round}");
    }
}

#[tokio::test]
async fn nobody_overwrites_roles_that_somebody_else_gave_meanwhile() {
    let scene = scene(&[]).await;
    let version = scene.browser.get(ROLES).await.field("version");
    scene.post(&[SUPPORT]).await.expect(302);
    let fields = [("version", version.as_str()), ("roles", CHECKER)];
    let page = scene.browser.post_form(ROLES, &fields).await.expect(200);
    page.shows("Somebody saved “Tech Support” here meanwhile.");
    assert_eq!(page.ticked("roles"), [CHECKER]);
    assert_eq!(scene.roles("ada").await, [SUPPORT]);
    let again = page.field("version");
    let fields = [("version", again.as_str()), ("roles", CHECKER)];
    scene.browser.post_form(ROLES, &fields).await.expect(302);
    assert_eq!(scene.roles("ada").await, [CHECKER]);
    // Sent twice: the second time there is nothing to overwrite.
    let twice = scene.browser.post_form(ROLES, &fields).await.expect(302);
    scene.browser.follow(twice).await.shows("Nothing was changed.");
}

#[tokio::test]
async fn weakness_27_clearing_asks_first_and_names_what_is_lost() {
    let scene = scene(&["OutputChecker"]).await;
    let db = &scene.app.db;
    for (slug, name, roles) in [
        ("asthma", "Asthma <3", &["ProjectDeveloper"][..]),
        ("copd", "COPD", &[]),
        ("flu", "Flu", &["ProjectCollaborator"]),
    ] {
        let project = a::project(db, slug, name, scene.mona).await;
        a::member(db, project, scene.ada, roles).await;
    }
    let membership: i32 = db
        .value(
            "SELECT membership.id
             FROM jobserver_projectmembership AS membership
             JOIN jobserver_project AS project ON project.id = membership.project_id
             WHERE project.slug = 'asthma'",
            &[],
        )
        .await;
    let page = scene.browser.get(ROLES).await.expect(200);
    assert!(page.has_form_to(CLEAR));
    for text in [
        "Clear all roles of Ada (ada)?",
        "Output Checker",
        "on 2 projects: Asthma <3; Flu.",
        "Project Developer",
    ] {
        page.shows(text);
    }
    page.hides("COPD");
    assert!(page.links_to(&format!(
        "/staff/projects/asthma/members/{membership}/edit/?next=%2Fstaff%2Fusers%2Fada%2Froles%2F"
    )));

    let answer = scene.browser.post_form(CLEAR, &[]).await.expect_redirect(302, ROLES);
    scene.browser.follow(answer).await.shows("Ada (ada) holds no roles any more.");
    assert!(scene.roles("ada").await.is_empty());
    let left: i64 =
        db.value("SELECT count(*) FROM jobserver_projectmembership WHERE roles <> '{}'", &[]).await;
    assert_eq!(left, 0);
    assert_eq!(db.count("jobserver_projectmembership").await, 3, "memberships stay");
    let events = scene.events().await;
    assert_eq!(events.len(), 4, "one for the person, one for each membership: {events:?}");
    assert!(events[0].starts_with("user_updated_roles|jobserver.User|roles|"), "{events:?}");
    let developer = "jobserver.authorization.roles.ProjectDeveloper";
    let on_asthma =
        events.iter().find(|event| event.contains(developer)).expect("an event of the membership");
    assert!(
        on_asthma.starts_with(&format!(
            "project_member_updated_roles|jobserver.ProjectMembership|roles|{membership}|ada|jobserver.Project|"
        )) && on_asthma.ends_with(&format!("|{developer}||mona")),
        "{on_asthma}"
    );
}

#[tokio::test]
async fn weakness_21_after_clearing_only_own_addresses_are_gone_to() {
    let scene = scene(&[]).await;
    for (next, location) in [
        ("/staff/users/?q=ada", "/staff/users/?q=ada"),
        ("", ROLES),
        ("https://evil.example/", ROLES),
        ("//evil.example/", ROLES),
        ("/\\evil.example/", ROLES),
        ("javascript:alert(1)", ROLES),
    ] {
        let path: String = url::form_urlencoded::Serializer::for_suffix(format!("{CLEAR}?"), CLEAR.len() + 1)
            .append_pair("next", next)
            .finish();
        scene.browser.post_form(&path, &[]).await.expect_redirect(302, location);
    }
}
