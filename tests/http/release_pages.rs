//! Pages of releases: the lists of a workspace and of a project, a release, the latest outputs.

use crate::harness::{
    Page, a,
    counting::{can_count, quiet, statements},
    released::Released,
};

const RELEASES: &str = "/asthma/asthma-main/releases/";
const LATEST: &str = "/asthma/asthma-main/outputs/latest/";

/// The server-side list of the viewer: names in order.
fn names(page: &Page) -> Vec<String> {
    page.attributes("li", "data-name")
}

#[tokio::test]
async fn files_are_seen_only_by_those_who_may() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    scene.uploaded(&release, "output/age.csv", b"a,b\n1,2\n").await;
    let pages = [
        format!("{RELEASES}{release}/"),
        format!("{RELEASES}{release}/output/age.csv"),
        format!("{RELEASES}{release}/no/such/file.csv"),
        format!("{RELEASES}{release}/files/"),
        format!("{RELEASES}{release}/download/"),
        LATEST.to_owned(),
        format!("{LATEST}test/output/age.csv"),
        format!("{LATEST}files/"),
        format!("{LATEST}download/"),
    ];
    for somebody in scene.everybody().await {
        let expected = if somebody.may_view { 200 } else { 404 };
        for path in &pages {
            let request = somebody.browser.request(reqwest::Method::GET, path);
            let status = request.send().await.unwrap().status();
            assert_eq!(status, expected, "{path} for {}", somebody.who);
        }
        for path in ["/asthma/releases/", RELEASES] {
            let page = somebody.browser.get(path).await.expect(200);
            page.shows("Charlie <b>Checker</b>").lacks("Charlie <b>");
            for fact in ["1 file", "Download all", "List"] {
                assert_eq!(page.text().contains(fact), somebody.may_view, "{fact} for {}", somebody.who);
            }
            page.hides("age.csv");
            assert_eq!(page.body.contains(&release), somebody.may_view, "the id for {}", somebody.who);
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let scene = Released::set_up().await;
    let browser = scene.study.browser(&scene.app).await;
    for path in [
        "/asthma/releases/",
        "/nothing/releases/",
        RELEASES,
        "/asthma/nothing/releases/",
        "/nothing/asthma-main/releases/",
    ] {
        browser.get(path).await.expect(404);
    }
    browser.get(LATEST).await.expect(200).shows("No files");
    browser.get(&format!("{LATEST}download/")).await.expect(404);
    browser.get(&format!("{LATEST}files/")).await.expect(404);

    let empty = scene.release(1).await;
    browser.get(&format!("{RELEASES}{empty}/")).await.expect(404);
    browser.get(&format!("{RELEASES}{empty}/download/")).await.expect(404);
    browser.get(RELEASES).await.expect(200).hides("Download all");

    let repo = a::repo(&scene.app.db, "other").await;
    a::workspace(&scene.app.db, "other-main", scene.study.project, repo, scene.study.ada).await;
    let release = scene.release(1).await;
    scene.promised(&release, "a.csv").await;
    browser.get(&format!("{RELEASES}{release}/")).await.expect(200);
    browser.get(&format!("/asthma/other-main/releases/{release}/")).await.expect(404);
    browser.get(&format!("{RELEASES}nothing/")).await.expect(404);
    for path in [
        "/asthma/releases".to_owned(),
        "/asthma/asthma-main/releases".to_owned(),
        format!("{RELEASES}{release}"),
        LATEST.trim_end_matches('/').to_owned(),
    ] {
        let expected = format!("{path}/");
        browser.get(&path).await.expect_redirect(301, &expected);
    }
}

#[tokio::test]
async fn a_release_tells_where_it_comes_from() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    scene.uploaded(&release, "output/age.csv", b"a").await;
    scene.promised(&release, "output/late.csv").await;
    scene.deleted(&release, "output/bad.html").await;
    let browser = scene.study.browser(&scene.app).await;
    let page = browser.get(&format!("{RELEASES}{release}/")).await.expect(200);
    assert_eq!(page.title(), "Released outputs: asthma-main | OpenSAFELY Jobs");
    let facts = page.section("release");
    for fact in
        ["Released by Charlie <b>Checker</b>", "Released from Test", "Tool airlock", "Some Key <i>7</i>"]
    {
        assert!(facts.contains(fact), "{fact} is not in {facts}");
    }
    assert!(facts.contains(&release) && facts.contains("Asthma reviews") && facts.contains("asthma-main"));
    page.lacks("<i>7").lacks("<b>Checker");
    page.shows("Deleted by Charlie <b>Checker</b> at 2024-05-02 12:30:00+0000").shows("Not yet uploaded");
    assert!(page.links_to("https://www.opensafely.org/policies-for-researchers/#datasets-used"));
    assert!(page.links_to(&format!("{RELEASES}{release}/download/")));
    assert!(page.links_to(RELEASES));
    assert_eq!(names(&page), ["output/age.csv", "output/bad.html", "output/late.csv"]);
    assert!(page.header("content-security-policy").is_some());
}

