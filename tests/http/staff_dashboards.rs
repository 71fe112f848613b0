//! The dashboards of the staff area: right columns, whatever GitHub says, and few statements for any number of rows.

use std::{collections::HashMap, time::Duration};

use devkit::standins::{Behaviour, Mode};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use crate::harness::{
    Browser, Page, Study, TestApp, a,
    counting::{can_count, quiet, sent_during},
};

const INDEX: &str = "/staff/dashboards/";
const COPILOTING: &str = "/staff/dashboards/copiloting/";
const PROJECTS: &str = "/staff/dashboards/project/";
const PRIVATE: &str = "/staff/dashboards/repos/";
const SHARED: &str = "/staff/dashboards/repos-with-multiple-projects/";
const ALL: [&str; 4] = [COPILOTING, PROJECTS, PRIVATE, SHARED];
const YEAR: i64 = 400 * 24 * 60;

struct Scene {
    app: TestApp,
    study: Study,
    browser: Browser,
    grace: i32,
}

async fn scene() -> Scene {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let grace = a::user("grace").named("Grace Hopper").staff().insert(&app.db).await;
    Scene { browser: app.browser_of(grace).await, app, study, grace }
}

impl Scene {
    async fn job(&self, minutes_ago: i64) {
        let request = self.study.job_request().insert(&self.app.db).await;
        a::job(request, "run", "succeeded").minutes_ago(minutes_ago).insert(&self.app.db).await;
    }

    async fn get(&self, path: &str) -> Page {
        self.browser.get(path).await.expect(200)
    }
}

/// The cells of the row of the data table that has this text, by the label of each.
fn row(page: &Page, text: &str) -> HashMap<String, String> {
    let table = page.body.split_once("id=\"customTable\"").expect("a data table").1;
    let body = table.split("</table>").next().unwrap_or_default();
    let rows = body.split("<tr>").skip(2);
    let found = rows.map(cells).find(|cells| cells.values().any(|cell| cell.contains(text)));
    found.unwrap_or_else(|| panic!("no row has {text}: {}", page.text()))
}

