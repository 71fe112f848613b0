//! Everything that people and programs type where it does not belong, in every parameter of every list and every field of
//! every form of the staff area: a clear answer each time, never an error of the server, never anything unescaped, and
//! never a redirect to another site.

use std::collections::BTreeSet;

use crate::{
    harness::{Browser, Page, Study, TestApp, a, applications, encoded},
    routes::staff_taking,
};

const SCRIPT: &str = "<script>alert('x')</script>";

fn nasty() -> Vec<String> {
    let mut values: Vec<String> = [
        SCRIPT,
        "O'Brien \"and\" {{sons}} & co",
        "\u{202e}\u{0645}\u{0631}\u{062d}\u{0628}\u{0627}",
        "🧪👩‍🔬",
        "2147483648",
        "9223372036854775808",
        "99999999999999999999999999",
        "-1",
        "-123",
        "1e9",
        "a\0b",
        "%",
        "\\",
        "_",
        "add",
        "create",
        "staff",
        "api",
        "../../etc/passwd",
        "//evil.example/",
        "https://evil.example/",
        "x\r\nSet-Cookie: y=z",
        "9999-99-99",
        "",
        " ",
    ]
    .map(str::to_owned)
    .to_vec();
    values.extend([255, 256, 5_000].map(|length| "ñ".repeat(length)));
    values
}

/// One of everything that an address can name.
struct World {
    app: TestApp,
    browser: Browser,
    names: Vec<(&'static str, String)>,
}

impl World {
    async fn set_up() -> World {
        let app = TestApp::start().await;
        let study = Study::set_up(&app).await;
        let db = &app.db;
        let kim = a::user("kim").staff().role("ServiceAdministrator").role("TechSupport").insert(db).await;
        let request = study.job_request().insert(db).await;
        let application = applications::application(db, study.ada, "submitted").await;
        let membership: i32 = db.value("SELECT id FROM jobserver_projectmembership LIMIT 1", &[]).await;
        let redirect = a::redirect(db, "/old/", "project_id", study.project, kim, "1 day").await;
        a::site_alert(db, "info", "Title", "Message").await;
        let alert: i32 = db.value("SELECT max(id) FROM jobserver_sitealert", &[]).await;
        let org: String = db.value("SELECT slug FROM jobserver_org LIMIT 1", &[]).await;
        let names = vec![
            ("/backends/{pk:[0-9]+}", format!("/backends/{}", study.backend)),
            ("/job-requests/{pk:[0-9]+}", format!("/job-requests/{request}")),
            ("/redirects/{pk:[0-9]+}", format!("/redirects/{redirect}")),
            ("/edit/{pk:[0-9]+}", format!("/edit/{alert}")),
            ("/delete/{pk:[0-9]+}", format!("/delete/{alert}")),
            ("/members/{pk}", format!("/members/{membership}")),
            ("/applications/{hash}", format!("/applications/{}", domain::applications::hash(application))),
            ("{username}", "ada".to_owned()),
            ("{workspace}", "asthma-main".to_owned()),
            ("{project}", "asthma".to_owned()),
            ("{org}", org.clone()),
            ("/orgs/{slug}", format!("/orgs/{org}")),
            ("/projects/{slug}", "/projects/asthma".to_owned()),
            ("/workspaces/{slug}", "/workspaces/asthma-main".to_owned()),
            ("{repo}", "https%253A%252F%252Fgithub.com%252Fopensafely%252Fasthma".to_owned()),
            ("{kind}", "users".to_owned()),
        ];
        let browser = app.browser_of(kim).await;
        World { app, browser, names }
    }