#[tokio::test]
async fn names_survive_in_addresses_and_are_escaped() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    let awkward = [
        "output/<script>alert(1)</script>.csv",
        "output/100% of #1?.csv",
        "sp ace/ü & \"quotes\" 'n' +plus.txt",
        "output/line\nbreak.csv",
        "download",
        "files",
    ];
    for name in awkward {
        scene.promised(&release, name).await;
    }
    let browser = scene.app.browser_of(scene.checker).await;
    let base = format!("{RELEASES}{release}/");
    let page = browser.get(&base).await.expect(200);
    page.lacks("<script>alert(1)");
    let mut links = page.attributes("a", "href");
    links.retain(|href| href.starts_with(&base) && !href.ends_with('/'));
    assert_eq!(links.len(), awkward.len(), "{links:?}");
    let mut selected: Vec<String> = Vec::new();
    for link in links {
        let page = browser.get(&link).await.expect(200);
        selected.extend(page.attributes("div", "data-selected").into_iter().next());
        assert!(page.tags("a").iter().any(|tag| {
            tag.get("aria-current").is_some_and(|current| current == "page") && tag.get("href") == Some(&link)
        }));
    }
    selected.sort();
    let mut expected = awkward.map(str::to_owned);
    expected.sort();
    assert_eq!(selected, expected);
    browser.get(&format!("{base}files/")).await.expect(200).lacks("<script>alert(1)");
    browser.get(RELEASES).await.expect(200).lacks("<b>Checker");
}

#[tokio::test]
async fn the_latest_outputs_are_the_newest_of_each_backend_and_name() {
    let scene = Released::set_up().await;
    let emis = a::backend(&scene.app.db, "emis").await;
    let old = scene.release(30).await;
    scene.uploaded(&old, "a.csv", b"old").await;
    scene.uploaded(&old, "b.csv", b"only").await;
    let other = scene.release_from(emis, 20).await;
    scene.uploaded(&other, "a.csv", b"other").await;
    let new = scene.release(10).await;
    let newest = scene.deleted(&new, "a.csv").await;
    let browser = scene.study.browser(&scene.app).await;
    let page = browser.get(LATEST).await.expect(200);
    assert_eq!(page.title(), "Latest released outputs: asthma-main | OpenSAFELY Jobs");
    assert_eq!(names(&page), ["test/a.csv", "emis/a.csv", "test/b.csv"]);
    page.contains(&newest).shows("Deleted by");
    assert!(page.links_to(&format!("{LATEST}test/a.csv")));
    let list = browser.get(RELEASES).await.expect(200);
    list.shows("List (3 files)").shows("List (2 files)").shows("List (1 file)");
    assert!(list.links_to(LATEST));

    // Two releases of one moment: neither loses a file, and there is always the same one.
    scene.app.db.execute("UPDATE jobserver_release SET created_at = '2024-01-01'", &[]).await;
    assert_eq!(names(&browser.get(LATEST).await), ["emis/a.csv", "test/a.csv", "test/b.csv"]);
    browser.get(LATEST).await.contains(&newest);
}

#[tokio::test]
async fn only_those_who_may_prepare_are_offered_it() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    scene.uploaded(&release, "a.csv", b"a").await;
    let form = format!("{LATEST}prepare/");
    let developer = scene.study.browser(&scene.app).await;
    let page = developer.get(LATEST).await.expect(200);
    assert!(page.has_form_to(&form));
    page.contains("data-prepare-url=\"/api/v2/workspaces/asthma-main/snapshots\"");
    for roles in [&["ProjectCollaborator"][..], &[]] {
        let member = scene.member(roles).await;
        if !roles.is_empty() {
            let page = member.get(LATEST).await.expect(200);
            assert!(!page.has_form_to(&form) && !page.body.contains("data-prepare-url"));
        }
        member.post_form(&form, &[]).await.expect(404);
    }
    scene.app.browser_of(scene.checker).await.post_form(&form, &[]).await.expect(404);
    assert_eq!(scene.app.db.count("jobserver_snapshot").await, 0);
    developer.get(&form).await.expect(405);
}