fn cells(row: &str) -> HashMap<String, String> {
    let cell = |cell: &str| {
        let (label, rest) = cell.split_once('"')?;
        let html = rest.split_once('>')?.1.split("</td>").next()?;
        let mut text = String::new();
        for piece in html.split('<') {
            text.push(' ');
            text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
        }
        Some((label.to_owned(), text.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    row.split("data-label=\"").skip(1).filter_map(cell).collect()
}

fn day(minutes_ago: i64) -> String {
    (Timestamp::now() - minutes_ago.minutes()).strftime("%d %b %Y").to_string()
}

#[tokio::test]
async fn the_index_leads_to_each_dashboard() {
    let scene = scene().await;
    let page = scene.get(INDEX).await;
    assert_eq!(page.title(), "Dashboards: Staff Area | OpenSAFELY Jobs");
    for path in ALL {
        assert!(page.links_to(path), "{path}");
    }
    let titles = ["Copiloting", "Projects", "OpenSAFELY Private Repos", "Repos with multiple projects"];
    for (path, title) in ALL.into_iter().zip(titles) {
        assert_eq!(scene.get(path).await.title(), format!("{title}: Staff Area | OpenSAFELY Jobs"));
    }
}

#[tokio::test]
async fn weakness_22_dashboards_keep_the_content_security_policy() {
    let scene = scene().await;
    for path in ALL {
        let page = scene.get(path).await;
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("style-src 'self'") && !policy.contains("unsafe-inline"), "{path}: {policy}");
        page.lacks(" style=\"");
    }
}

#[tokio::test]
async fn weakness_08_the_copiloting_dashboard_names_organisations() {
    let scene = scene().await;
    let Scene { app, study, .. } = &scene;
    let zoo = a::org(&app.db, "Zoo & <Sons>").await;
    app.db
        .execute(
            "INSERT INTO jobserver_projectcollaboration (org_id, project_id, is_lead, created_at, created_by_id,
                                                         updated_at, updated_by_id)
             VALUES ($1, $2, false, now(), $3, now(), $3)",
            &[&zoo, &study.project, &study.ada],
        )
        .await;
    app.db
        .execute(
            "UPDATE jobserver_project
             SET number = '7', copilot_id = $2, copilot_support_ends_at = now() + interval '20 days'
             WHERE id = $1",
            &[&study.project, &scene.grace],
        )
        .await;
    scene.job(YEAR).await;
    scene.job(2).await;
    let page = scene.get(COPILOTING).await;
    let row = row(&page, "Asthma reviews");
    assert_eq!(row["Project"], "Asthma reviews (7)");
    assert_eq!(row["Organisation"], "2 organisations Bennett Zoo &amp; &lt;Sons&gt;");
    assert_eq!(row["Co-pilot"], "Grace Hopper (grace)");
    assert_eq!((row["Project status"].as_str(), row["Repo status"].as_str()), ("Ongoing", "Private"));
    assert_eq!((row["Workspaces"].as_str(), row["Job requests run"].as_str()), ("1", "2"));
    assert_eq!(row["First run job"], day(YEAR + 15));
    assert_eq!(row["Last run job"], day(12));
    assert_eq!(row["Files released"], "0");
    let windows = page.section("windows");
    assert!(windows.contains("Asthma reviews (7)") && windows.contains("Grace Hopper"), "{windows}");
    page.contains("class=\"timeline\"");
}

#[tokio::test]
async fn organisations_without_co_pilots_are_left_out() {
    let scene = scene().await;
    a::project(&scene.app.db, "zebra", "Zebras", scene.study.ada).await;
    scene
        .app
        .db
        .execute(
            "INSERT INTO jobserver_org (id, name, slug, description, logo, github_orgs, created_at)
             VALUES (9, 'Own', 'own', '', '', '{}', now())",
            &[],
        )
        .await;
    scene.app.db.execute("UPDATE jobserver_projectcollaboration SET org_id = 9", &[]).await;
    scene.get(COPILOTING).await.hides("Asthma reviews").shows("Zebras");
    scene.get(PROJECTS).await.shows("Asthma reviews").shows("Zebras");
}

#[tokio::test]
async fn weakness_09_addresses_are_compared_as_github_does() {
    let scene = scene().await;
    for (url, is_private) in [
        ("https://github.com/OpenSAFELY/Asthma", true),
        ("https://github.com/opensafely/asthma.git", false),
        ("https://github.com/opensafely/asthma/", true),
    ] {
        let scene = match url.ends_with("Asthma") {
            true => &scene,
            false => &self::scene().await,
        };
        scene.app.db.execute("UPDATE jobserver_repo SET url = $1", &[&url]).await;
        scene.app.repositories.edit(Study::REPO, |repository| repository.is_private = is_private).unwrap();
        let expected = if is_private { "Private" } else { "Public" };
        assert_eq!(row(&scene.get(COPILOTING).await, "Asthma reviews")["Repo status"], expected, "{url}");
    }
}

#[tokio::test]
async fn weakness_09_one_unknown_repository_is_one_unknown_pill() {
    let scene = scene().await;
    let Scene { app, study, .. } = &scene;
    let gone = a::repo(&app.db, "gone").await;
    a::workspace(&app.db, "gone-main", study.project, gone, study.ada).await;
    let odd: i32 = app
        .db
        .value(
            "INSERT INTO jobserver_repo (url, has_github_outputs) VALUES ('é <odd>', false) RETURNING id",
            &[],
        )
        .await;
    a::workspace(&app.db, "odd-main", study.project, odd, study.ada).await;
    let page = scene.get(COPILOTING).await;
    let repos = row(&page, "Asthma reviews")["Repo status"].clone();
    assert!(repos.starts_with("3 repositories"), "{repos}");
    assert!(repos.contains("asthma Private") && repos.contains("gone Unknown"), "{repos}");
    assert!(repos.contains("é &lt;odd&gt; Unknown"), "{repos}");
    page.hides("GitHub does not say");
}

#[tokio::test]
async fn weakness_09_dashboards_are_shown_whatever_github_does() {
    for behaviour in [
        Behaviour::fail(500),
        Behaviour::fail(404),
        Behaviour::of(Mode::Rubbish),
        Behaviour::of(Mode::Half),
        Behaviour::of(Mode::Hang),
    ] {
        let scene = scene().await;
        scene.job(YEAR).await;
        scene.app.github.control.set(behaviour.clone());
        let begun = std::time::Instant::now();
        let page = scene.get(COPILOTING).await;
        assert!(begun.elapsed() < Duration::from_secs(8), "{behaviour:?}: {:?}", begun.elapsed());
        page.shows("GitHub does not say what repositories opensafely has");
        assert_eq!(row(&page, "Asthma reviews")["Repo status"], "Unknown", "{behaviour:?}");
        scene.get(PRIVATE).await.shows("GitHub does not say").shows("No private repos known");
        for path in [PROJECTS, SHARED] {
            scene.get(path).await.hides("GitHub does not say");
        }
        assert_eq!(scene.app.github.control.count("/graphql"), 1, "{behaviour:?}: asked once, for both");
    }
}

#[tokio::test]
async fn weakness_09_lies_of_github_break_no_dashboard() {
    let list = |nodes: serde_json::Value, next: bool| {
        let info = json!({"endCursor": null, "hasNextPage": next});
        json!({"data": {"organization": {"repositories": {"nodes": nodes, "pageInfo": info}}}})
    };
    for lie in [
        json!({}),
        json!({"data": null, "errors": [{"message": "<script>alert(1)</script>"}]}),
        json!({"data": {"organization": {"repositories": "many"}}}),
        list(json!([null, 7, {"name": "asthma"}]), false),
        list(json!([]), true),
    ] {
        let scene = scene().await;
        scene.app.github.answer_graphql_with(Some(lie.clone()));
        let page = scene.get(COPILOTING).await;
        assert_eq!(row(&page, "Asthma reviews")["Repo status"], "Unknown", "{lie}");
        page.lacks("<script>alert");
        scene.get(PRIVATE).await;
    }
}

#[tokio::test]
async fn weakness_08_private_repositories_have_a_contact() {
    let scene = scene().await;
    let Scene { app, study, .. } = &scene;
    let bela = a::user("bela").named("Bela B").insert(&app.db).await;
    let repo: i32 = app.db.value("SELECT id FROM jobserver_repo", &[]).await;
    a::workspace(&app.db, "AAA-first", study.project, repo, bela).await;
    app.db.execute("UPDATE jobserver_repo SET url = 'https://github.com/OpenSAFELY/Asthma.git/'", &[]).await;
    app.db
        .execute(
            "UPDATE jobserver_workspace SET signed_off_at = now(), signed_off_by_id = $1 WHERE id = $2",
            &[&study.ada, &study.workspace],
        )
        .await;
    app.repositories
        .edit(Study::REPO, |repository| repository.topics = vec!["github-releases".to_owned()])
        .unwrap();
    scene.job(YEAR).await;
    let page = scene.get(PRIVATE).await;
    let row = row(&page, "asthma");
    assert_eq!(row["Repo"], "asthma");
    assert_eq!(row["Projects"], "Asthma reviews");
    assert_eq!(row["Workspaces"], "2 workspaces AAA-first asthma-main");
    assert_eq!(row["Contact"], "Bela B (bela)");
    assert_eq!((row["Files released to GitHub"].as_str(), row["Sign-offs"].as_str()), ("Yes", "1/2"));
    assert_eq!(row["Job first run"], day(YEAR + 15));
    assert!(page.links_to("/staff/users/bela/"));
    let address = "/staff/repos/https%253A%252F%252Fgithub.com%252FOpenSAFELY%252FAsthma.git%252F/";
    assert!(page.links_to(address), "{}", page.body);
    scene.browser.get(address).await.expect(200);
}

#[tokio::test]
async fn private_repositories_that_are_young_unused_public_or_no_research_are_left_out() {
    for (minutes_ago, topic, is_private) in
        [(60, "", true), (0, "", true), (YEAR, "non-research", true), (YEAR, "", false)]
    {
        let scene = scene().await;
        if minutes_ago > 0 {
            scene.job(minutes_ago).await;
        }
        let edit = |repository: &mut devkit::standins::repositories::Repository| {
            repository.is_private = is_private;
            repository.topics = vec![topic.to_owned()];
        };
        scene.app.repositories.edit(Study::REPO, edit).unwrap();
        scene.get(PRIVATE).await.shows("No private repos found");
    }
    let scene = scene().await;
    scene.job(YEAR).await;
    scene.app.db.execute("UPDATE jobserver_project SET slug = 'opensafely-testing'", &[]).await;
    scene.get(PRIVATE).await.shows("No private repos found");
}

#[tokio::test]
async fn weakness_08_the_projects_dashboard_has_no_empty_links() {
    let scene = scene().await;
    a::project(&scene.app.db, "lonely", "Lonely", scene.study.ada).await;
    scene.job(2).await;
    let page = scene.get(PROJECTS).await;
    let lonely = row(&page, "Lonely");
    assert_eq!((lonely["Organisation(s)"].as_str(), lonely["Co-pilot"].as_str()), ("", "Unknown"));
    assert_eq!((lonely["Job first run"].as_str(), lonely["Jobs lately"].as_str()), ("", "0"));
    let asthma = row(&page, "Asthma reviews");
    assert_eq!((asthma["Organisation(s)"].as_str(), asthma["Jobs lately"].as_str()), ("Bennett", "1"));
    page.contains("at most 1 jobs in a week, 1 in the last");
    assert!(page.tags("a").iter().all(|link| link.get("href").is_some_and(|href| !href.is_empty())));
    let table = page.body.split_once("id=\"customTable\"").expect("a data table").1;
    assert!(!table.contains("></a>"), "{table}");
}

#[tokio::test]
async fn repositories_of_several_projects_are_listed() {
    let scene = scene().await;
    scene.get(SHARED).await.shows("No such repos found");
    let scene = self::scene().await;
    let other = a::project(&scene.app.db, "zebra", "Zebras", scene.study.ada).await;
    let repo = a::repo(&scene.app.db, "asthma").await;
    a::workspace(&scene.app.db, "zebra-main", other, repo, scene.study.ada).await;
    let page = scene.get(SHARED).await;
    let row = row(&page, "asthma");
    assert_eq!(row["Projects"], "2 projects Asthma reviews Zebras");
    assert_eq!(row["Workspaces"], "2 workspaces asthma-main zebra-main");
    assert_eq!(row["Files released to GitHub"], "No");
}

#[tokio::test]
async fn weakness_30_a_dashboard_takes_few_statements_for_any_number_of_rows() {
    let mut scene = scene().await;
    if !can_count(&scene.app.db).await {
        return;
    }
    for number in 0..40 {
        let project =
            a::project(&scene.app.db, &format!("p{number}"), &format!("Project {number}"), scene.study.ada)
                .await;
        let repo = a::repo(&scene.app.db, &format!("r{}", number / 2)).await;
        a::workspace(&scene.app.db, &format!("w{number}"), project, repo, scene.study.ada).await;
    }
    scene.job(YEAR).await;
    for path in ALL {
        scene.app.forget().await;
        quiet(&scene.app.db).await;
        let sent = sent_during(&scene.app.db, async || drop(scene.get(path).await)).await;
        assert!(sent <= 12, "{path}: {sent} statements");
    }
}
