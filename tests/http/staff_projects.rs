//! Projects in the staff area: the list, the page, making one.

use serde_json::Value;

use crate::harness::{
    Browser, Page, TestApp, a,
    counting::{can_count, quiet, statements},
};

const LIST: &str = "/staff/projects/";
const CREATE: &str = "/staff/projects/create/";
const REQUIRED: &str = "This field is required.";

/// Finn, who may do everything with projects.
pub async fn finn(app: &TestApp) -> (i32, Browser) {
    let finn = a::user("finn").named("Finn Staff").staff().role("ServiceAdministrator").insert(&app.db).await;
    (finn, app.browser_of(finn).await)
}

/// A project with a number.
pub async fn numbered(app: &TestApp, slug: &str, name: &str, number: &str, by: i32) -> i32 {
    let project = a::project(&app.db, slug, name, by).await;
    app.db
        .execute("UPDATE jobserver_project SET number = nullif($2, '') WHERE id = $1", &[&project, &number])
        .await;
    project
}

/// The slugs of the projects in the list, in order.
fn listed(page: &Page) -> Vec<String> {
    let mut slugs = page.linked_below(LIST);
    slugs.retain(|slug| slug != "create");
    slugs
}

#[tokio::test]
async fn weakness_11_numbers_of_any_length_are_in_order() {
    let app = TestApp::start().await;
    let (by, browser) = finn(&app).await;
    for (slug, number) in [
        ("small", "7"),
        ("null-b", ""),
        ("pos-old", "POS-2024-2009"),
        ("huge", "99999999999999999999"),
        ("large", "2147483648"),
        ("null-a", ""),
        ("pos-new", "POS-2025-2003"),
        ("middle", "42"),
    ] {
        numbered(&app, slug, slug, number, by).await;
    }
    let page = browser.get(LIST).await.expect(200);
    assert_eq!(page.title(), "Projects: Staff Area | OpenSAFELY Jobs");
    let expected = ["pos-new", "pos-old", "huge", "large", "middle", "small", "null-a", "null-b"];
    assert_eq!(listed(&page), expected);
    page.shows("99999999999999999999 - huge").shows("8 projects");
}

#[tokio::test]
async fn the_list_is_searched_and_filtered_at_once() {
    let app = TestApp::start().await;
    let (by, browser) = finn(&app).await;
    let asthma = numbered(&app, "asthma", "Asthma 100%", "42", by).await;
    let other = numbered(&app, "other", "Other", "142", by).await;
    let (bennett, lshtm) = (a::org(&app.db, "Bennett").await, a::org(&app.db, "LSHTM").await);
    a::lead(&app.db, asthma, bennett, by).await;
    a::lead(&app.db, other, lshtm, by).await;
    for (query, expected) in [
        ("q=ASTH", vec!["asthma"]),
        ("q=42", vec!["other", "asthma"]),
        ("q=100%25", vec!["asthma"]),
        ("q=%25", vec!["asthma"]),
        ("q=_", vec![]),
        ("orgs=bennett", vec!["asthma"]),
        ("orgs=bennett&orgs=lshtm", vec!["other", "asthma"]),
        ("orgs=lshtm&q=asthma", vec![]),
        ("orgs=unknown", vec![]),
    ] {
        let page = browser.get(&format!("{LIST}?{query}")).await.expect(200);
        assert_eq!(listed(&page), expected, "{query}");
    }
    let page = browser.get(&format!("{LIST}?orgs=bennett&q=asthma")).await;
    page.shows("Organisation: Bennett");
    assert!(page.links_to("/staff/projects/?q=asthma"), "the filter can be dropped alone");
    browser.get(&format!("{LIST}?q=a%00")).await.expect(400);
    for page in ["0", "2", "x", "99999999999999999999"] {
        browser.get(&format!("{LIST}?page={page}")).await.expect(404);
    }
    browser.get(&format!("{LIST}?page=last")).await.expect(200);
}

#[tokio::test]
async fn the_list_costs_the_same_for_any_number_of_projects() {
    let app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let (by, browser) = finn(&app).await;
    let org = a::org(&app.db, "Bennett").await;
    for number in 1..=30 {
        let project =
            numbered(&app, &format!("p{number}"), &format!("P {number}"), &number.to_string(), by).await;
        a::lead(&app.db, project, org, by).await;
        a::member(&app.db, project, by, &["ProjectDeveloper"]).await;
    }
    for path in
        [LIST, "/staff/projects/?page=2&orgs=bennett", "/staff/projects/p1/", "/staff/projects/p1/edit/"]
    {
        browser.get(path).await.expect(200);
        quiet(&app.db).await;
        let made = statements(&app, &browser, path).await;
        assert!(made <= 12, "{path}: {made} statements");
    }
}