    /// The addresses for a method, of things that exist as far as they have a name here.
    fn addresses(&self, method: &str) -> BTreeSet<String> {
        let patterns = staff_taking(method);
        assert!(patterns.len() >= 20, "the table was not understood: {patterns:?}");
        patterns
            .into_iter()
            .filter(|pattern| !pattern.contains("/sentry/"))
            .map(|pattern| {
                let names = self.names.iter();
                let path = names.fold(pattern, |path, (name, value)| path.replace(name, value));
                path.replace("{pk:[0-9]+}", "999999").replace("{slug:[-a-zA-Z0-9_]+}", "asthma")
            })
            .collect()
    }
}

/// The names of the fields of all forms of a page.
fn fields(page: &Page) -> Vec<String> {
    let all = ["input", "select", "textarea"].iter().flat_map(|tag| page.tags(tag));
    let named: BTreeSet<String> = all
        .filter(|tag| tag.get("type").is_none_or(|kind| kind != "submit"))
        .filter_map(|tag| tag.get("name").cloned())
        .filter(|name| name != "csrfmiddlewaretoken")
        .collect();
    named.into_iter().collect()
}

fn complaint(page: &Page) -> Option<String> {
    let status = page.status.as_u16();
    if status >= 500 {
        return Some(format!("{} gave {status}", page.request));
    }
    if page.body.contains(SCRIPT) {
        return Some(format!("{} shows a script", page.request));
    }
    let location = page.header("location").unwrap_or("/");
    let is_ours = location.starts_with('/') && !location.starts_with("//") || location.starts_with('?');
    (!is_ours).then(|| format!("{} leads to {location}", page.request))
}

#[tokio::test]
async fn every_list_and_page_copes_with_any_query() {
    let world = World::set_up().await;
    let parameters = [
        "q",
        "page",
        "status",
        "user",
        "orgs",
        "org",
        "project",
        "projects",
        "workspace",
        "backend",
        "backends",
        "type",
        "types",
        "role",
        "any_roles",
        "missing",
        "has_outputs",
        "next",
        "org-slug",
        "find",
        "name",
        "from",
        "to",
        "format",
        "person",
        "users_find",
        "by",
        "state",
        "kind",
        "without_org",
        "without_project",
    ];
    let mut wrong = Vec::new();
    for path in world.addresses("get()") {
        // All parameters together must still be an address.
        for value in nasty().into_iter().filter(|value| value.len() < 1_000) {
            let value = encoded(&value);
            let query: Vec<String> = parameters
                .iter()
                .filter(|name| !matches!(**name, "page" | "format"))
                .map(|name| format!("{name}={value}"))
                .collect();
            wrong.extend(complaint(&world.browser.get(&format!("{path}?{}", query.join("&"))).await));
        }
    }
    for path in ["/staff/users/", "/staff/audit-log/", "/staff/job-requests/", "/staff/"] {
        for (name, value) in
            parameters.iter().flat_map(|name| nasty().into_iter().map(move |value| (name, value)))
        {
            let page = world.browser.get(&format!("{path}?{name}={}", encoded(&value))).await;
            wrong.extend(complaint(&page));
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    assert!(!world.app.log().contains("panicked"), "{}", world.app.log());
}

#[tokio::test]
async fn every_form_copes_with_anything_in_its_fields() {
    let world = World::set_up().await;
    let readable = world.addresses("get()");
    let mut wrong = Vec::new();
    // What deletes comes last, so that the others still find what they are about.
    let mut addresses: Vec<String> = world.addresses("post()").into_iter().collect();
    addresses.sort_by_key(|path| path.contains("/delete/") || path.contains("/remove"));
    for path in addresses {
        let mut names = match readable.contains(&path) {
            true => fields(&world.browser.get(&path).await),
            false => vec!["name".to_owned(), "username".to_owned(), "application".to_owned()],
        };
        names.push("next".to_owned());
        for value in nasty() {
            let posted: Vec<(&str, &str)> = names
                .iter()
                .filter(|name| *name != "version")
                .map(|name| (name.as_str(), value.as_str()))
                .collect();
            wrong.extend(complaint(&world.browser.post_form(&path, &posted).await));
            let repeated: Vec<(&str, &str)> = posted.iter().chain(&posted).copied().collect();
            wrong.extend(complaint(&world.browser.post_form(&path, &repeated).await));
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    assert!(!world.app.log().contains("panicked"), "{}", world.app.log());
}

#[tokio::test]
async fn every_form_that_changes_something_carries_the_token_against_forgery() {
    let world = World::set_up().await;
    // The only form of the list of applications is that of a deleted one.
    let db = &world.app.db;
    let by: i32 = db.value("SELECT min(id) FROM jobserver_user", &[]).await;
    let deleted = applications::application(db, by, "ongoing").await;
    applications::delete(db, deleted, by).await;
    let mut targets = BTreeSet::new();
    for path in world.addresses("get()") {
        let page = world.browser.get(&path).await;
        for form in page.body.split("<form").skip(1).filter_map(|form| form.split("</form>").next()) {
            let head = form.split('>').next().unwrap_or_default();
            if !head.contains("method=\"post\"") {
                continue;
            }
            let token = form.split("name=\"csrfmiddlewaretoken\" value=\"").nth(1).unwrap_or_default();
            assert!(token.find('"').is_some_and(|end| end > 0), "{path} has a form without it:{head}");
            targets.extend(
                head.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned),
            );
        }
    }
    for part in ["/restore/", "/rotate-token/", "/cancel/", "/remove-member/", "/orgs/add/"] {
        assert!(targets.iter().any(|target| target.contains(part)), "no form to {part}: {targets:?}");
    }
}
