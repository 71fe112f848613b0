//! A project's page in the staff area, and editing the project.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    harness::{Browser, Page, Study, TestApp, a},
    staff_projects::{finn, numbered},
};

const PAGE: &str = "/staff/projects/asthma/";
const EDIT: &str = "/staff/projects/asthma/edit/";

struct Scene {
    app: TestApp,
    by: i32,
    browser: Browser,
    project: i32,
    bennett: i32,
    lshtm: i32,
}

/// A project whose lead is Bennett, on which LSHTM works too.
async fn scene() -> Scene {
    let app = TestApp::start().await;
    let (by, browser) = finn(&app).await;
    let project = numbered(&app, "asthma", "Asthma", "42", by).await;
    let (bennett, lshtm) = (a::org(&app.db, "Bennett").await, a::org(&app.db, "LSHTM").await);
    a::lead(&app.db, project, bennett, by).await;
    app.db
        .execute(
            "INSERT INTO jobserver_projectcollaboration
                 (org_id, project_id, is_lead, created_at, created_by_id, updated_at, updated_by_id)
             VALUES ($1, $2, false, '2020-01-01', $3, '2020-01-01', $3)",
            &[&lshtm, &project, &by],
        )
        .await;
    Scene { app, by, browser, project, bennett, lshtm }
}

impl Scene {
    /// The fields of the form as a browser would send them.
    async fn fields(&self) -> Vec<(String, String)> {
        posted(&self.browser.get(EDIT).await.expect(200))
    }

    async fn save(&self, path: &str, fields: &[(String, String)]) -> Page {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.browser.post_form(path, &fields).await
    }

    /// Slugs of organisations, with a star after the lead.
    async fn orgs(&self) -> Vec<String> {
        self.app
            .db
            .values(
                "SELECT org.slug || CASE WHEN is_lead THEN '*' ELSE '' END
                 FROM jobserver_projectcollaboration
                 JOIN jobserver_org AS org ON org.id = org_id
                 WHERE project_id = $1
                 ORDER BY 1",
                &[&self.project],
            )
            .await
    }
}

/// What a browser sends of this page's form.
fn posted(page: &Page) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for name in ["version", "project", "name", "slug", "number", "copilot_support_ends_at"] {
        fields.push((name.to_owned(), page.field(name)));
    }
    for name in ["orgs", "lead"] {
        fields.extend(page.ticked(name).into_iter().map(|value| (name.to_owned(), value)));
    }
    for name in ["status", "copilot"] {
        let select = page.body.split(&format!("name=\"{name}\"")).nth(1).expect("a select");
        let select = select.split("</select>").next().expect("its end");
        let chosen = select.split("<option value=\"").skip(1).find(|option| option.contains(" selected"));
        let value = chosen.and_then(|option| option.split('"').next()).unwrap_or_default();
        fields.push((name.to_owned(), value.to_owned()));
    }
    for name in ["status_description", "copilot_notes"] {
        let text = page.body.split(&format!("name=\"{name}\"")).nth(1).expect("a text area");
        let text =
            text.split_once('>').and_then(|(_, rest)| rest.split_once("</textarea>")).expect("its end").0;
        fields.push((name.to_owned(), text.to_owned()));
    }
    fields
}

