//! Organisations in the staff area: the list, making one, and its page.

use domain::slug;

use crate::{
    harness::{
        Browser, Page, TestApp, a,
        counting::{can_count, quiet, statements},
        encoded, finn,
    },
    routes,
};

const LIST: &str = "/staff/orgs/";
const ADD: &str = "/staff/orgs/add/";

/// Type, actor, person, name of the organisation, and changes of what was recorded, in order.
pub async fn events(app: &TestApp) -> Vec<String> {
    app.db
        .values(
            "SELECT concat_ws(' ', type, created_by, nullif(target_user, ''), about_label,
                              (SELECT string_agg(concat(change->>'field', ':', change->>'old', '>', change->>'new'), ' ')
                               FROM jsonb_array_elements(changes) AS change))
             FROM staff_event
             ORDER BY id",
            &[],
        )
        .await
}

async fn slugs(app: &TestApp) -> Vec<String> {
    app.db.values("SELECT slug FROM jobserver_org ORDER BY id", &[]).await
}

/// Sends a form as htmx does.
async fn by_htmx(browser: &Browser, path: &str, name: &str) -> Page {
    let token = browser.csrf_token().await;
    let fields = [("csrfmiddlewaretoken", token.as_str()), ("name", name)];
    let request = browser.request(reqwest::Method::POST, path).header("hx-request", "true").form(&fields);
    browser.send(request).await
}

#[tokio::test]
async fn the_list_is_by_name_searched_literally_and_paged() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.get(LIST).await.expect(200).shows("No organisations");
    for number in 10..36 {
        a::org(&app.db, &format!("Org{number}")).await;
    }
    let odd = a::org(&app.db, "100%_\\safe").await;
    let ada = a::user("ada").insert(&app.db).await;
    a::org_member(&app.db, odd, ada).await;
    let page = browser.get(LIST).await.expect(200);
    assert_eq!(page.title(), "Organisations: Staff Area | OpenSAFELY Jobs");
    page.shows("Org10").hides("Org35").shows("1 of 2");
    assert!(page.links_to(ADD) && page.links_to("/staff/orgs/org10/"));
    browser.get(&format!("{LIST}?page=2")).await.expect(200).shows("Org35").hides("Org10");
    browser.get(&format!("{LIST}?page=last&q=oRg")).await.expect(200).shows("Org35");
    for q in ["100%25", "%25_%5C", "SAFE"] {
        browser.get(&format!("{LIST}?q={q}")).await.expect(200).shows("100%_\\safe").hides("Org1");
    }
    browser.get(&format!("{LIST}?q=g_1")).await.expect(200).shows("No organisations found");
    for query in ["page=3", "page=0", "page=x"] {
        browser.get(&format!("{LIST}?{query}")).await.expect(404);
    }
    browser.get(&format!("{LIST}?q=%00")).await.expect(400);
}

#[tokio::test]
async fn names_are_found_in_any_case_and_script() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let org = a::org(&app.db, "org").await;
    let name = "Weiß & Söhne, Αθήνα";
    app.db.execute("UPDATE jobserver_org SET name = $1 WHERE id = $2", &[&name, &org]).await;
    for q in ["weiß", "WEIß", "SÖHNE", "αθή"] {
        browser.get(&format!("{LIST}?q={}", encoded(q))).await.expect(200).shows(name);
    }
}

#[tokio::test]
async fn an_organisation_is_made_from_its_name() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let page = browser.get(ADD).await.expect(200);
    assert_eq!(page.title(), "Create an organisation: Staff Area | OpenSAFELY Jobs");
    let made = browser.post_form(ADD, &[("name", "  Université de <b>Paris</b> ")]).await;
    made.expect_redirect(302, "/staff/orgs/universite-de-bparisb/");
    let stored: String = app
        .db
        .value(
            "SELECT concat_ws('|', name, github_orgs, creator.username)
             FROM jobserver_org AS org
             JOIN jobserver_user AS creator ON creator.id = org.created_by_id",
            &[],
        )
        .await;
    assert_eq!(stored, "Université de <b>Paris</b>|{opensafely}|finn");
    let page = browser.get("/staff/orgs/universite-de-bparisb/").await.expect(200);
    page.shows("Université de <b>Paris</b> was created.").shows("Organisation: Université de <b>Paris</b>");
    page.shows("opensafely").lacks("<b>Paris");
    assert_eq!(events(&app).await, ["org_created finn Université de <b>Paris</b>"]);
}