#[tokio::test]
async fn only_those_who_may_create_are_offered_it() {
    let app = TestApp::start().await;
    let staff = a::user("staff").staff().insert(&app.db).await;
    let staff = app.browser_of(staff).await;
    assert!(!staff.get(LIST).await.expect(200).links_to(CREATE));
    staff.get(CREATE).await.expect(403);
    let (_, finn) = finn(&app).await;
    assert!(finn.get(LIST).await.links_to(CREATE));
    let creator = a::user("tech").role("TechSupport").insert(&app.db).await;
    let creator = app.browser_of(creator).await;
    creator.get(LIST).await.expect(403);
    let form = creator.get(CREATE).await.expect(200);
    form.hides("add a new org");
}

#[tokio::test]
async fn a_project_is_made_with_its_number_organisation_and_copilot() {
    let app = TestApp::start().await;
    let (by, browser) = finn(&app).await;
    let cora = a::user("cora").named("Cora <Pilot>").staff().insert(&app.db).await;
    let org = a::org(&app.db, "Bennett").await;
    let form = browser.get(&format!("{CREATE}?org-slug=bennett")).await.expect(200);
    form.shows("Created by: Finn Staff").shows("Created at:").shows("Project status: Ongoing");
    for label in ["Project ID", "Project title", "Link project to an organisation", "Project Co-pilot"] {
        form.shows(label);
    }
    assert!(form.links_to("/staff/orgs/add/?next=/staff/projects/create/"));
    let chosen: Vec<_> = form.tags("option").into_iter().filter(|tag| tag.contains_key("selected")).collect();
    assert_eq!(chosen.len(), 1);
    assert_eq!(chosen[0]["value"], org.to_string());

    let fields = [
        ("number", " POS-2025-2001 "),
        ("name", "  Asthma & <b>wheeze</b>  "),
        ("orgs", &org.to_string()),
        ("copilot", &cora.to_string()),
    ];
    let answer = browser.post_form(CREATE, &fields).await;
    let answer = answer.expect_redirect(302, "/staff/projects/asthma-bwheezeb/created/");
    let created = browser.follow(answer).await.expect(200);
    created.shows("POS-2025-2001: Asthma & <b>wheeze</b>").shows("has been notified");
    for path in ["", "/staff/projects"] {
        assert!(created.links_to(&format!("{path}/asthma-bwheezeb/")), "{path}");
    }
    assert!(created.links_to("/staff/projects/asthma-bwheezeb/add-member/"));

    let row = &app
        .db
        .rows(
            "SELECT project.number, project.name, project.status, project.category, project.copilot_id,
                    project.created_by_id, project.updated_by_id, collaboration.org_id, collaboration.is_lead,
                    collaboration.created_by_id, event.type, event.created_by, event.target_user, event.parent_id,
                    event.created_at = project.created_at, project.id::text
             FROM jobserver_project AS project
             JOIN jobserver_projectcollaboration AS collaboration ON collaboration.project_id = project.id
             JOIN jobserver_auditableevent AS event ON event.target_id = project.id::text",
            &[],
        )
        .await[0];
    assert_eq!(row.get::<_, String>(0), "POS-2025-2001");
    assert_eq!(row.get::<_, String>(1), "Asthma & <b>wheeze</b>");
    assert_eq!((row.get::<_, &str>(2), row.get::<_, &str>(3)), ("ongoing", "unknown"));
    assert_eq!(
        [row.get::<_, i32>(4), row.get(5), row.get(6), row.get(7), row.get(9)],
        [cora, by, by, org, by]
    );
    assert!(row.get::<_, bool>(8) && row.get::<_, bool>(14));
    assert_eq!([row.get::<_, &str>(10), row.get(11), row.get(12)], ["project_created", "finn", "finn"]);
    assert_eq!(row.get::<_, &str>(13), row.get::<_, &str>(15));

    let note: Value = app.db.value("SELECT payload FROM outbox_message WHERE kind = 'slack'", &[]).await;
    let (base, text) = (&app.url, note["text"].as_str().unwrap_or_default());
    assert_eq!(note["channel"], "co-pilot-support");
    for part in [
        format!(
            "<{base}/staff/projects/asthma-bwheezeb/|POS-2025-2001 - Asthma &amp; &lt;b&gt;wheeze&lt;/b&gt;>"
        ),
        format!("<{base}/staff/users/finn/|Finn Staff>"),
        format!("<{base}/staff/users/cora/|Cora &lt;Pilot&gt;>"),
    ] {
        assert!(text.contains(&part), "{part} is not in {text}");
    }
}

