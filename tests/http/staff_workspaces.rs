//! Workspaces in the staff area: finding one, seeing where it belongs, and giving it to another project.

use serde_json::{Value, json};

use crate::harness::{Browser, Page, Study, TestApp, a};

const LIST: &str = "/staff/workspaces/";
const OWN: &str = "/staff/workspaces/asthma-main/";
const EDIT: &str = "/staff/workspaces/asthma-main/edit/";

struct Scene {
    app: TestApp,
    study: Study,
    finn: i32,
    browser: Browser,
    /// Another project.
    covid: i32,
}

async fn scene() -> Scene {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let finn = a::user("finn").named("Finn").staff().insert(&app.db).await;
    let browser = app.browser_of(finn).await;
    let covid = a::project(&app.db, "covid", "Long covid", study.ada).await;
    let org = a::org(&app.db, "Crick").await;
    a::lead(&app.db, covid, org, study.ada).await;
    Scene { app, study, finn, browser, covid }
}

impl Scene {
    async fn save(&self, fields: &[(&str, &str)]) -> Page {
        self.browser.post_form(EDIT, fields).await
    }

    async fn move_to(&self, project: i32) -> Page {
        self.save(&[("project", &project.to_string()), ("purpose", "")]).await.expect_redirect(302, OWN)
    }

    async fn project(&self) -> i32 {
        self.app.db.value("SELECT project_id FROM jobserver_workspace", &[]).await
    }

    async fn redirects(&self) -> Vec<String> {
        self.app.db.values("SELECT old_url::text FROM redirects_redirect ORDER BY old_url", &[]).await
    }

    async fn events(&self) -> Vec<Value> {
        self.app
            .db
            .values("SELECT changes FROM staff_event WHERE type = 'workspace_edited' ORDER BY id", &[])
            .await
    }
}