#[tokio::test]
async fn weakness_19_names_that_give_no_usable_address_are_field_errors() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    a::org(&app.db, "taken").await;
    let long = "x".repeat(256);
    let very_long = "中".repeat(501);
    for (name, problem) in [
        ("", "This field is required."),
        ("taken", "Organisation with this Name already exists."),
        ("Taken!", "Another organisation has the address that this name gives."),
        ("Add", "“add”, is one of this site's own"),
        ("中文", "No address can be made from this"),
        ("\u{202e}🚀", "No address can be made from this"),
        (&long, "has 256 characters; 255 is the most"),
        (&very_long, "Ensure this value has at most 500 characters (it has 501)."),
        ("a\0b", "Null characters are not allowed."),
    ] {
        let page = browser.post_form(ADD, &[("name", name)]).await.expect(200);
        page.shows(problem);
        if !name.is_empty() && !name.contains('\0') {
            assert_eq!(page.field("name"), name);
        }
    }
    assert_eq!(slugs(&app).await, ["taken"]);
    browser.post_form(ADD, &[("name", &long[..255])]).await.expect(302);
    assert_eq!(events(&app).await.len(), 1);
}

#[tokio::test]
async fn two_people_who_make_the_same_organisation_make_one() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    browser.csrf_token().await;
    let posts = (0..4).map(|_| browser.post_form(ADD, &[("name", "Same")]));
    let statuses: Vec<u16> =
        futures_util::future::join_all(posts).await.iter().map(|page| page.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 302).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 3, "{statuses:?}");
    assert_eq!(slugs(&app).await, ["same"]);
}

#[tokio::test]
async fn whoever_wanted_an_organisation_is_told_its_slug() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let page = browser.get(&format!("{ADD}?next=/somewhere/%3Fa%3Db")).await.expect(200);
    assert_eq!(page.field("next"), "/somewhere/?a=b");
    browser
        .post_form(ADD, &[("name", "One"), ("next", "/somewhere/?a=b")])
        .await
        .expect_redirect(302, "/somewhere/?a=b&org-slug=one");
    browser
        .post_form(&format!("{ADD}?next=/else/"), &[("name", "Two"), ("next", "")])
        .await
        .expect_redirect(302, "/else/?org-slug=two");
}

#[tokio::test]
async fn weakness_21_nobody_is_sent_to_another_site() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let elsewhere = ["https://evil.example/", "//evil.example/", "/\\evil.example/", "/.//evil.example/", ""];
    for (number, next) in elsewhere.iter().enumerate() {
        let name = format!("page{number}");
        browser
            .post_form(ADD, &[("name", &name), ("next", next)])
            .await
            .expect_redirect(302, &format!("{LIST}{name}/"));
        let name = format!("htmx{number}");
        let page = by_htmx(&browser, &format!("{ADD}?next={}", encoded(next)), &name).await.expect(200);
        let location = page.header("hx-location").expect("a place to go");
        assert_eq!(location, format!(r#"{{"path":"{LIST}{name}/?org-slug={name}"}}"#));
    }
}

#[tokio::test]
async fn an_organisation_can_be_made_within_another_page() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let path = format!("{ADD}?next=/next/page/&x=1");
    let request = browser.request(reqwest::Method::GET, &path).header("hx-request", "true");
    let fragment = browser.send(request).await.expect(200);
    fragment.lacks("<html").contains("id=\"closeModal\"").contains("hx-post=\"/staff/orgs/add/?next");

    let refused = by_htmx(&browser, &path, " ").await.expect(200);
    refused.lacks("<html").shows("This field is required.");
    assert!(refused.header("hx-location").is_none());

    let made = by_htmx(&browser, &path, "New one").await.expect(200);
    assert_eq!(made.body, "");
    assert_eq!(made.header("hx-location"), Some(r#"{"path":"/next/page/?x=1&org-slug=new-one"}"#));
    assert!(made.header("location").is_none());
}

#[tokio::test]
async fn its_page_shows_what_belongs_to_it() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let org = a::org(&app.db, "Bennett").await;
    let ada = a::user("ada").named("Ada Lovelace").insert(&app.db).await;
    a::org_member(&app.db, org, ada).await;
    for (slug, number) in
        [("a", None), ("b", Some("7")), ("c", Some("99999999999999999999")), ("d", Some("POS-2025-2001"))]
    {
        let project = a::project(&app.db, slug, &format!("Project {slug}"), ada).await;
        a::lead(&app.db, project, org, ada).await;
        app.db.execute("UPDATE jobserver_project SET number = $1 WHERE id = $2", &[&number, &project]).await;
    }
    let page = browser.get("/staff/orgs/bennett/").await.expect(200);
    assert_eq!(page.title(), "Organisation: Bennett: Staff Area | OpenSAFELY Jobs");
    page.shows("Ada Lovelace");
    let projects = page.section("projects");
    let places: Vec<_> = ["Project d", "Project c", "Project b", "Project a"]
        .iter()
        .map(|name| projects.find(name).unwrap_or_else(|| panic!("no {name}: {projects}")))
        .collect();
    assert!(places.is_sorted(), "{projects}");
    assert!(page.links_to("/staff/projects/a/") && page.links_to("/staff/users/ada/"));
    assert!(page.links_to("https://github.com/opensafely"));
    assert!(!page.links_to("/orgs/bennett/"), "there is no such page");
    assert_eq!(page.offered("users").len(), 1, "few people are offered without a search");
    browser.get("/staff/orgs/nobody/").await.expect(404);
    browser.get("/staff/orgs/a%00b/").await.expect(404);
}

#[tokio::test]
async fn weakness_22_names_in_notices_are_text() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let name = "<img src=x onerror=alert(1)> & \"Sons\"";
    browser.post_form(ADD, &[("name", name)]).await.expect(302);
    let path = format!("{LIST}{}/", slugs(&app).await[0]);
    browser.get(&path).await.expect(200).shows(&format!("{name} was created.")).lacks("<img src=x");
    browser.post_form(&format!("{path}remove-github-org/"), &[("name", "opensafely")]).await.expect(302);
    browser.get(&path).await.shows(&format!("Removed opensafely from {name}")).lacks("<img src=x");
}