#[tokio::test]
async fn files_are_listed_when_asked_for() {
    let scene = Released::set_up().await;
    let release = scene.release(1).await;
    let id = scene.uploaded(&release, "output/age.csv", b"a").await;
    let late = scene.promised(&release, "output/late.csv").await;
    scene.deleted(&release, "output/bad.html").await;
    let list = format!("{RELEASES}{release}/files/");
    let deletion = |file: &str| format!("{RELEASES}{release}/{file}/delete/");
    let checker = scene.app.browser_of(scene.checker).await;
    let page = checker.get(&list).await.expect(200);
    page.shows("3 files")
        .shows("(Deleted by Charlie <b>Checker</b> at 2024-05-02 12:30:00+0000)")
        .shows("(Not yet uploaded)");
    assert!(page.links_to(&format!("{RELEASES}{release}/output/age.csv")));
    assert!(!page.links_to(&format!("{RELEASES}{release}/output/bad.html")));
    assert!(page.has_form_to(&deletion(&id)) && !page.has_form_to(&deletion(&late)));
    assert_eq!(page.body.matches("/delete/\"").count(), 1);
    page.contains("data-confirm-title=\"Delete output/age.csv?\"");

    let developer = scene.study.browser(&scene.app).await;
    assert!(!developer.get(&list).await.expect(200).has_form_to(&deletion(&id)));

    let request = checker.request(reqwest::Method::GET, &list).header("hx-request", "true");
    let fragment = checker.send(request).await.expect(200);
    fragment.lacks("<html").contains("csrfmiddlewaretoken").contains("output/age.csv");
    assert!(
        fragment.headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("HX-Request"))
    );

    let latest = checker.get(&format!("{LATEST}files/")).await.expect(200);
    assert!(latest.links_to(&format!("{LATEST}test/output/age.csv")));
    assert!(latest.has_form_to(&deletion(&id)));
}

#[tokio::test]
async fn lists_are_cut_into_pages() {
    let scene = Released::set_up().await;
    for minutes in 0..27 {
        let release = scene.release(minutes).await;
        scene.promised(&release, "a.csv").await;
    }
    let browser = scene.study.browser(&scene.app).await;
    for (path, newest) in [("/asthma/releases/", 25), (RELEASES, 26)] {
        let lists = |page: &Page| page.text().matches("List (").count();
        let first = browser.get(path).await.expect(200);
        assert_eq!(lists(&first), newest, "{path}");
        assert!(first.links_to("?page=2"));
        first.shows("27 releases, page 1 of 2");
        let second = browser.get(&format!("{path}?page=2")).await.expect(200);
        assert_eq!(lists(&second), 2, "{path}");
        browser.get(&format!("{path}?page=3")).await.expect(404);
    }
}

#[tokio::test]
async fn the_workspace_leads_to_its_releases_and_outputs() {
    let scene = Released::set_up().await;
    let before = scene.app.get("/asthma/asthma-main/").await.expect(200);
    assert!(!before.links_to(RELEASES));
    before.shows("Released outputs");
    assert!(before.links_to("/asthma/asthma-main/outputs/"));
    scene.release(1).await;
    assert!(scene.app.get("/asthma/asthma-main/").await.links_to(RELEASES));
}

#[tokio::test]
async fn the_number_of_statements_does_not_depend_on_the_number_of_files() {
    let scene = Released::set_up().await;
    let app = &scene.app;
    if !can_count(&app.db).await {
        return;
    }
    let browser = app.browser_of(scene.checker).await;
    let mut release = scene.release(1).await;
    let file = scene.promised(&release, "a.csv").await;
    let mut snapshot = scene.snapshot(&[&file]).await;
    let mut counted = Vec::new();
    for is_large in [false, true] {
        if is_large {
            for _ in 0..30 {
                release = scene.release(0).await;
            }
            app.db
                .execute(
                    "INSERT INTO jobserver_releasefile (id, name, path, filehash, size, mtime, created_at,
                                                        created_by_id, release_id, workspace_id)
                     SELECT 'F' || number, 'output/' || number || '.csv', '', '', 1, now(), now(), $1, $2, $3
                     FROM generate_series(1, 3000) AS number",
                    &[&scene.checker, &release, &scene.study.workspace],
                )
                .await;
            snapshot = scene.snapshot(&["F1", "F2", "F3"]).await;
            scene.request(snapshot, Some("approved")).await;
        }
        let paths = [
            "/asthma/releases/".to_owned(),
            RELEASES.to_owned(),
            format!("{RELEASES}{release}/"),
            format!("{RELEASES}{release}/files/"),
            LATEST.to_owned(),
            format!("{LATEST}files/"),
            "/asthma/asthma-main/outputs/".to_owned(),
            format!("/asthma/asthma-main/outputs/{snapshot}/"),
        ];
        for path in &paths {
            browser.get(path).await.expect(200);
        }
        quiet(&app.db).await;
        let mut counts = Vec::new();
        for path in &paths {
            let sent = statements(app, &browser, path).await;
            assert!(sent <= 5, "{path}: {sent} statements");
            counts.push(sent);
        }
        counted.push(counts);
    }
    assert_eq!(counted[0], counted[1]);
    assert!(counted[0].iter().all(|sent| *sent >= 2), "nothing was counted: {counted:?}");
}
