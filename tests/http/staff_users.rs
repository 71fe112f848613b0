//! The list of people: who may see it, search, filters, page links, and what somebody seems to lack.

use crate::harness::{
    Browser, Page, TestApp, a,
    counting::{can_count, quiet, statements},
    mona,
};

const LIST: &str = "/staff/users/";

/// The names in the list, in its order.
async fn listed(browser: &Browser, query: &str) -> Vec<String> {
    browser.get(&format!("{LIST}?{query}")).await.expect(200).linked_below(LIST)
}

/// What a row of the list says that somebody lacks.
fn lacking(page: &Page, name: &str) -> Vec<&'static str> {
    let link = format!("href=\"{LIST}{name}/\"");
    let row = page.body.split("<tr>").find(|row| row.contains(&link)).expect("a row");
    ["Missing backends", "Missing org", "Missing projects", "User has no roles assigned"]
        .into_iter()
        .filter(|badge| row.contains(&format!(">{badge}<")))
        .collect()
}

/// Ada lacks nothing, Bela lacks everything, Cara signs in by e-mail and is an output checker.
async fn three(app: &TestApp) -> (i32, i32, i32, i32, i32) {
    let db = &app.db;
    let ada = a::user("ada").named("Ada Lovelace").insert(db).await;
    let bela = a::user("bela").named("bela 100%_sure").insert(db).await;
    a::user("cara").named("Cara").role("OutputChecker").insert(db).await;
    a::github_link(db, ada, 1).await;
    a::github_link(db, bela, 2).await;
    let (tpp, emis) = (a::backend(db, "tpp").await, a::backend(db, "emis").await);
    let (bennett, bristol) = (a::org(db, "Bennett").await, a::org(db, "Bristol").await);
    let project = a::project(db, "asthma", "Asthma", ada).await;
    a::backend_member(db, tpp, ada).await;
    a::org_member(db, bennett, ada).await;
    a::member(db, project, ada, &["ProjectDeveloper"]).await;
    (tpp, emis, bennett, bristol, project)
}

#[tokio::test]
async fn people_are_listed_by_name_with_what_they_lack() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    three(&app).await;
    let page = browser.get(LIST).await.expect(200);
    assert_eq!(page.title(), "Users: Staff Area | OpenSAFELY Jobs");
    assert_eq!(page.linked_below(LIST), ["ada", "bela", "cara", "mona"], "case does not matter");
    page.shows("Ada Lovelace (ada)").shows("4 people");
    assert_eq!(lacking(&page, "ada"), Vec::<&str>::new());
    assert_eq!(
        lacking(&page, "bela"),
        ["Missing backends", "Missing org", "Missing projects", "User has no roles assigned"]
    );
    assert_eq!(lacking(&page, "cara"), Vec::<&str>::new(), "nobody expects backends of those without GitHub");
    for tool in ["q", "backend", "missing", "org", "role", "any_roles"] {
        assert!(
            page.tags("input").iter().any(|tag| tag.get("name").is_some_and(|name| name == tool)),
            "{tool}"
        );
    }
    assert_eq!(page.offered("role").len(), 8, "the roles that people can hold for the whole site");
}

#[tokio::test]
async fn a_fragment_of_a_name_finds_people_and_signs_stand_for_themselves() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    three(&app).await;
    for (q, expected) in [
        ("LOVE", vec!["ada"]),
        ("bel", vec!["bela"]),
        ("100%25", vec!["bela"]),
        ("_sure", vec!["bela"]),
        ("%25", vec!["bela"]),
        ("%5C", vec![]),
        ("nobody", vec![]),
        ("", vec!["ada", "bela", "cara", "mona"]),
    ] {
        assert_eq!(listed(&browser, &format!("q={q}")).await, expected, "{q}");
    }
    browser.get(&format!("{LIST}?q=nobody")).await.shows("No users found");
    browser.get(&format!("{LIST}?q=a%00b")).await.expect(400);
}

#[tokio::test]
async fn weakness_05_every_value_of_every_filter_is_honoured() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    let (tpp, emis, _, bristol, project) = three(&app).await;
    let bela: i32 = app.db.value("SELECT id FROM jobserver_user WHERE username = 'bela'", &[]).await;
    a::backend_member(&app.db, emis, bela).await;
    for (query, expected) in [
        (format!("backend={tpp}"), vec!["ada"]),
        (format!("backend={tpp}&backend={emis}"), vec!["ada", "bela"]),
        (format!("backend={tpp}&q=bela"), vec![]),
        ("backend=99999999999999999999".to_owned(), vec![]),
        ("org=bennett".to_owned(), vec!["ada"]),
        ("org=bennett&org=bristol".to_owned(), vec!["ada"]),
        ("org=nowhere".to_owned(), vec![]),
        ("role=OutputChecker".to_owned(), vec!["cara"]),
        ("role=OutputChecker&role=StaffAreaAdministrator".to_owned(), vec!["cara", "mona"]),
        ("role=ProjectDeveloper".to_owned(), vec![]),
        ("missing=backend".to_owned(), vec![]),
        ("missing=org".to_owned(), vec!["bela"]),
        ("missing=project&missing=backend".to_owned(), vec!["bela"]),
        ("missing=sleep".to_owned(), vec!["ada", "bela", "cara", "mona"]),
        ("any_roles=yes".to_owned(), vec!["ada", "cara", "mona"]),
        ("any_roles=no".to_owned(), vec!["bela"]),
        ("any_roles=yes&any_roles=no".to_owned(), vec!["ada", "bela", "cara", "mona"]),
        ("any_roles=maybe".to_owned(), vec!["ada", "bela", "cara", "mona"]),
    ] {
        assert_eq!(listed(&browser, &query).await, expected, "{query}");
    }
    a::org_member(&app.db, bristol, bela).await;
    assert_eq!(listed(&browser, "org=bennett&org=bristol").await, ["ada", "bela"]);
    a::member(&app.db, project, bela, &[]).await;
    assert_eq!(listed(&browser, "any_roles=no").await, ["bela"], "a membership without roles gives none");
}

