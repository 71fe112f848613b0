//! Repositories in the staff area: the list with its filters, one repository whatever GitHub says of it, and signing off.

use std::time::Duration;

use devkit::standins::{Behaviour, Mode};

use crate::harness::{Browser, Page, Study, TestApp, a, eventually};

const LIST: &str = "/staff/repos/";
const DETAIL: &str = "/staff/repos/https%253A%252F%252Fgithub.com%252Fopensafely%252Fasthma/";
const SIGN_OFF: &str = "/staff/repos/https%253A%252F%252Fgithub.com%252Fopensafely%252Fasthma/sign-off/";
const SOON: Duration = Duration::from_secs(20);

struct Scene {
    app: TestApp,
    study: Study,
    repo: i32,
    /// Grace, of the staff.
    browser: Browser,
}

async fn scene() -> Scene {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let grace = a::user("grace").named("Grace Hopper").staff().insert(&app.db).await;
    let repo = app.db.value("SELECT id FROM jobserver_repo", &[]).await;
    Scene { browser: app.browser_of(grace).await, app, study, repo }
}

impl Scene {
    async fn researcher_signs_off(&self) {
        self.app
            .db
            .execute(
                "UPDATE jobserver_repo SET researcher_signed_off_at = now(), researcher_signed_off_by_id = $2
                 WHERE id = $1",
                &[&self.repo, &self.study.ada],
            )
            .await;
    }

    async fn has_outputs(&self) {
        self.app
            .db
            .execute("UPDATE jobserver_repo SET has_github_outputs = true WHERE id = $1", &[&self.repo])
            .await;
    }

    async fn post(&self) -> Page {
        self.browser.post_form(SIGN_OFF, &[]).await.expect_redirect(302, DETAIL)
    }

    async fn signer(&self) -> Option<i32> {
        self.app
            .db
            .value("SELECT internal_signed_off_by_id FROM jobserver_repo WHERE id = $1", &[&self.repo])
            .await
    }

    async fn sign_offs(&self) -> usize {
        let events = self.app.db.staff_events("type").await;
        events.iter().filter(|kind| *kind == "repo_signed_off").count()
    }

    async fn is_delivered(&self) {
        eventually("the issue is written", SOON, async || self.app.db.undelivered().await == 0).await;
    }
}

async fn repo(app: &TestApp, url: &str, has_outputs: bool) -> i32 {
    app.db
        .value(
            "INSERT INTO jobserver_repo (url, has_github_outputs) VALUES ($1, $2) RETURNING id",
            &[&url, &has_outputs],
        )
        .await
}

#[tokio::test]
async fn the_list_is_in_order_of_addresses_and_searched() {
    let Scene { app, browser, .. } = scene().await;
    repo(&app, "https://github.com/opensafely/Zebra_100%", true).await;
    repo(&app, "https://github.com/opensafely/alpha", false).await;
    let page = browser.get(LIST).await.expect(200);
    assert_eq!(page.title(), "Repos: Staff Area | OpenSAFELY Jobs");
    let text = page.text();
    let place = |name: &str| text.find(name).unwrap_or_else(|| panic!("{name} is not in {text}"));
    assert!(place("alpha") < place("asthma") && place("asthma") < place("Zebra_100%"), "{text}");
    assert!(page.links_to(DETAIL));
    browser.get("/staff/repos/?q=_100%25").await.expect(200).shows("Zebra").hides("alpha");
    browser.get("/staff/repos/?q=nothing").await.expect(200).shows("No repos found");
    browser.get("/staff/repos/?q=%00").await.expect(400);
    browser.get("/staff/repos/?page=2").await.expect(404);
}