fn with(mut fields: Vec<(String, String)>, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

#[tokio::test]
async fn the_page_shows_what_belongs_to_the_project() {
    let scene = scene().await;
    let (app, project, by) = (&scene.app, scene.project, scene.by);
    let cora = a::user("cora").named("Cora").insert(&app.db).await;
    a::member(&app.db, project, cora, &["ProjectDeveloper", "ProjectCollaborator"]).await;
    let repo = a::repo(&app.db, "asthma").await;
    a::workspace(&app.db, "asthma-main", project, repo, by).await;
    app.db
        .execute(
            "UPDATE jobserver_project
             SET copilot_id = $2, copilot_support_ends_at = '2026-01-05', copilot_notes = E'one\\ntwo',
                 status = 'completed-and-linked', status_description = '**paper** <script>alert(1)</script>'
             WHERE id = $1",
            &[&project, &cora],
        )
        .await;
    let page = scene.browser.get(PAGE).await.expect(200);
    assert_eq!(page.title(), "42 - Asthma: Staff Area | OpenSAFELY Jobs");
    for text in [
        "Finn Staff (finn)",
        "Cora (cora)",
        "Project Collaborator, Project Developer",
        "05 Jan 2026",
        "one two",
        "Completed",
        "paper",
        "Find and Link",
        "0 jobs in the last 26 weeks",
    ] {
        page.shows(text);
    }
    page.contains("<strong>paper</strong>").lacks("<script>alert");
    page.lacks("class=\"bar-chart\"")
        .contains("test-project-information-card")
        .contains("test-link-application");
    for link in [
        "/asthma/",
        "/staff/users/finn/",
        "/staff/users/cora/",
        "/staff/orgs/bennett/",
        "/staff/workspaces/asthma-main/",
        "/staff/projects/asthma/edit/",
        "/staff/projects/asthma/add-member/",
        "/staff/projects/asthma/audit-log/",
        "/staff/projects/asthma/link-application/",
    ] {
        assert!(page.links_to(link), "{link}");
    }
}

#[tokio::test]
async fn the_jobs_of_half_a_year_are_a_picture() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let (_, browser) = finn(&app).await;
    let request = study.job_request().insert(&app.db).await;
    for action in ["make_table", "draw"] {
        a::job(request, action, "succeeded").insert(&app.db).await;
    }
    let page = browser.get(PAGE).await.expect(200);
    page.shows("2 jobs in the last 26 weeks")
        .contains("class=\"bar-chart\"")
        .contains("<title>2 jobs, 0 weeks ago</title>");
}

#[tokio::test]
async fn what_the_page_offers_depends_on_the_roles() {
    let scene = scene().await;
    let ada = a::user("ada").insert(&scene.app.db).await;
    a::member(&scene.app.db, scene.project, ada, &[]).await;
    for (name, role, links, edits) in [
        ("s1", None, false, false),
        ("s2", Some("ServiceAdministrator"), true, true),
        ("s3", Some("TechSupport"), false, true),
    ] {
        let user = a::user(name).staff();
        let user = role.into_iter().fold(user, a::User::role).insert(&scene.app.db).await;
        let page = scene.app.browser_of(user).await.get(PAGE).await.expect(200);
        assert_eq!(page.links_to("/staff/projects/asthma/link-application/"), links, "{name}");
        assert_eq!(page.links_to("/staff/projects/asthma/add-member/"), edits, "{name}");
        assert_eq!(page.body.contains("/remove/\""), edits, "{name}");
    }
}

#[tokio::test]
async fn weakness_03_an_edit_keeps_all_organisations_and_the_lead() {
    let scene = scene().await;
    let fields = scene.fields().await;
    let bennett = scene.bennett.to_string();
    assert_eq!(fields.iter().filter(|(name, _)| name == "orgs").count(), 2);
    assert!(fields.contains(&("lead".to_owned(), bennett.clone())));
    let answer = scene.save(EDIT, &with(fields.clone(), &[("name", "Asthma 2")])).await;
    let page = scene.browser.follow(answer.expect_redirect(302, PAGE)).await;
    page.shows("Saved Asthma 2.").shows("42 - Asthma 2");
    assert_eq!(scene.orgs().await, ["bennett*", "lshtm"]);
    let kept: bool = scene
        .app
        .db
        .value(
            "SELECT updated_at = '2020-01-01' FROM jobserver_projectcollaboration WHERE org_id = $1",
            &[&scene.lshtm],
        )
        .await;
    assert!(kept, "rows that stay are left alone");
}

