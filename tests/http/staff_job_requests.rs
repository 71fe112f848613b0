//! Job requests in the staff area: finding one by anything that is known of it, and cancelling it for somebody.

use devkit::standins::Behaviour;
use serde_json::{Value, json};

use crate::harness::{
    Browser, Page, Study, TestApp, a,
    counting::{can_count, quiet, statements},
    finn,
};

const LIST: &str = "/staff/job-requests/";

/// The numbers of the job requests on a page of the list, in order.
fn numbers(page: &Page) -> Vec<i32> {
    let links = page.tags("a");
    let keys = links.iter().filter_map(|tag| tag.get("href")?.strip_prefix(LIST)?.strip_suffix('/'));
    keys.filter_map(|key| key.parse().ok()).collect()
}

async fn found(browser: &Browser, query: &str) -> Vec<i32> {
    let mut numbers = numbers(&browser.get(&format!("{LIST}?{query}")).await.expect(200));
    numbers.sort_unstable();
    numbers
}

/// A second project of somebody else, with a workspace and a job request on another backend.
struct Other {
    request: i32,
    job: String,
}

async fn other(app: &TestApp) -> Other {
    let db = &app.db;
    let bela = a::user("bela").named("Bela Bartók").insert(db).await;
    let org = a::org(db, "Crick").await;
    let project = a::project(db, "covid", "Long 100% covid", bela).await;
    a::lead(db, project, org, bela).await;
    let repo = a::repo(db, "covid").await;
    let workspace = a::workspace(db, "covid-main", project, repo, bela).await;
    let backend = a::backend(db, "emis").await;
    let request = a::job_request(workspace, backend, bela).status("succeeded").insert(db).await;
    let job = a::job(request, "run", "succeeded").identifier("qqzz2345aabbccdd").insert(db).await;
    Other { request, job }
}

#[tokio::test]
async fn job_requests_are_listed_newest_first_with_their_effective_status() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    browser.get(LIST).await.expect(200).shows("No job requests");
    let old = study.job_request().status("failed").hours_ago(2).insert(&app.db).await;
    let new = study.job_request().status("pending").insert(&app.db).await;
    a::job(new, "make_table", "Succeeded").insert(&app.db).await;
    let page = browser.get(LIST).await.expect(200);
    assert_eq!(page.title(), "Job requests: Staff Area | OpenSAFELY Jobs");
    assert_eq!(numbers(&page), [new, old]);
    let identifier: String =
        app.db.value("SELECT identifier FROM jobserver_jobrequest WHERE id = $1", &[&new]).await;
    page.shows(&format!("{new} by Ada Lovelace (ada)")).shows(&identifier).shows("asthma-main");
    page.shows("Asthma reviews").shows("Succeeded").shows("Failed").hides("Pending");
    let stored: String =
        app.db.value("SELECT _status FROM jobserver_jobrequest WHERE id = $1", &[&new]).await;
    assert_eq!(stored, "pending", "a page writes nothing");
}

#[tokio::test]
async fn a_page_holds_twenty_five_and_links_keep_search_and_filters() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    for _ in 0..26 {
        study.job_request().insert(&app.db).await;
    }
    let page = browser.get(&format!("{LIST}?q=ada&backends=test&user=ada")).await.expect(200);
    assert_eq!(numbers(&page).len(), 25);
    page.shows("Page 1 of 2");
    assert!(page.links_to("?q=ada&backends=test&user=ada&page=2"));
    let page = browser.get(&format!("{LIST}?q=ada&backends=test&user=ada&page=last")).await.expect(200);
    assert_eq!(numbers(&page).len(), 1);
    for nowhere in ["page=0", "page=3", "page=x", "q=nothing&page=2"] {
        browser.get(&format!("{LIST}?{nowhere}")).await.expect(404);
    }
    browser.get(&format!("{LIST}?q=nothing")).await.expect(200).shows("No job requests found").shows("Clear");
    browser.get(&format!("{LIST}?q=a%00b")).await.expect(400);
    browser.post_form(LIST, &[]).await.expect(405);
}

