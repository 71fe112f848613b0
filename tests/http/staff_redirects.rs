//! Redirects in the staff area: the list with its search and filter, one redirect, deleting it; and what becomes of them
//! when things move.

use crate::harness::{Browser, Study, TestApp, a, finn};

const LIST: &str = "/staff/redirects/";

struct Scene {
    app: TestApp,
    study: Study,
    browser: Browser,
    org: i32,
}

async fn scene() -> Scene {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let org = app.db.value("SELECT id FROM jobserver_org", &[]).await;
    Scene { browser: finn(&app).await, app, study, org }
}

impl Scene {
    async fn redirect(&self, column: &str, target: i32, old_url: &str, lasts: &str) -> i32 {
        a::redirect(&self.app.db, old_url, column, target, self.study.ada, lasts).await
    }

    async fn one_of_each(&self) -> [i32; 3] {
        [
            self.redirect("org_id", self.org, "/orgs/datalab/", "1 day").await,
            self.redirect("project_id", self.study.project, "/breathing/", "1 day").await,
            self.redirect("workspace_id", self.study.workspace, "/breathing/first/", "1 day").await,
        ]
    }

    async fn old_urls(&self) -> Vec<String> {
        self.app.db.values("SELECT old_url FROM redirects_redirect ORDER BY id", &[]).await
    }
}

#[tokio::test]
async fn the_list_shows_what_leads_where_by_old_address_downwards() {
    let scene = scene().await;
    let ids = scene.one_of_each().await;
    let page = scene.browser.get(LIST).await.expect(200);
    assert_eq!(page.title(), "Redirects: Staff Area | OpenSAFELY Jobs");
    let text = page.text();
    let places: Vec<_> = ["From: /orgs/datalab/", "From: /breathing/first/", "From: /breathing/ "]
        .iter()
        .map(|old| text.find(old).unwrap_or_else(|| panic!("no {old}: {text}")))
        .collect();
    assert!(places.is_sorted(), "{text}");
    page.shows("/orgs/bennett/").shows("/asthma/asthma-main/");
    for id in ids {
        assert!(page.links_to(&format!("{LIST}{id}/")));
    }
    assert!(page.links_to("/staff/orgs/bennett/") && page.links_to("/staff/projects/asthma/"));
    assert!(page.links_to("/staff/workspaces/asthma-main/"));
}

#[tokio::test]
async fn search_looks_at_addresses_names_and_people() {
    let scene = scene().await;
    scene.one_of_each().await;
    let other = a::user("bela").named("Bela 100%").insert(&scene.app.db).await;
    scene
        .app
        .db
        .execute("UPDATE redirects_redirect SET created_by_id = $1 WHERE org_id IS NOT NULL", &[&other])
        .await;
    for (q, shown, hidden) in [
        ("q=DATALAB", "/orgs/datalab/", "/breathing/"),
        ("q=ben", "/orgs/datalab/", "/breathing/"),
        ("q=bela", "/orgs/datalab/", "/breathing/"),
        ("q=100%25", "/orgs/datalab/", "/breathing/"),
        ("q=asthma-main", "/breathing/first/", "/orgs/datalab/"),
        ("q=reviews", "From: /breathing/ ", "/orgs/datalab/"),
    ] {
        scene.browser.get(&format!("{LIST}?{q}")).await.expect(200).shows(shown).hides(hidden);
    }
    scene.browser.get(&format!("{LIST}?q=a_b")).await.expect(200).shows("No redirects found");
    scene.browser.get(&format!("{LIST}?page=2")).await.expect(404);
    scene.browser.get(&format!("{LIST}?page=x")).await.expect(404);
}

#[tokio::test]
async fn types_filter_and_keep_the_search() {
    let scene = scene().await;
    scene.one_of_each().await;
    let page = scene.browser.get(&format!("{LIST}?type=project&q=breath")).await.expect(200);
    page.shows("From: /breathing/ ").hides("/breathing/first/").hides("/orgs/datalab/");
    assert_eq!(page.ticked("type"), ["project"]);
    page.contains("name=\"q\" value=\"breath\"");
    let both = scene.browser.get(&format!("{LIST}?type=project&type=org")).await.expect(200);
    both.shows("From: /breathing/ ").shows("/orgs/datalab/").hides("/breathing/first/");
}