#[tokio::test]
async fn weakness_15_a_new_lead_says_who_chose_it() {
    let scene = scene().await;
    let other = a::user("other").named("Other").staff().insert(&scene.app.db).await;
    let browser = scene.app.browser_of(other).await;
    let fields = scene.fields().await;
    let (bennett, lshtm) = (scene.bennett.to_string(), scene.lshtm.to_string());
    let post = async |changes: &[(&str, &str)]| {
        let fields = with(fields.clone(), changes);
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .filter(|(name, _)| name != "version")
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        browser.post_form(EDIT, &fields).await
    };
    post(&[("lead", &lshtm)]).await.expect(302);
    assert_eq!(scene.orgs().await, ["bennett", "lshtm*"]);
    let by: Vec<i32> = scene
        .app
        .db
        .values(
            "SELECT updated_by_id FROM jobserver_projectcollaboration WHERE updated_at > '2021-01-01'",
            &[],
        )
        .await;
    assert_eq!(by, [other, other], "of the old lead and of the new one");
    post(&[("orgs", &bennett), ("lead", &lshtm)]).await.expect(200).shows("Choose a lead among");
    // As scripts post it: no lead, so the first organisation leads when the lead leaves.
    post(&[("orgs", &bennett), ("lead", "")]).await.expect(302);
    assert_eq!(scene.orgs().await, ["bennett*"]);
    let changes: Vec<Value> = scene.app.db.values("SELECT changes FROM staff_event ORDER BY id", &[]).await;
    assert_eq!(changes.len(), 2);
    assert_eq!(
        changes[1][0],
        serde_json::json!({"field": "orgs", "old": "Bennett, LSHTM", "new": "Bennett"})
    );
}

#[tokio::test]
async fn weakness_04_a_copilot_who_left_the_staff_stays_selectable() {
    let scene = scene().await;
    let cora = a::user("cora").named("Cora").insert(&scene.app.db).await;
    scene
        .app
        .db
        .execute("UPDATE jobserver_project SET copilot_id = $2 WHERE id = $1", &[&scene.project, &cora])
        .await;
    let fields = scene.fields().await;
    assert!(fields.contains(&("copilot".to_owned(), cora.to_string())));
    scene.save(EDIT, &with(fields, &[("number", "POS-2025-2001")])).await.expect(302);
    let kept: Option<i32> = scene.app.db.value("SELECT copilot_id FROM jobserver_project", &[]).await;
    assert_eq!(kept, Some(cora));
    let nobody = a::user("nobody").insert(&scene.app.db).await.to_string();
    let fields = with(scene.fields().await, &[("copilot", &nobody)]);
    scene.save(EDIT, &fields).await.expect(200).shows("Select a valid choice.");
    let fields = with(scene.fields().await, &[("copilot", "")]);
    scene.save(EDIT, &fields).await.expect(302);
    let kept: Option<i32> = scene.app.db.value("SELECT copilot_id FROM jobserver_project", &[]).await;
    assert_eq!(kept, None);
}

#[tokio::test]
async fn a_new_slug_leaves_a_redirect_and_changing_back_removes_it() {
    let scene = scene().await;
    let fields = with(scene.fields().await, &[("slug", "wheeze")]);
    scene.save(EDIT, &fields).await.expect_redirect(302, "/staff/projects/wheeze/");
    scene.browser.get("/asthma/").await.expect_redirect(301, "/wheeze/");
    let page = scene.browser.get("/staff/projects/wheeze/").await.expect(200);
    assert!(page.section("redirects").contains("/asthma/"));
    let back = with(posted(&scene.browser.get("/staff/projects/wheeze/edit/").await), &[("slug", "asthma")]);
    scene.save("/staff/projects/wheeze/edit/", &back).await.expect_redirect(302, PAGE);
    scene.browser.get("/asthma/").await.expect(200);
    scene.browser.get("/wheeze/").await.expect_redirect(301, "/asthma/");
}

#[tokio::test]
async fn nobody_overwrites_unseen_what_somebody_else_saved() {
    let scene = scene().await;
    let mine = with(scene.fields().await, &[("copilot_notes", "mine")]);
    let theirs =
        with(scene.fields().await, &[("name", "Theirs"), ("slug", "theirs"), ("copilot_notes", "theirs")]);
    scene.save(EDIT, &theirs).await.expect(302);
    let page = scene.save(EDIT, &mine).await.expect(200);
    page.shows("Somebody else saved this project")
        .shows("Somebody saved “Theirs” here meanwhile. Save again to replace it.")
        .shows("Somebody saved “theirs” here meanwhile.");
    assert_eq!(page.field("name"), "Asthma", "what was typed is kept");
    let notes: String = scene.app.db.value("SELECT copilot_notes FROM jobserver_project", &[]).await;
    assert_eq!(notes, "theirs");
    let again = posted(&page);
    scene.save("/staff/projects/theirs/edit/", &again).await.expect_redirect(302, PAGE);
    let notes: String = scene.app.db.value("SELECT copilot_notes FROM jobserver_project", &[]).await;
    assert_eq!(notes, "mine");
}