#[tokio::test]
async fn a_fragment_of_anything_finds_it() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    let other = other(&app).await;
    let ours = study.job_request().insert(&app.db).await;
    let job = a::job(ours, "make_table", "running").identifier("mmnn7654ffgghhjj").insert(&app.db).await;
    let identifier: String =
        app.db.value("SELECT identifier FROM jobserver_jobrequest WHERE id = $1", &[&other.request]).await;
    for q in [
        "bARTÓK",
        "BELA",
        "covid-m",
        "100%25",
        "crick",
        &other.job,
        &other.job[..5],
        &other.job[3..9],
        &other.job[10..],
        &identifier,
        &identifier[..6],
        &identifier[4..12].to_uppercase(),
    ] {
        assert_eq!(found(&browser, &format!("q={q}")).await, [other.request], "{q}");
    }
    for q in ["lovelace", "asthma", "bennett", &job[2..8]] {
        assert_eq!(found(&browser, &format!("q={q}")).await, [ours], "{q}");
    }
    assert_eq!(found(&browser, &format!("q={ours}")).await, [ours]);
    app.db.execute("DELETE FROM jobserver_job", &[]).await;
    app.db.execute("UPDATE jobserver_jobrequest SET id = 912345 WHERE id = $1", &[&other.request]).await;
    assert_eq!(found(&browser, "q=1234").await, [912_345]);
    for q in ["%25", "_", "covid_main", "\\", "%5C%25", " ada ", "99999999999999999999999", "-123", "🚀"] {
        let expected: &[i32] = if q == "%25" { &[912_345] } else { &[] };
        assert_eq!(found(&browser, &format!("q={q}")).await, expected, "{q}");
    }
    assert_eq!(found(&browser, "q=").await.len(), 2);
}

#[tokio::test]
async fn weakness_05_all_values_of_all_filters_are_honoured() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    let theirs = other(&app).await.request;
    let ours = study.job_request().insert(&app.db).await;
    for (name, our, their) in [
        ("backends", "test", "emis"),
        ("orgs", "bennett", "crick"),
        ("project", "asthma", "covid"),
        ("user", "ada", "bela"),
        ("workspace", "asthma-main", "covid-main"),
    ] {
        assert_eq!(found(&browser, &format!("{name}={our}")).await, [ours], "{name}");
        assert_eq!(found(&browser, &format!("{name}={their}")).await, [theirs], "{name}");
        let mut both = [ours, theirs];
        both.sort_unstable();
        assert_eq!(found(&browser, &format!("{name}={our}&{name}={their}")).await, both, "{name}");
        let unknown: [i32; 0] = [];
        assert_eq!(found(&browser, &format!("{name}=nothing")).await, unknown, "{name}");
    }
    let neither: [i32; 0] = [];
    assert_eq!(found(&browser, "user=ada&workspace=covid-main").await, neither);
    assert_eq!(found(&browser, "user=ada&user=bela&workspace=covid-main&q=crick").await, [theirs]);
}

#[tokio::test]
async fn weakness_06_search_and_filters_are_one_form() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    study.job_request().insert(&app.db).await;
    let page = browser
        .get(&format!(
            "{LIST}?q=ada&backends=test&orgs=bennett&project=asthma&user=ada&workspace=asthma-main"
        ))
        .await
        .expect(200);
    assert_eq!(page.body.matches(&format!("action=\"{LIST}\"")).count(), 1);
    page.contains("name=\"q\" value=\"ada\"");
    for (name, value) in [
        ("backends", "test"),
        ("orgs", "bennett"),
        ("project", "asthma"),
        ("user", "ada"),
        ("workspace", "asthma-main"),
    ] {
        assert_eq!(page.ticked(name), [value], "{name}");
    }
    page.shows("Project: Asthma reviews")
        .shows("Created by: Ada Lovelace (ada)")
        .shows("Organisation: Bennett");
    page.shows("Clear filters and search");
}

#[tokio::test]
async fn weakness_30_a_page_offers_no_more_people_workspaces_and_projects_than_are_chosen() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    other(&app).await;
    study.job_request().insert(&app.db).await;
    let page = browser.get(&format!("{LIST}?user=ada")).await.expect(200);
    for name in ["Bela", "covid"] {
        page.lacks(name);
    }
    for kind in ["users", "projects", "workspaces", "orgs"] {
        page.contains(&format!("/staff/options/{kind}/"));
    }
}