#[tokio::test]
async fn each_page_needs_its_permission_before_anything_else() {
    let app = TestApp::start().await;
    a::org(&app.db, "org").await;
    let creator = a::user("creator").role("ServiceAdministrator").insert(&app.db).await;
    let creator = app.browser_of(creator).await;
    creator.get(ADD).await.expect(200);
    let nobody = app.browser();
    nobody.get(ADD).await.expect(403);
    nobody.post_form(ADD, &[("name", "x")]).await.expect(403);
    for browser in [&creator, &nobody] {
        for path in [LIST, "/staff/orgs/org/", "/staff/orgs/none/", "/staff/orgs/org/edit/"] {
            browser.get(path).await.expect(403);
        }
        for page in ["", "add-github-org/", "edit/", "remove-member/", "remove-github-org/"] {
            for org in ["org", "none"] {
                browser.post_form(&format!("{LIST}{org}/{page}"), &[("name", "x")]).await.expect(403);
            }
        }
    }
    assert_eq!(slugs(&app).await, ["org"]);
}

#[test]
fn weakness_19_no_project_can_take_an_address_of_the_site() {
    let patterns = ["get()", "post()", "route()"].map(routes::taking).concat();
    let words = patterns.iter().filter_map(|pattern| pattern.split('/').nth(1));
    let words: Vec<&str> = words
        .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        .collect();
    assert!(words.contains(&"status") && words.contains(&"staff"), "{words:?}");
    for word in words.into_iter().chain(["api", "404"]) {
        assert!(slug::check(slug::Kind::Project, word).is_err(), "{word}");
    }
}

#[tokio::test]
async fn pages_take_few_statements_whatever_the_rows() {
    let app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let browser = finn(&app).await;
    let org = a::org(&app.db, "org").await;
    let mut counted = Vec::new();
    for people in [1, 30] {
        for number in 0..people {
            let user = a::user(&format!("user-{people}-{number}")).insert(&app.db).await;
            a::org_member(&app.db, org, user).await;
            let project =
                a::project(&app.db, &format!("p-{people}-{number}"), &format!("P {people} {number}"), user)
                    .await;
            a::lead(&app.db, project, org, user).await;
            a::site_alert(&app.db, "info", "", "x").await;
            let old_url = format!("/old-{people}-{number}/");
            a::redirect(&app.db, &old_url, "org_id", org, user, "1 day").await;
        }
        quiet(&app.db).await;
        let mut counts = Vec::new();
        for path in
            [LIST, "/staff/orgs/org/", "/staff/orgs/org/edit/", "/staff/redirects/", "/staff/site-alerts/"]
        {
            counts.push(statements(&app, &browser, path).await);
        }
        counted.push(counts);
    }
    assert_eq!(counted[0], counted[1]);
    assert!(counted[1].iter().all(|count| *count <= 8), "{counted:?}");
}