#[tokio::test]
async fn weakness_05_no_outputs_is_a_filter_and_every_organisation_counts() {
    let Scene { app, study, browser, .. } = scene().await;
    repo(&app, "https://github.com/opensafely/with-outputs", true).await;
    let rows = |page: &Page| {
        ["asthma", "with-outputs"].map(|name| page.section("repos").contains(&format!("{name} opensafely")))
    };
    for (query, expected) in [
        ("has_outputs=no", [true, false]),
        ("has_outputs=yes", [false, true]),
        ("has_outputs=yes&has_outputs=no", [true, true]),
        ("has_outputs=other", [true, true]),
    ] {
        let page = browser.get(&format!("{LIST}?{query}")).await.expect(200);
        assert_eq!(rows(&page), expected, "{query}: {}", page.section("repos"));
    }

    let other_org = a::org(&app.db, "Zoo").await;
    let project = a::project(&app.db, "zebra", "Zebras", study.ada).await;
    a::lead(&app.db, project, other_org, study.ada).await;
    let zebra = repo(&app, "https://github.com/opensafely/zebra", false).await;
    a::workspace(&app.db, "zebra-main", project, zebra, study.ada).await;
    let page = browser.get("/staff/repos/?orgs=bennett&orgs=zoo&q=opensafely").await.expect(200);
    page.shows("asthma opensafely").shows("zebra opensafely").shows("Organisation: Zoo");
    assert_eq!(rows(&page), [true, false]);
    browser.get("/staff/repos/?orgs=zoo").await.shows("zebra opensafely").hides("asthma opensafely");
}

#[tokio::test]
async fn a_repository_shows_who_works_with_it() {
    let Scene { app, study, browser, .. } = scene().await;
    let bela = a::user("bela").named("Bela B").insert(&app.db).await;
    let request = a::job_request(study.workspace, study.backend, bela).insert(&app.db).await;
    a::job(request, "make_table", "succeeded").minutes_ago(400 * 24 * 60).insert(&app.db).await;
    app.repositories.edit(Study::REPO, |repository| repository.is_private = false).unwrap();
    let page = browser.get(DETAIL).await.expect(200);
    assert_eq!(page.title(), "Repo: asthma: Staff Area | OpenSAFELY Jobs");
    for text in [
        "Status Public",
        "Ada Lovelace <ada@example.org>",
        "Ada Lovelace (creator)",
        "Bela B",
        "Has outputs on GitHub No",
        "Workspaces signed off 0 / 1",
        "Asthma reviews",
    ] {
        page.shows(text);
    }
    for link in ["https://github.com/opensafely/asthma", "/staff/users/bela/", "/staff/projects/asthma/"] {
        assert!(page.links_to(link), "{link}");
    }
    assert!(page.links_to("/staff/workspaces/asthma-main/"));
}

#[tokio::test]
async fn weakness_08_the_limit_is_shown_as_soon_as_a_job_has_run() {
    let Scene { app, study, browser, .. } = scene().await;
    browser.get(DETAIL).await.expect(200).shows("Project first job run -").hides("12 month limit");
    let zebra = repo(&app, "https://github.com/opensafely/zebra", false).await;
    a::workspace(&app.db, "zebra-main", study.project, zebra, study.ada).await;
    // The jobs of all workspaces of its projects count, on whatever repository they are.
    let request = study.job_request().insert(&app.db).await;
    a::job(request, "old", "succeeded").minutes_ago(400 * 24 * 60).insert(&app.db).await;
    a::job(request, "new", "pending").insert(&app.db).await;
    let page = browser
        .get("/staff/repos/https%253A%252F%252Fgithub.com%252Fopensafely%252Fzebra/")
        .await
        .expect(200);
    page.shows("12 month limit").shows("Passed");
    let day: String = app
        .db
        .value("SELECT to_char(min(started_at) AT TIME ZONE 'UTC', 'FMDD Mon YYYY') FROM jobserver_job", &[])
        .await;
    page.shows(&format!("Project first job run {day}")).hides("Project last job run -");
}