#[tokio::test]
async fn the_number_of_statements_does_not_depend_on_the_rows() {
    let app = TestApp::start().await;
    if !can_count(&app.db).await {
        return;
    }
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    let mut counted = Vec::new();
    for rows in [1, 30] {
        for _ in 0..rows {
            let request = study.job_request().status("running").insert(&app.db).await;
            a::job(request, "make_table", "running").insert(&app.db).await;
        }
        quiet(&app.db).await;
        let newest: i32 = app.db.value("SELECT max(id) FROM jobserver_jobrequest", &[]).await;
        for path in [
            LIST.to_owned(),
            format!("{LIST}?q=ada&backends=test&orgs=bennett&project=asthma&user=ada&workspace=asthma-main"),
            format!("{LIST}?q=zzzzz"),
            format!("{LIST}{newest}/"),
            "/staff/workspaces/".to_owned(),
            "/staff/workspaces/?q=asthma&orgs=bennett&projects=asthma".to_owned(),
            "/staff/workspaces/asthma-main/".to_owned(),
            "/staff/workspaces/asthma-main/edit/".to_owned(),
            "/staff/backends/".to_owned(),
            format!("/staff/backends/{}/", study.backend),
        ] {
            counted.push((statements(&app, &browser, &path).await, path));
        }
    }
    let (few, many) = counted.split_at(counted.len() / 2);
    for ((few, path), (many, _)) in few.iter().zip(many) {
        assert!(*many <= 9, "{path}: {many} statements");
        assert!(many <= few, "{path}: {few} statements with few rows, {many} with many");
    }
}

#[tokio::test]
async fn a_job_request_is_shown_with_all_that_it_belongs_to() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    let id = study.job_request().actions(&["make_table", "<b>x</b>"]).insert(&app.db).await;
    let page = browser.get(&format!("{LIST}{id}/")).await.expect(200);
    assert_eq!(page.title(), format!("Job request: {id}: Staff Area | OpenSAFELY Jobs"));
    let sha = "a".repeat(40);
    for href in [
        "/staff/users/ada/".to_owned(),
        "/staff/orgs/bennett/".to_owned(),
        "/staff/projects/asthma/".to_owned(),
        "/staff/workspaces/asthma-main/".to_owned(),
        format!("/staff/backends/{}/", study.backend),
        format!("/asthma/asthma-main/{id}/"),
        format!("https://github.com/opensafely/asthma/tree/{sha}"),
    ] {
        assert!(page.links_to(&href), "no link to {href}");
    }
    page.shows("aaaaaaa").hides("aaaaaaaa").shows("make_table").shows("<b>x</b>").lacks("<b>x</b>");
    page.shows("No cancelled actions").shows("Ada Lovelace (ada)").shows("Pending");
    app.db.execute("UPDATE jobserver_jobrequest SET sha = '', cancelled_actions = '[\"gone\"]'", &[]).await;
    let page = browser.get(&format!("{LIST}{id}/")).await.expect(200);
    assert!(page.links_to("https://github.com/opensafely/asthma"));
    page.shows("Git commit hash -").shows("gone").shows("Its cancellation has been asked for");
    // What is said about a status that the jobs have left behind is not said any more.
    let stale = study.job_request().status("running").message("Still at it").insert(&app.db).await;
    browser.get(&format!("{LIST}{stale}/")).await.expect(200).shows("Still at it");
    a::job(stale, "make_table", "succeeded").insert(&app.db).await;
    browser.get(&format!("{LIST}{stale}/")).await.expect(200).shows("Succeeded").hides("Still at it");
    for pk in ["999999", "2147483648", "99999999999999999999"] {
        browser.get(&format!("{LIST}{pk}/")).await.expect(404);
        browser.post_form(&format!("{LIST}{pk}/cancel/"), &[]).await.expect(404);
    }
    browser.get(&format!("{LIST}{id}/cancel/")).await.expect(405);
}

struct Scene {
    app: TestApp,
    finn: Browser,
    id: i32,
}

/// A job request of all three actions of somebody else, with the jobs that the controller has for it.
async fn running() -> Scene {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let fields = [("backend", "test"), ("requested_actions", "run_all")];
    study.browser(&app).await.post_form("/asthma/asthma-main/run-jobs/", &fields).await.expect(302);
    let id: i32 = app.db.value("SELECT id FROM jobserver_jobrequest", &[]).await;
    for job in app.rap.jobs() {
        a::job(id, &job.action, "running").identifier(&job.identifier).insert(&app.db).await;
    }
    let finn = finn(&app).await;
    Scene { app, finn, id }
}