#[tokio::test]
async fn weakness_17_without_a_copilot_nobody_is_told() {
    let app = TestApp::start().await;
    let (_, browser) = finn(&app).await;
    let org = a::org(&app.db, "Bennett").await.to_string();
    let answer = browser.post_form(CREATE, &[("name", "Quiet"), ("orgs", &org)]).await;
    let created = browser.follow(answer.expect(302)).await.expect(200);
    created.shows("Quiet").hides("notified").hides("None");
    assert_eq!(app.db.count("outbox_message").await, 0);
}

#[tokio::test]
async fn everything_wrong_with_a_new_project_is_said_at_once() {
    let app = TestApp::start().await;
    let (by, browser) = finn(&app).await;
    numbered(&app, "taken", "Taken", "42", by).await;
    let org = a::org(&app.db, "Bennett").await.to_string();
    let nobody = a::user("nobody").insert(&app.db).await.to_string();
    let post = async |fields: &[(&str, &str)]| browser.post_form(CREATE, fields).await.expect(200);

    let page = post(&[("number", "042")]).await;
    assert_eq!(page.text().matches(REQUIRED).count(), 4, "twice for each of two fields");
    page.shows("Enter a whole number");
    assert_eq!(page.field("number"), "042", "what was typed stays");

    let page =
        post(&[("name", "Taken"), ("number", "42"), ("orgs", "999999999"), ("copilot", &nobody)]).await;
    page.shows("Project with this Project title already exists.")
        .shows("Project with this Project ID already exists.")
        .shows("That choice is not one of the available choices.");

    post(&[("name", "taken!"), ("orgs", &org)]).await.shows("“taken”");
    let page = post(&[("name", "New"), ("number", "POS-2025-2001"), ("orgs", &org)]).await;
    page.shows("A co-pilot is required");
    post(&[("name", "New"), ("orgs", "x")]).await.shows("Select a valid choice.");
    post(&[("name", "New"), ("orgs", "99999999999999999999")]).await.shows("Select a valid choice.");
    post(&[("name", "New\0"), ("orgs", &org)]).await.shows("Null characters are not allowed.");
    post(&[("name", "New"), ("number", "100000000000000000000"), ("orgs", &org)]).await.shows("(it has 21)");
    assert_eq!(app.db.count("jobserver_project").await, 1);
    assert_eq!(app.db.count("jobserver_auditableevent").await, 0);
}

#[tokio::test]
async fn weakness_19_a_title_whose_address_cannot_be_is_refused() {
    let app = TestApp::start().await;
    let (_, browser) = finn(&app).await;
    let org = a::org(&app.db, "Bennett").await.to_string();
    let long = "x".repeat(256);
    for name in ["中文", "🚀", "Create", "Staff", "API", "login", long.as_str()] {
        let page = browser.post_form(CREATE, &[("name", name), ("orgs", &org)]).await.expect(200);
        assert!(page.body.contains("id=\"field-name-error\""), "{name}");
    }
    assert_eq!(app.db.count("jobserver_project").await, 0);
    for name in ["x".repeat(255), "שלום \"A\" <i>'🚀'".to_owned()] {
        browser.post_form(CREATE, &[("name", &name), ("orgs", &org)]).await.expect(302);
    }
    let page = browser.get("/staff/projects/a-i/").await.expect(200);
    page.shows("שלום \"A\" <i>'🚀'");
}

#[tokio::test]
async fn two_who_make_the_same_project_get_one_and_an_error() {
    let app = TestApp::start().await;
    let (_, browser) = finn(&app).await;
    let org = a::org(&app.db, "Bennett").await.to_string();
    browser.csrf_token().await;
    let fields = [("name", "Twice"), ("number", "7"), ("orgs", org.as_str())];
    let posts = (0..6).map(|_| browser.post_form(CREATE, &fields));
    let mut statuses: Vec<u16> =
        futures_util::future::join_all(posts).await.iter().map(|page| page.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 302]);
    assert_eq!(app.db.count("jobserver_auditableevent").await, 1);
}

#[tokio::test]
async fn the_created_page_is_for_projects_that_are() {
    let app = TestApp::start().await;
    let (_, browser) = finn(&app).await;
    browser.get("/staff/projects/absent/created/").await.expect(404);
    browser.get("/staff/projects/absent/").await.expect(404);
    browser.get("/staff/projects/a%00b/").await.expect(404);
}
