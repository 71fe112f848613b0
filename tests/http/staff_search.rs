//! The first page of the staff area: where everything is, and the search of all of it.

use crate::harness::{
    Db, Study, TestApp, a, applications,
    counting::{can_count, quiet, statements},
    encoded, finn, released,
};

const INDEX: &str = "/staff/";

async fn researcher(db: &Db, application: i32, name: &str, github_username: &str) {
    db.execute(
        "INSERT INTO applications_researcherregistration (name, job_title, email, telephone, phone_type,
                                                          training_with_org, github_username, created_at,
                                                          application_id)
         VALUES ($1, '', '', '', '', '', $2, now(), $3)",
        &[&name, &github_username, &application],
    )
    .await;
}

fn search(text: &str) -> String {
    format!("{INDEX}?q={}", encoded(text))
}

#[tokio::test]
async fn the_index_leads_to_every_part_in_order() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let page = browser.get(INDEX).await.expect(200);
    assert_eq!(page.title(), "Staff Area | OpenSAFELY Jobs");
    let areas = page.section("areas");
    let names = [
        "Applications",
        "Backends",
        "Dashboards",
        "Job Requests",
        "Organisations",
        "Projects",
        "Redirects",
        "Repos",
        "Sentry",
        "Site alerts",
        "Users",
        "Workspaces",
        "System",
        "Audit log",
    ];
    let places: Vec<Option<usize>> = names.iter().map(|name| areas.find(name)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{areas}");
    for path in ["applications/", "orgs/", "users/", "system/", "audit-log/", "site-alerts/"] {
        assert!(page.links_to(&format!("{INDEX}{path}")), "{path}");
    }
    page.hides("Nothing found");
    browser.get("/staff/?q=").await.expect(200).hides("Nothing found");
    browser.get("/staff/?q=+++").await.expect(200).hides("Nothing found");
}

#[tokio::test]
async fn the_search_is_for_staff() {
    let app = TestApp::start().await;
    a::user("ada").named("Ada Lovelace").insert(&app.db).await;
    for role in ["ServiceAdministrator", "TechSupport", "OutputChecker"] {
        let user = a::user(&role.to_lowercase()).role(role).insert(&app.db).await;
        app.browser_of(user).await.get(&search("ada")).await.expect(403).hides("Lovelace");
    }
    app.browser().get(&search("ada")).await.expect(403).hides("Lovelace");
}

#[tokio::test]
async fn everything_is_found_by_a_fragment_of_what_it_is_called() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let db = &app.db;
    db.execute("UPDATE jobserver_project SET number = '4217' WHERE id = $1", &[&study.project]).await;
    db.execute(
        "UPDATE jobserver_user SET email = 'countess@analytical.example' WHERE id = $1",
        &[&study.ada],
    )
    .await;
    let application = applications::of_study(db, study.ada, "ongoing", "Wheezing in winter").await;
    researcher(db, application, "Charles Babbage", "cbabbage").await;
    let hash = domain::applications::hash(application);
    let job_request = study.job_request().insert(db).await;
    let identifier = db.identifier_of(job_request).await;
    let job = a::job(job_request, "make_table", "running").insert(db).await;
    let browser = finn(&app).await;

    let job_request_page = format!("/staff/job-requests/{job_request}/");
    let job_page = format!("{}{job_request}/{job}/", Study::PATH);
    let application_page = format!("/staff/applications/{hash}/");
    for (text, section, link) in [
        ("lovelace", "users", "/staff/users/ada/"),
        ("COUNTESS@anal", "users", "/staff/users/ada/"),
        ("Ada Lovelace (ada)", "users", "/staff/users/ada/"),
        ("bennett", "users", "/staff/users/ada/"),
        ("4217", "projects", "/staff/projects/asthma/"),
        ("4217 - Asthma reviews", "projects", "/staff/projects/asthma/"),
        (" eviews ", "projects", "/staff/projects/asthma/"),
        ("thma-ma", "workspaces", "/staff/workspaces/asthma-main/"),
        ("enne", "orgs", "/staff/orgs/bennett/"),
        ("tes", "backends", &format!("/staff/backends/{}/", study.backend)),
        ("wheez", "applications", &application_page),
        ("babbage", "applications", &application_page),
        ("cbabb", "applications", &application_page),
        (&hash.to_uppercase(), "applications", &application_page),
        (&job_request.to_string(), "job-requests", &job_request_page),
        (&identifier, "job-requests", &job_request_page),
        (&identifier[..6].to_uppercase(), "job-requests", &job_request_page),
        (&job, "jobs", &job_page),
        (&job[..5], "jobs", &job_page),
        (
            "opensafely/asth",
            "repos",
            "/staff/repos/https%253A%252F%252Fgithub.com%252Fopensafely%252Fasthma/",
        ),
    ] {
        let page = browser.get(&search(text)).await.expect(200);
        assert!(!page.section(section).is_empty(), "{text:?} finds no {section}:\n{}", page.text());
        assert!(page.links_to(link), "{text:?} does not lead to {link}:\n{}", page.excerpt());
    }
}