impl Scene {
    /// Cancels, and opens the page after it.
    async fn cancel(&self) -> Page {
        let own = format!("{LIST}{}/", self.id);
        let answer = self.finn.post_form(&format!("{own}cancel/"), &[]).await.expect_redirect(302, &own);
        self.finn.follow(answer).await.expect(200)
    }

    async fn cancelled(&self) -> Value {
        self.app.db.value("SELECT cancelled_actions FROM jobserver_jobrequest", &[]).await
    }

    async fn events(&self) -> Vec<Value> {
        self.app
            .db
            .values("SELECT changes FROM staff_event WHERE type = 'job_request_cancelled' ORDER BY id", &[])
            .await
    }
}

#[tokio::test]
async fn staff_cancel_what_somebody_else_runs_and_that_is_noted() {
    let scene = running().await;
    let page = scene.finn.get(&format!("{LIST}{}/", scene.id)).await;
    page.shows(&format!("Cancel job request {}?", scene.id)).contains("popovertarget=\"cancel\"");
    scene.cancel().await.shows("The requested actions have been cancelled");
    assert_eq!(scene.cancelled().await, json!(["draw_plot", "generate_dataset", "make_table"]));
    assert_eq!(scene.app.rap.jobs().iter().filter(|job| job.is_cancelled).count(), 3);
    let all = "draw_plot, generate_dataset, make_table";
    assert_eq!(scene.events().await, [json!([{"field": "cancelled_actions", "old": "", "new": all}])]);
    let who: String = scene.app.db.value("SELECT created_by || about_id FROM staff_event", &[]).await;
    assert_eq!(who, format!("finn{}", scene.id));
}

#[tokio::test]
async fn cancelling_again_changes_nothing_and_is_noted_once() {
    let scene = running().await;
    scene.cancel().await;
    let once = scene.cancelled().await;
    scene.cancel().await.shows("The requested actions have been cancelled");
    assert_eq!(scene.cancelled().await, once);
    assert_eq!(scene.events().await.len(), 1);
}

#[tokio::test]
async fn of_what_is_over_nothing_is_said() {
    let scene = running().await;
    scene.app.db.execute("UPDATE jobserver_job SET status = 'succeeded'", &[]).await;
    let own = format!("{LIST}{}/", scene.id);
    let answer = scene.finn.post_form(&format!("{own}cancel/"), &[]).await.expect_redirect(302, &own);
    assert_eq!(answer.set_cookie("messages"), None);
    scene.finn.get(&own).await.shows("Cancel job request : It is over already").lacks("popovertarget");
    assert_eq!(scene.app.rap.control.count("rap/cancel/"), 0);
    assert_eq!(scene.events().await.len(), 0);
}

#[tokio::test]
async fn without_jobs_yet_staff_are_asked_to_wait() {
    for status in ["pending", "unknown_error_creating_jobs"] {
        let scene = running().await;
        scene.app.db.execute("DELETE FROM jobserver_job", &[]).await;
        scene.app.db.execute("UPDATE jobserver_jobrequest SET _status = $1", &[&status]).await;
        scene.cancel().await.shows("Wait a minute and try again");
        assert_eq!(scene.cancelled().await, json!([]));
        assert_eq!(scene.events().await.len(), 0);
    }
}

#[tokio::test]
async fn a_controller_in_trouble_is_told_and_nothing_is_noted() {
    let scene = running().await;
    scene.app.rap.control.set(Behaviour::fail(500));
    scene.cancel().await.shows("unexpected error");
    assert_eq!(scene.cancelled().await, json!([]));
    assert_eq!(scene.events().await.len(), 0);
}

#[tokio::test]
async fn without_a_controller_the_wish_is_written_down() {
    let app = TestApp::builder().without_env("RAP_API_BASE_URL").without_env("RAP_API_TOKEN").start().await;
    let study = Study::set_up(&app).await;
    let id = study.job_request().actions(&["make_table"]).insert(&app.db).await;
    let finn = finn(&app).await;
    let scene = Scene { app, finn, id };
    scene.cancel().await.shows("The requested actions have been cancelled");
    assert_eq!(scene.cancelled().await, json!(["make_table"]));
    assert_eq!(scene.events().await.len(), 1);
}
