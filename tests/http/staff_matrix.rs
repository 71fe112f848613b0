//! Who may do what in the staff area: every address, with both methods, as nobody, as somebody without roles, as a
//! developer of a project, and as the holder of each role. The objects in the addresses do not exist, so that a refusal
//! which came after looking something up would show.

use crate::{
    harness::{Browser, TestApp, a, finn},
    routes::staff_taking,
};

/// Roles by the permission that opens an address: who holds one of them is let in, all others are refused.
const STAFF: &[&str] = &["StaffAreaAdministrator"];
const MANAGERS: &[&str] = &["StaffAreaAdministrator"];
const ORG_CREATORS: &[&str] = &["ServiceAdministrator", "StaffAreaAdministrator"];
const PROJECT_CREATORS: &[&str] = &["ServiceAdministrator", "TechSupport"];
const MEMBER_MANAGERS: &[&str] = &["ServiceAdministrator", "TechSupport"];
const LINKERS: &[&str] = &["ServiceAdministrator"];

const ROLES: [&str; 9] = [
    "DeploymentAdministrator",
    "OutputChecker",
    "OutputPublisher",
    "ProjectCollaborator",
    "ProjectDeveloper",
    "ServiceAdministrator",
    "SignOffRepoWithOutputs",
    "StaffAreaAdministrator",
    "TechSupport",
];

/// The rule for an address; everything that is not named needs the permission for the staff area itself.
fn admitted(path: &str) -> Vec<&'static str> {
    let rest = path.strip_prefix("/staff/").unwrap_or_default();
    let roles: &[&[&str]] = match rest.split('/').collect::<Vec<_>>().as_slice() {
        ["backends", ..] | ["users", ..] | ["audit-log", ..] => &[MANAGERS],
        ["orgs", "add", ..] => &[ORG_CREATORS],
        ["projects", "create", ..] | ["projects", _, "created", ..] => &[PROJECT_CREATORS],
        ["projects", _, "add-member" | "members", ..] => &[MEMBER_MANAGERS],
        ["projects", _, "link-application", ..] => &[LINKERS],
        // The choices of several forms: whoever may open one of these.
        ["options", ..] => &[STAFF, MEMBER_MANAGERS, MANAGERS],
        _ => &[STAFF],
    };
    roles.concat()
}

/// The pattern with things that do not exist.
fn filled(pattern: &str) -> String {
    let mut path = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        path.push_str(before);
        path.push_str(match name.split_once(':') {
            Some((_, kinds)) if kinds.contains('|') => kinds.split('|').next().unwrap_or_default(),
            Some((_, "[0-9]+")) => "999999",
            _ if name == "pk" => "999999",
            _ => "absent",
        });
        rest = after;
    }
    path + rest
}

fn addresses() -> Vec<String> {
    let mut patterns = staff_taking("get()");
    patterns.extend(staff_taking("post()"));
    patterns.extend(staff_taking("route()"));
    patterns.sort();
    patterns.dedup();
    assert!(patterns.len() >= 60, "the table was not understood: {patterns:?}");
    patterns.iter().map(|pattern| filled(pattern)).collect()
}

async fn ask(browser: &Browser, method: &str, path: &str) -> u16 {
    let page = match method {
        "GET" => browser.get(path).await,
        _ => browser.post_form(path, &[]).await,
    };
    page.status.as_u16()
}

async fn check(browser: &Browser, who: &str, roles: &[&str], wrong: &mut Vec<String>) {
    for path in addresses() {
        let is_admitted = admitted(&path).iter().any(|role| roles.contains(role));
        for method in ["GET", "POST"] {
            let status = ask(browser, method, &path).await;
            let is_right = match is_admitted {
                false => status == 403,
                true if path == "/staff/sentry/error" => status == 500,
                true => status != 403 && status < 500,
            };
            if !is_right {
                wrong.push(format!("{who}: {method} {path} gave {status}"));
            }
        }
    }
}

#[tokio::test]
async fn every_role_opens_what_it_may_and_nothing_else() {
    let app = TestApp::start().await;
    let mut wrong = Vec::new();
    // Another administrator, so that nobody here is the last one.
    a::user("root").staff().insert(&app.db).await;
    for role in ROLES {
        let person = a::user(&role.to_lowercase()).role(role).insert(&app.db).await;
        check(&app.browser_of(person).await, role, &[role], &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn nobody_else_gets_in() {
    let app = TestApp::start().await;
    let mut wrong = Vec::new();
    let lou = a::user("lou").insert(&app.db).await;
    check(&app.browser_of(lou).await, "no role", &[], &mut wrong).await;
    let project = a::project(&app.db, "absent", "A project", lou).await;
    a::member(&app.db, project, lou, &ROLES).await;
    check(&app.browser_of(lou).await, "every role on one project", &[], &mut wrong).await;
    check(&app.browser(), "nobody", &[], &mut wrong).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn whoever_is_refused_stays_where_they_are_and_is_told_how_to_go_on() {
    let app = TestApp::start().await;
    let page = app.get("/staff/users/?q=ada").await.expect(403);
    page.shows("403: Permission denied").contains("mailto:tech@opensafely.org");
    assert!(page.links_to("/login/?q=ada&next=%2Fstaff%2Fusers%2F"), "{}", page.excerpt());
    let lou = a::user("lou").insert(&app.db).await;
    let page = app.browser_of(lou).await.get("/staff/users/?q=ada").await.expect(403);
    page.shows("403: Permission denied").contains("mailto:tech@opensafely.org").lacks("/login/?");
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_405_for_those_who_may_come_in() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    let (reads, writes) = (staff_taking("get()"), staff_taking("post()"));
    let everything = staff_taking("route()");
    for (method, others, taken) in [("GET", &writes, &reads), ("POST", &reads, &writes)] {
        let refusing =
            others.iter().filter(|pattern| !taken.contains(pattern) && !everything.contains(pattern));
        let paths: Vec<String> = refusing
            .map(|pattern| filled(pattern))
            .filter(|path| admitted(path).contains(&"StaffAreaAdministrator"))
            .collect();
        assert!(paths.len() >= 10, "the table was not understood: {paths:?}");
        for path in paths {
            assert_eq!(ask(&browser, method, &path).await, 405, "{method} {path}");
        }
    }
}