#[tokio::test]
async fn releases_are_found_by_those_who_may_see_their_files() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    released::one_of_each(&app.db, &study).await;
    let page = format!("{}releases/{}/", Study::PATH, released::RELEASE);
    let browser = finn(&app).await;
    browser.get(&page).await.expect(404);
    assert!(!browser.get(&search(released::RELEASE)).await.expect(200).links_to(&page));
    let both = a::user("both").staff().role("OutputChecker").insert(&app.db).await;
    let browser = app.browser_of(both).await;
    browser.get(&page).await.expect(200);
    assert!(browser.get(&search(&released::RELEASE[..6].to_lowercase())).await.expect(200).links_to(&page));
}

#[tokio::test]
async fn what_fits_best_comes_first() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let ada = a::user("ada").insert(&app.db).await;
    for (slug, name) in [("p1", "Unflung"), ("p2", "The lung study"), ("p3", "Lung cancer"), ("p4", "Lung")] {
        a::project(&app.db, slug, name, ada).await;
    }
    let found = browser.get(&search("lung")).await.expect(200).section("projects");
    let places: Vec<Option<usize>> = ["Lung Lung cancer", "Lung cancer", "The lung study", "Unflung"]
        .iter()
        .map(|name| found.find(name))
        .collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{found}");
}

#[tokio::test]
async fn kinds_stand_in_order_and_those_without_a_hit_are_left_out() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    applications::of_study(&app.db, study.ada, "ongoing", "Asthma at night").await;
    let page = finn(&app).await.get(&search("asthma")).await.expect(200);
    let headings = ["applications-title", "projects-title", "users-title", "workspaces-title", "repos-title"];
    let places: Vec<Option<usize>> =
        headings.iter().map(|id| page.body.find(&format!("id=\"{id}\""))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    page.lacks("id=\"backends-title\"").lacks("id=\"orgs-title\"").lacks("id=\"jobs-title\"");
}

#[tokio::test]
async fn weakness_18_odd_texts_are_searched_for_or_refused_clearly() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    applications::of_study(&app.db, study.ada, "ongoing", "Study").await;
    let browser = finn(&app).await;
    for text in [
        "-123",
        "+123",
        "0x1f",
        "2147483648",
        "99999999999999999999999",
        "%",
        "_",
        "\\",
        "%%%%",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "\u{202e}abc",
        "👩‍🔬",
        "ß",
        "é",
        "{{q}}",
        "a&b=c",
    ] {
        let page = browser.get(&search(text)).await.expect(200);
        page.shows("Nothing found").lacks("<script>alert(1)");
        assert!(page.offered("q").iter().any(|q| q == text), "{:?}", page.offered("q"));
    }
    browser.get("/staff/?q=a%00b").await.expect(400);
    browser.get("/staff/?q=%00").await.expect(400);
    let page = browser.get(&search(&"x".repeat(10_000))).await.expect(200);
    page.shows("Please search for at most 200 characters.").hides("Nothing found");
    browser.get(&search(&"x".repeat(200))).await.expect(200).shows("Nothing found");
}

#[tokio::test]
async fn weakness_31_the_search_is_limited_and_says_when_it_finds_nothing() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let deleted = applications::of_study(&app.db, study.ada, "ongoing", "Withdrawn wheezing").await;
    applications::delete(&app.db, deleted, study.ada).await;
    let browser = finn(&app).await;
    let page = browser.get(&search("wheezing")).await.expect(200);
    let hash = domain::applications::hash(deleted);
    let found = page.section("applications");
    assert!(found.contains(&format!("Application {hash} by Ada Lovelace Deleted")), "{found}");
    assert!(!page.links_to(&format!("/staff/applications/{hash}/")));

    for number in 0..8 {
        a::project(&app.db, &format!("lung-{number}"), &format!("Lung {number}"), study.ada).await;
    }
    let page = browser.get(&search("lung")).await.expect(200);
    assert!(!page.section("projects").contains("Show all"));
    a::project(&app.db, "lung-8", "Lung 8", study.ada).await;
    let page = browser.get(&search("lung")).await.expect(200);
    assert_eq!(page.section("projects").matches("Lung").count(), 8);
    assert!(page.section("projects").contains("Show all"));
    assert!(page.links_to("/staff/projects/?q=lung"));

    browser.get(&search("nothing is called this")).await.expect(200).shows("Nothing found");
}

#[tokio::test]
async fn a_search_sends_at_most_twelve_statements() {
    let app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let study = Study::set_up(&app).await;
    for number in 0..30 {
        a::project(&app.db, &format!("abcd{number}"), &format!("Abcd {number}"), study.ada).await;
    }
    let browser = finn(&app).await;
    browser.get(&search("abcd")).await.expect(200);
    quiet(&app.db).await;
    for text in ["abcd", "1234", "no such thing"] {
        let sent = statements(&app, &browser, &search(text)).await;
        assert!(sent <= 12, "{text}: {sent} statements");
    }
}