/// The names on a page of the list, in order.
fn names(page: &Page) -> Vec<String> {
    let links = page.tags("a");
    let names = links.iter().filter_map(|tag| tag.get("href")?.strip_prefix(LIST)?.strip_suffix('/'));
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn workspaces_are_listed_by_name_and_found_by_name_and_repository() {
    let Scene { app, study, browser, covid, .. } = scene().await;
    let repo = a::repo(&app.db, "Other_Code").await;
    a::workspace(&app.db, "b-side", covid, repo, study.ada).await;
    app.db.execute("UPDATE jobserver_workspace SET is_archived = true WHERE name = 'b-side'", &[]).await;
    let page = browser.get(LIST).await.expect(200);
    assert_eq!(page.title(), "Workspaces: Staff Area | OpenSAFELY Jobs");
    assert_eq!(names(&page), ["asthma-main", "b-side"]);
    page.shows("Archived").shows("Long covid").shows("Other_Code");
    for (query, expected) in [
        ("q=SIDE", &["b-side"][..]),
        ("q=other_", &["b-side"]),
        ("q=github.com", &["asthma-main", "b-side"]),
        ("q=%25", &[]),
        ("q=_side", &[]),
        ("orgs=crick", &["b-side"]),
        ("orgs=crick&orgs=bennett", &["asthma-main", "b-side"]),
        ("projects=covid&projects=asthma", &["asthma-main", "b-side"]),
        ("projects=covid&q=asthma", &[]),
        ("projects=nothing", &[]),
        ("orgs=", &["asthma-main", "b-side"]),
    ] {
        let page = browser.get(&format!("{LIST}?{query}")).await.expect(200);
        assert_eq!(names(&page), expected, "{query}");
        if expected.is_empty() {
            page.shows("No workspaces found").shows("Clear");
        }
    }
    let page = browser.get(&format!("{LIST}?q=side&orgs=crick&projects=covid")).await;
    page.contains("name=\"q\" value=\"side\"");
    assert_eq!(
        (page.ticked("orgs"), page.ticked("projects")),
        (vec!["crick".to_owned()], vec!["covid".to_owned()])
    );
    page.shows("Organisation: Crick").shows("Project: Long covid");
    browser.get(&format!("{LIST}?page=2")).await.expect(404);
    browser.get(&format!("{LIST}?q=%00")).await.expect(400);
    browser.post_form(LIST, &[]).await.expect(405);
}

#[tokio::test]
async fn a_page_of_the_list_holds_twenty_five() {
    let Scene { app, study, browser, covid, .. } = scene().await;
    let repo = a::repo(&app.db, "many").await;
    for number in 0..30 {
        a::workspace(&app.db, &format!("many-{number:02}"), covid, repo, study.ada).await;
    }
    let page = browser.get(&format!("{LIST}?q=many")).await.expect(200);
    assert_eq!(names(&page).len(), 25);
    page.shows("Page 1 of 2");
    assert!(page.links_to("?q=many&page=2"));
    assert_eq!(names(&browser.get(&format!("{LIST}?q=many&page=last")).await.expect(200)).len(), 5);
}

#[tokio::test]
async fn a_workspace_is_shown_with_all_that_it_belongs_to() {
    let Scene { app, study, browser, .. } = scene().await;
    let mut newest = 0;
    for hours in (0..12).rev() {
        newest = study.job_request().status("pending").hours_ago(hours).insert(&app.db).await;
    }
    a::job(newest, "make_table", "failed").insert(&app.db).await;
    let purpose = "First <b>line</b>\nhttps://example.org/x?a=1&b=2, and\njavascript:alert(1)";
    app.db.execute("UPDATE jobserver_workspace SET purpose = $1, should_notify = true", &[&purpose]).await;
    let page = browser.get(OWN).await.expect(200);
    assert_eq!(page.title(), "asthma-main: Staff Area | OpenSAFELY Jobs");
    for href in [
        "/staff/users/ada/",
        "/staff/orgs/bennett/",
        "/staff/projects/asthma/",
        "/staff/repos/https%253A%252F%252Fgithub.com%252Fopensafely%252Fasthma/",
        "https://github.com/opensafely/asthma/tree/main",
        "/staff/job-requests/?workspace=asthma-main",
        "https://example.org/x?a=1&b=2",
        Study::PATH,
        EDIT,
    ] {
        assert!(page.links_to(href), "no link to {href}");
    }
    page.shows("First <b>line</b>")
        .lacks("<b>line")
        .lacks("href=\"javascript")
        .shows("Enabled")
        .shows("Active");
    let requests = page.section("requests");
    assert_eq!(requests.matches("by Ada Lovelace (ada)").count(), 10, "{requests}");
    assert!(
        requests.starts_with("Job requests") && requests.contains(&format!("{newest} by Ada")),
        "{requests}"
    );
    assert_eq!(requests.matches("Failed").count(), 1, "the effective status: {requests}");
    let stored: i64 =
        app.db.value("SELECT count(*) FROM jobserver_jobrequest WHERE _status = 'pending'", &[]).await;
    assert_eq!(stored, 12, "a page writes nothing");

    app.db.execute("DELETE FROM jobserver_job", &[]).await;
    app.db.execute("DELETE FROM jobserver_jobrequest", &[]).await;
    app.db.execute("UPDATE jobserver_workspace SET purpose = '', is_archived = true", &[]).await;
    let page = browser.get(OWN).await.expect(200);
    page.shows("No job requests").shows("Archived").shows("Purpose -");
    for name in ["nothing", "asthma%00main", "%F0%9F%9A%80", "a%2Fb"] {
        let status = browser.get(&format!("{LIST}{name}/")).await.status.as_u16();
        assert!(matches!(status, 400 | 404), "{name}: {status}");
    }
}

#[tokio::test]
async fn a_workspace_that_moves_leaves_a_redirect() {
    let scene = scene().await;
    let page = scene.browser.get(EDIT).await.expect(200);
    assert_eq!(page.title(), "Edit: asthma-main: Staff Area | OpenSAFELY Jobs");
    page.shows("---------").shows("Asthma reviews").shows("Long covid");
    let answer = scene.move_to(scene.covid).await;
    assert_eq!(scene.project().await, scene.covid);
    assert_eq!(scene.redirects().await, ["/asthma/asthma-main/"]);
    let page = scene.browser.follow(answer).await;
    page.shows("Workspace asthma-main was saved").shows("/asthma/asthma-main/ to /covid/asthma-main/");
    scene.app.get("/asthma/asthma-main/logs/").await.expect_redirect(301, "/covid/asthma-main/logs/");
    scene.app.get("/covid/asthma-main/").await.expect(200);
}

#[tokio::test]
async fn weakness_02_a_workspace_that_moves_away_and_back_is_where_it_was() {
    let scene = scene().await;
    scene.move_to(scene.covid).await;
    scene.move_to(scene.study.project).await;
    assert_eq!(scene.redirects().await, ["/covid/asthma-main/"]);
    scene.app.get("/asthma/asthma-main/").await.expect(200);
    scene.app.get("/covid/asthma-main/").await.expect_redirect(301, "/asthma/asthma-main/");
}

#[tokio::test]
async fn weakness_15_an_edit_says_who_made_it() {
    let scene = scene().await;
    scene.app.db.execute("UPDATE jobserver_workspace SET updated_at = now() - interval '1 day'", &[]).await;
    scene.move_to(scene.covid).await;
    let by: i32 = scene.app.db.value("SELECT updated_by_id FROM jobserver_workspace", &[]).await;
    assert_eq!(by, scene.finn);
    let is_fresh: bool = scene
        .app
        .db
        .value("SELECT updated_at > now() - interval '1 minute' FROM jobserver_workspace", &[])
        .await;
    assert!(is_fresh);
    let by: i32 = scene.app.db.value("SELECT created_by_id FROM redirects_redirect", &[]).await;
    assert_eq!(by, scene.finn);
}

#[tokio::test]
async fn weakness_25_an_edit_is_on_record() {
    let scene = scene().await;
    let covid = scene.covid.to_string();
    let fields = [("project", covid.as_str()), ("is_archived", "on"), ("purpose", " New \"purpose\" ")];
    scene.save(&fields).await.expect_redirect(302, OWN);
    assert_eq!(
        scene.events().await,
        [json!([
            {"field": "project", "old": "Asthma reviews", "new": "Long covid"},
            {"field": "is_archived", "old": "false", "new": "true"},
            {"field": "purpose", "old": "", "new": "New \"purpose\""},
        ])]
    );
    let row = scene
        .app
        .db
        .rows("SELECT created_by, about_model, about_label, project_id FROM staff_event", &[])
        .await;
    let whole: (String, String, String, i32) = (row[0].get(0), row[0].get(1), row[0].get(2), row[0].get(3));
    assert_eq!(
        whole,
        ("finn".to_owned(), "jobserver.Workspace".to_owned(), "asthma-main".to_owned(), scene.covid)
    );
    // The same once more changes nothing.
    let answer = scene.save(&fields).await.expect_redirect(302, OWN);
    scene.browser.follow(answer).await.shows("Nothing was changed");
    assert_eq!(scene.events().await.len(), 1);
}

#[tokio::test]
async fn weakness_28_what_is_wrong_with_the_project_is_shown_at_the_field() {
    let scene = scene().await;
    let typed = "typed <b>\u{202e}🚀";
    for (project, error) in [
        ("", "This field is required."),
        ("999999", "Select a valid choice. That choice is not one of the available choices."),
        ("2147483648", "Select a valid choice."),
        ("99999999999999999999999", "Select a valid choice."),
        ("asthma", "Select a valid choice."),
        ("-1", "Select a valid choice."),
    ] {
        let page =
            scene.save(&[("project", project), ("is_archived", "on"), ("purpose", typed)]).await.expect(200);
        page.shows(error).shows(typed).lacks("typed <b>").contains("href=\"#field-project\"");
        page.contains("id=\"field-project-error\"");
        assert_eq!(page.ticked("is_archived"), ["on"]);
    }
    let study = scene.study.project.to_string();
    for (purpose, error) in [
        ("a\0b", "Null characters are not allowed.".to_owned()),
        (&"x".repeat(20_001), "Ensure this value has at most 20000 characters (it has 20001).".to_owned()),
    ] {
        scene.save(&[("project", &study), ("purpose", purpose)]).await.expect(200).shows(&error);
    }
    assert_eq!(scene.events().await.len(), 0);
    scene.browser.get(&format!("{LIST}nothing/edit/")).await.expect(404);
    for project in ["", study.as_str()] {
        let fields = [("project", project), ("purpose", "")];
        scene.browser.post_form(&format!("{LIST}nothing/edit/"), &fields).await.expect(404);
    }
}

#[tokio::test]
async fn weakness_29_a_saved_edit_says_so() {
    let scene = scene().await;
    let answer = scene.move_to(scene.covid).await;
    scene.browser.follow(answer).await.shows("Workspace asthma-main was saved");
}

#[tokio::test]
async fn of_two_people_who_edit_at_once_the_second_is_told() {
    let scene = scene().await;
    let version = scene.browser.get(EDIT).await.field("version");
    let (study, covid) = (scene.study.project.to_string(), scene.covid.to_string());
    scene.save(&[("version", &version), ("project", &covid), ("purpose", "theirs")]).await.expect(302);
    let ours = [("version", version.as_str()), ("project", &study), ("purpose", "ours")];
    let page = scene.save(&ours).await.expect(200);
    page.shows("Somebody saved “Long covid” here meanwhile. Save again to replace it.");
    page.shows("Somebody saved “theirs” here meanwhile.").shows("ours").hides("“not archived”");
    assert_eq!(scene.project().await, scene.covid);
    // A form with a mistake stays at the version at which it was opened.
    let page = scene.save(&[("version", &version), ("project", ""), ("purpose", "ours")]).await.expect(200);
    assert_eq!(page.field("version"), version);
    let version = scene.save(&ours).await.field("version");
    scene.save(&[("version", &version), ("project", &study), ("purpose", "ours")]).await.expect(302);
    assert_eq!(scene.project().await, scene.study.project);
    assert_eq!(scene.events().await.len(), 2);
    // Browsers send other line ends than are stored: that alone is no difference.
    scene.save(&[("project", &study), ("purpose", "one\ntwo")]).await.expect(302);
    let late = [("version", "of long ago"), ("project", covid.as_str()), ("purpose", "one\r\ntwo")];
    let page = scene.save(&late).await.expect(200);
    page.shows("Somebody saved “Asthma reviews” here meanwhile.").hides("Somebody saved “one");
    scene.save(&[("project", &covid), ("purpose", "one\r\ntwo")]).await.expect(302);
    let purpose: String = scene.app.db.value("SELECT purpose FROM jobserver_workspace", &[]).await;
    assert_eq!(purpose, "one\ntwo");
    let newest = scene.events().await.pop();
    assert_eq!(newest, Some(json!([{"field": "project", "old": "Asthma reviews", "new": "Long covid"}])));
}

#[tokio::test]
async fn projects_are_offered_by_number_however_long_the_number_is() {
    let scene = scene().await;
    for (slug, number) in
        [("n7", "7"), ("n42", "42"), ("huge", "99999999999999999999"), ("pos", "POS-2025-2001")]
    {
        let id = a::project(&scene.app.db, slug, slug, scene.study.ada).await;
        scene.app.db.execute("UPDATE jobserver_project SET number = $2 WHERE id = $1", &[&id, &number]).await;
    }
    let text = scene.browser.get(EDIT).await.expect(200).text();
    let places: Vec<Option<usize>> = [
        "POS-2025-2001 - pos",
        "99999999999999999999 - huge",
        "42 - n42",
        "7 - n7",
        "Asthma reviews",
        "Long covid",
    ]
    .iter()
    .map(|title| text.rfind(title))
    .collect();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?} in {text}");
}