#[tokio::test]
async fn weakness_09_a_repository_is_shown_whatever_github_does() {
    for behaviour in [
        Behaviour::fail(500),
        Behaviour::fail(404),
        Behaviour::of(Mode::Hang),
        Behaviour::of(Mode::Rubbish),
        Behaviour::of(Mode::Half),
    ] {
        let scene = scene().await;
        scene.app.github.control.set(behaviour.clone());
        let page = scene.browser.get(DETAIL).await.expect(200);
        page.shows("Status Unknown").shows("Repo created Unknown").shows("asthma-main");
        // That it failed is remembered: the next page does not wait again.
        let asked = scene.app.github.control.count("/repos/");
        scene.browser.get(DETAIL).await.expect(200);
        assert_eq!(scene.app.github.control.count("/repos/"), asked, "{behaviour:?}");
    }
}

#[tokio::test]
async fn odd_addresses_lead_nowhere_and_never_break() {
    let Scene { app, browser, .. } = scene().await;
    for path in [
        "x",
        "https%253A%252F%252Fgithub.com%252Fopensafely%252Fgone",
        "%25C3%25A9",
        "%2500",
        "%25FF",
        "100%2525",
    ] {
        browser.get(&format!("{LIST}{path}/")).await.expect(404);
        browser.post_form(&format!("{LIST}{path}/sign-off/"), &[]).await.expect(404);
    }
    browser.get(SIGN_OFF).await.expect(405);
    browser.post_form(DETAIL, &[]).await.expect(405);
    // What the database holds is shown, but not linked to if it is not on the web.
    for (url, path) in [
        (
            "javascript:alert(1)//github.com/o/r",
            "javascript%253Aalert%25281%2529%252F%252Fgithub.com%252Fo%252Fr",
        ),
        ("é/\"<b>%", "%25C3%25A9%252F%2522%253Cb%253E%2525"),
    ] {
        repo(&app, url, false).await;
        let page = browser.get(&format!("{LIST}{path}/")).await.expect(200);
        page.shows("Status Unknown").lacks("<b>%").hides("Open on GitHub");
        assert!(!page.links_to(url));
        let list = browser.get(LIST).await.expect(200);
        let listed = list.linked_below(LIST);
        assert!(listed.len() >= 2, "{listed:?}");
        for path in listed {
            browser.get(&format!("{LIST}{path}/")).await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_sign_off_is_recorded_and_tech_support_get_one_issue() {
    let scene = scene().await;
    scene.researcher_signs_off().await;
    assert!(scene.browser.get(DETAIL).await.has_form_to(SIGN_OFF));
    let answer = scene.post().await;
    scene.browser.follow(answer).await.shows("asthma is signed off").shows("Tech support are being notified");
    assert_eq!((scene.signer().await.is_some(), scene.sign_offs().await), (true, 1));
    scene.is_delivered().await;
    let issues = scene.app.github.issues();
    assert_eq!(issues.len(), 1, "{issues:#?}");
    assert_eq!(issues[0].repository, "ebmdatalab/tech-support");
    assert_eq!(issues[0].title, "Switch asthma repo to public");
    assert!(issues[0].labels.is_empty());
    for fact in ["Grace Hopper - @grace", "https://github.com/opensafely/asthma/settings", "`opensafely`"] {
        assert!(issues[0].body.contains(fact), "{fact} is not in {}", issues[0].body);
    }
    let page = scene.browser.get(DETAIL).await.expect(200);
    let issue = format!("{}/ebmdatalab/tech-support/issues/1", scene.app.github.url);
    assert!(page.links_to(&issue), "{}", page.body);
    assert!(!page.has_form_to(SIGN_OFF));
}

#[tokio::test]
async fn weakness_25_a_sign_off_leaves_an_event() {
    let scene = scene().await;
    scene.researcher_signs_off().await;
    scene.post().await;
    assert_eq!(
        scene.app.db.staff_events("type, created_by, about_model, about_id, about_label").await,
        [format!("repo_signed_off|grace|jobserver.Repo|{}|asthma", scene.repo)]
    );
}

#[tokio::test]
async fn weakness_26_a_sign_off_needs_the_researcher_and_happens_once() {
    let scene = scene().await;
    let answer = scene.post().await;
    scene.browser.follow(answer).await.shows("a researcher has to sign it off first");
    assert_eq!((scene.signer().await, scene.sign_offs().await), (None, 0));

    scene.researcher_signs_off().await;
    scene.post().await;
    let signer = scene.signer().await;
    let finn = a::user("finn").staff().insert(&scene.app.db).await;
    let finn = scene.app.browser_of(finn).await;
    let answer = finn.post_form(SIGN_OFF, &[]).await.expect_redirect(302, DETAIL);
    finn.follow(answer).await.shows("had been signed off before");
    scene.is_delivered().await;
    assert_eq!((scene.signer().await, scene.sign_offs().await), (signer, 1));
    assert_eq!(scene.app.github.issues().len(), 1);
}

#[tokio::test]
async fn weakness_26_many_at_once_make_one_issue() {
    let scene = scene().await;
    scene.researcher_signs_off().await;
    scene.browser.csrf_token().await;
    futures_util::future::join_all((0..6).map(|_| scene.post())).await;
    scene.is_delivered().await;
    assert_eq!((scene.sign_offs().await, scene.app.github.issues().len()), (1, 1));
}

#[tokio::test]
async fn weakness_26_a_sign_off_stands_while_github_is_away_and_is_told_later() {
    let scene = scene().await;
    scene.researcher_signs_off().await;
    scene.app.github.control.set(Behaviour::fail(502));
    let answer = scene.post().await;
    scene.browser.follow(answer).await.shows("is signed off").shows("Their issue is being written");
    assert!(scene.signer().await.is_some());
    scene.app.github.control.set(Behaviour::default());
    let count = async || scene.app.github.issues().len() == 1;
    eventually("the issue is written after all", Duration::from_secs(60), count).await;
}

#[tokio::test]
async fn outputs_on_github_ask_for_a_role_of_their_own() {
    let scene = scene().await;
    scene.researcher_signs_off().await;
    scene.has_outputs().await;
    let page = scene.browser.get(DETAIL).await.expect(200);
    page.shows("Has outputs on GitHub Yes").shows("needs the role Sign Off Repos with Outputs");
    assert!(!page.has_form_to(SIGN_OFF));
    let answer = scene.post().await;
    scene.browser.follow(answer).await.shows("needs the role SignOffRepoWithOutputs");
    assert_eq!((scene.signer().await, scene.sign_offs().await), (None, 0));

    let iris = a::user("iris").staff().role("SignOffRepoWithOutputs").insert(&scene.app.db).await;
    let iris = scene.app.browser_of(iris).await;
    assert!(iris.get(DETAIL).await.has_form_to(SIGN_OFF));
    iris.post_form(SIGN_OFF, &[]).await.expect_redirect(302, DETAIL);
    assert_eq!((scene.signer().await.is_some(), scene.sign_offs().await), (true, 1));
}

#[tokio::test]
async fn an_issue_that_was_given_up_can_be_tried_again() {
    let scene = scene().await;
    scene.researcher_signs_off().await;
    scene.app.github.control.set(Behaviour::fail(500));
    scene.post().await;
    let given_up = "UPDATE outbox_message SET dead_at = now() WHERE delivered_at IS NULL AND dead_at IS NULL";
    eventually("it is given up", SOON, async || scene.app.db.execute(given_up, &[]).await == 1).await;
    let page = scene.browser.get(DETAIL).await.expect(200);
    page.shows("could not be written");
    assert!(page.links_to("/staff/system/?state=dead&kind=github"));
    scene.browser.get("/staff/system/?state=dead&kind=github").await.expect(200).shows("repo-sign-off");
}