#[tokio::test]
async fn nothing_changed_is_nothing_written() {
    let scene = scene().await;
    scene
        .app
        .db
        .execute(
            "UPDATE jobserver_project
             SET copilot_support_ends_at = '2026-01-05 14:03:07', copilot_notes = E'a\\nb', updated_at = '2020-01-01'",
            &[],
        )
        .await;
    let fields = with(scene.fields().await, &[("copilot_notes", "a\r\nb")]);
    let answer = scene.save(EDIT, &fields).await.expect_redirect(302, PAGE);
    scene.browser.follow(answer).await.shows("Nothing was changed.");
    let (at, ends): (Timestamp, Timestamp) = (
        scene.app.db.value("SELECT updated_at FROM jobserver_project", &[]).await,
        scene.app.db.value("SELECT copilot_support_ends_at FROM jobserver_project", &[]).await,
    );
    assert_eq!(at, "2020-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(ends, "2026-01-05T14:03:07Z".parse().unwrap());
    assert_eq!(scene.app.db.count("staff_event").await, 0);
}

#[tokio::test]
async fn weakness_25_an_edit_is_recorded_with_what_changed() {
    let scene = scene().await;
    let changes = [("name", "New \"<i>name</i>"), ("number", ""), ("status", "retired")];
    scene.save(EDIT, &with(scene.fields().await, &changes)).await.expect(302);
    let row = &scene
        .app
        .db
        .rows("SELECT type, created_by, about_id, about_label, project_id, changes FROM staff_event", &[])
        .await[0];
    assert_eq!([row.get::<_, &str>(0), row.get(1), row.get(3)], ["project_edited", "finn", "42 - Asthma"]);
    assert_eq!(row.get::<_, &str>(2), scene.project.to_string());
    assert_eq!(row.get::<_, i32>(4), scene.project);
    assert_eq!(
        row.get::<_, Value>(5),
        serde_json::json!([
            {"field": "name", "old": "Asthma", "new": "New \"<i>name</i>"},
            {"field": "number", "old": "42", "new": ""},
            {"field": "status", "old": "ongoing", "new": "retired"},
        ])
    );
    scene.browser.get(PAGE).await.shows("New \"<i>name</i>").shows("Retired");
}

#[tokio::test]
async fn weakness_19_an_edit_is_checked_like_a_new_project() {
    let scene = scene().await;
    numbered(&scene.app, "taken", "Taken", "7", scene.by).await;
    let long = "x".repeat(256);
    for (field, value, text) in [
        ("name", "", "This field is required."),
        ("name", "Taken", "Project with this Project title already exists."),
        ("name", long.as_str(), "(it has 256)"),
        ("name", "a\0b", "Null characters"),
        ("slug", "", "This field is required."),
        ("slug", "taken", "Project with this URL slug already exists."),
        ("slug", "create", "one of this site's own"),
        ("slug", "staff", "one of this site's own"),
        ("slug", "a b", "Enter a valid “slug”"),
        ("slug", long.as_str(), "(it has 256)"),
        ("number", "7", "Project with this Project ID already exists."),
        ("number", "0", "Enter a whole number"),
        ("orgs", "99999999999999999999", "Select a valid choice."),
        ("orgs", "999999", "Select a valid choice."),
        ("orgs", "x", "“x” is not a valid value."),
        ("status", "great", "great is not one of the available choices."),
        ("copilot_support_ends_at", "soon", "Enter a valid date/time."),
        ("copilot", "-1", "Select a valid choice."),
    ] {
        let page = scene.save(EDIT, &with(scene.fields().await, &[(field, value)])).await.expect(200);
        page.shows(text);
        assert!(page.body.contains(&format!("id=\"field-{field}-error\"")), "{field}: {value}");
    }
    let none: Vec<_> =
        scene.fields().await.into_iter().filter(|(name, _)| name != "orgs" && name != "lead").collect();
    scene.save(EDIT, &none).await.expect(200).shows("This field is required.");
    assert_eq!(scene.app.db.count("staff_event").await, 0);
    scene.browser.get("/staff/projects/absent/edit/").await.expect(404);
    scene.browser.post_form("/staff/projects/absent/edit/", &[("name", "x")]).await.expect(404);
}