#[tokio::test]
async fn weakness_06_search_and_filters_are_one_form() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    let (tpp, ..) = three(&app).await;
    let page = browser.get(&format!("{LIST}?q=a&backend={tpp}&role=OutputChecker&any_roles=yes")).await;
    let mut boxes =
        page.tags("input").into_iter().filter(|input| input.get("name").is_some_and(|name| name == "q"));
    assert!(boxes.any(|input| input.get("value").is_some_and(|value| value == "a")), "{}", page.body);
    assert_eq!(page.ticked("backend"), [tpp.to_string()]);
    assert_eq!(page.ticked("role"), ["OutputChecker"]);
    assert_eq!(page.ticked("any_roles"), ["yes"]);
    let forms = page
        .tags("form")
        .iter()
        .filter(|form| form.get("action").is_some_and(|action| action == LIST))
        .count();
    assert_eq!(forms, 1);
}

#[tokio::test]
async fn weakness_18_an_unknown_role_is_ignored_and_a_backend_that_is_no_number_is_refused() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    three(&app).await;
    assert_eq!(listed(&browser, "role=Emperor").await.len(), 4);
    assert_eq!(listed(&browser, "role=Emperor&role=OutputChecker").await, ["cara"]);
    for backend in ["tpp", "1.5", "-", "0x1", "1%00"] {
        browser.get(&format!("{LIST}?backend={backend}")).await.expect(400);
    }
    browser.get(&format!("{LIST}?backend=")).await.expect(200);
}

#[tokio::test]
async fn people_come_in_pages_of_25_that_keep_the_filters() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    app.db
        .execute(
            "INSERT INTO jobserver_user (username, fullname, email, roles, password, date_joined)
             SELECT 'p' || n, 'Person ' || to_char(n, 'FM000'), n || '@example.org', '{}', '', now()
             FROM generate_series(1, 60) AS n",
            &[],
        )
        .await;
    let first = browser.get(&format!("{LIST}?q=person")).await.expect(200);
    assert_eq!(first.linked_below(LIST).len(), 25);
    assert!(first.links_to("?q=person&page=2"), "{}", first.body);
    assert_eq!(
        listed(&browser, "q=person&page=3").await,
        (51..=60).map(|n| format!("p{n}")).collect::<Vec<_>>()
    );
    assert_eq!(listed(&browser, "page=last").await.len(), 11);
    for nowhere in ["0", "4", "x", "-1", "99999999999999999999"] {
        browser.get(&format!("{LIST}?page={nowhere}")).await.expect(404);
    }
}

#[tokio::test]
async fn organisations_too_many_for_a_menu_are_looked_up() {
    let few = TestApp::start().await;
    three(&few).await;
    assert_eq!(mona(&few).await.get(LIST).await.offered("org"), ["bennett", "bristol"]);
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    three(&app).await;
    app.db
        .execute(
            "INSERT INTO jobserver_org (name, slug, description, logo, github_orgs, created_at)
             SELECT 'Org ' || n, 'org-' || n, '', '', '{}', now()
             FROM generate_series(1, 40) AS n",
            &[],
        )
        .await;
    let page = browser.get(&format!("{LIST}?org=bennett")).await.expect(200);
    assert_eq!(page.ticked("org"), ["bennett"]);
    page.contains("/staff/options/orgs/").shows("Organisation: Bennett").lacks("org-7");
    assert_eq!(page.linked_below(LIST), ["ada"]);
    assert_eq!(listed(&browser, "org=Bennett").await, ["ada"], "without script a name is typed");
}

#[tokio::test]
async fn only_those_who_manage_people_get_in_and_others_learn_nothing() {
    let app = TestApp::start().await;
    let checker = a::user("cleo").role("OutputChecker").insert(&app.db).await;
    let cleo = app.browser_of(checker).await;
    for path in ["", "mona/", "nobody/", "mona/roles/", "mona/set-orgs/", "mona/roles/clear/"] {
        let path = format!("{LIST}{path}");
        for browser in [&cleo, &app.browser()] {
            browser.get(&path).await.expect(403);
            browser.post_form(&path, &[]).await.expect(403);
        }
    }
    let browser = mona(&app).await;
    for path in ["nobody/", "nobody/roles/", "nobody/set-orgs/", "a%00b/"] {
        browser.get(&format!("{LIST}{path}")).await.expect(404);
    }
    browser.post_form("/staff/users/nobody/roles/clear/", &[]).await.expect(404);
    browser.get("/staff/users/mona/roles/clear/").await.expect(405);
    browser.post_form(LIST, &[]).await.expect(405);
}

#[tokio::test]
async fn the_pages_about_people_take_few_statements() {
    let app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let browser = mona(&app).await;
    three(&app).await;
    for path in ["", "?q=a&any_roles=yes&org=bennett", "ada/", "cara/", "ada/roles/", "ada/set-orgs/"] {
        quiet(&app.db).await;
        let count = statements(&app, &browser, &format!("{LIST}{path}")).await;
        assert!(count <= 9, "{path}: {count} statements");
    }
}