#[tokio::test]
async fn weakness_18_an_unknown_type_and_a_nul_are_bad_requests() {
    let scene = scene().await;
    scene.browser.get(&format!("{LIST}?type=snapshot")).await.expect(400);
    scene.browser.get(&format!("{LIST}?q=a%00b")).await.expect(400);
    for pk in ["99999999999999999999", "2147483648", "999999"] {
        scene.browser.get(&format!("{LIST}{pk}/")).await.expect(404);
        scene.browser.post_form(&format!("{LIST}{pk}/delete/"), &[]).await.expect(404);
    }
}

#[tokio::test]
async fn one_redirect_tells_where_from_where_to_and_by_whom() {
    let scene = scene().await;
    let [org, project, _] = scene.one_of_each().await;
    let page = scene.browser.get(&format!("{LIST}{project}/")).await.expect(200);
    page.shows("Redirect for: Asthma reviews").shows("/breathing/").shows("Ada Lovelace").shows("Expires");
    assert!(page.links_to("/breathing/") && page.links_to("/asthma/"));
    assert!(page.links_to("/staff/projects/asthma/") && page.links_to("/staff/users/ada/"));
    let page = scene.browser.get(&format!("{LIST}{org}/")).await.expect(200);
    page.shows("Redirect for: Bennett").shows("/orgs/bennett/");
    assert!(!page.links_to("/orgs/bennett/"), "there is no such page");
}

#[tokio::test]
async fn weakness_27_deleting_asks_first_and_weakness_25_is_recorded() {
    let scene = scene().await;
    let [_, project, _] = scene.one_of_each().await;
    let path = format!("{LIST}{project}/");
    let page = scene.browser.get(&path).await;
    page.shows("Delete the redirect from /breathing/?").shows("There is no way back");
    assert!(page.has_form_to(&format!("{path}delete/")));
    scene.browser.get(&format!("{path}delete/")).await.expect(405);
    let deleted = scene.browser.post_form(&format!("{path}delete/"), &[]).await;
    deleted.expect_redirect(302, LIST);
    scene.browser.get(LIST).await.shows("Deleted redirect for Project: Asthma reviews");
    assert_eq!(scene.old_urls().await, ["/orgs/datalab/", "/breathing/first/"]);
    let project_id = scene.study.project;
    assert_eq!(
        scene.app.db.staff_events("type, created_by, about_model, about_id, about_label, project_id").await,
        [format!("redirect_deleted|finn|redirects.Redirect|{project}|/breathing/|{project_id}")]
    );
}

#[tokio::test]
async fn weakness_31_what_has_ended_is_marked_and_leads_nowhere() {
    let scene = scene().await;
    let id = scene.redirect("project_id", scene.study.project, "/before/", "-1 day").await;
    scene.browser.get("/before/").await.expect(404);
    scene.browser.get(LIST).await.shows("Expired");
    scene.browser.get(&format!("{LIST}{id}/")).await.shows("Expired");
}

#[tokio::test]
async fn names_of_any_kind_are_shown_as_they_are() {
    let scene = scene().await;
    let [org, ..] = scene.one_of_each().await;
    let name = "<b>\"Ün'ï\"</b> 🚀 \u{202e}abc";
    scene.app.db.execute("UPDATE jobserver_org SET name = $1", &[&name]).await;
    scene.browser.get(LIST).await.expect(200).shows(name).lacks("<b>\"");
    scene.browser.get(&format!("{LIST}{org}/")).await.expect(200).shows(name);
    scene.browser.post_form(&format!("{LIST}{org}/delete/"), &[]).await.expect(302);
    scene.browser.get(LIST).await.shows(name).lacks("<b>\"");
}

#[tokio::test]
async fn only_staff_see_and_delete_redirects() {
    let scene = scene().await;
    let [org, ..] = scene.one_of_each().await;
    for browser in [scene.app.browser(), scene.app.browser_of(scene.study.ada).await] {
        for path in [LIST.to_owned(), format!("{LIST}{org}/"), format!("{LIST}999999/")] {
            browser.get(&path).await.expect(403);
        }
        browser.post_form(&format!("{LIST}{org}/delete/"), &[]).await.expect(403);
    }
    assert_eq!(scene.old_urls().await.len(), 3);
}
