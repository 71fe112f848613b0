//! Making a workspace of a repository and a branch.

use devkit::standins::{Behaviour, Mode, repositories::Push};
use jiff::Timestamp;

use crate::harness::{Browser, Page, Study, a};

const ADDRESS: &str = "/asthma/new-workspace/";
const REPO: &str = "https://github.com/opensafely/asthma";

async fn submit(browser: &Browser, name: &str, repo: &str, branch: &str) -> Page {
    let fields = [("name", name), ("purpose", "To learn"), ("repo", repo), ("branch", branch)];
    browser.post_form(ADDRESS, &fields).await
}

/// The values that a select offers.
fn options(page: &Page) -> Vec<String> {
    let mut values = page.attributes("option", "value");
    values.retain(|value| !value.is_empty());
    values
}

#[tokio::test]
async fn repositories_of_ones_organisation_are_offered() {
    let (app, study, browser) = Study::of_researcher().await;
    study.push(&app, "feature/x", &[("a.txt", Some("a"))]);
    app.repositories.create("opensafely/Alpha", Timestamp::now()).unwrap();
    app.repositories.create("elsewhere/secret", Timestamp::now()).unwrap();
    app.repositories.create("opensafely/tool", Timestamp::now()).unwrap();
    app.repositories.edit("opensafely/tool", |repo| repo.topics.push("non-research".to_owned())).unwrap();
    let page = browser.get(ADDRESS).await.expect(200);
    assert_eq!(page.title(), "Create a workspace: Asthma reviews | OpenSAFELY Jobs");
    assert_eq!(options(&page), ["https://github.com/opensafely/Alpha", REPO]);
}

#[tokio::test]
async fn a_workspace_is_made_and_shown() {
    let (app, study, browser) = Study::of_researcher().await;
    study.push(&app, "feature/x", &[("a.txt", Some("a"))]);
    submit(&browser, " New_Work-1 ", REPO, "feature/x").await.expect_redirect(302, "/asthma/new_work-1/");
    browser.get("/asthma/new_work-1/").await.expect(200).shows("To learn").shows("feature/x");
    let row = &app
        .db
        .rows(
            "SELECT branch, purpose, is_archived, should_notify, created_by_id, updated_by_id, project_id
             FROM jobserver_workspace WHERE name = 'new_work-1'",
            &[],
        )
        .await[0];
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("feature/x", "To learn"));
    assert_eq!((row.get::<_, bool>(2), row.get::<_, bool>(3)), (false, false));
    assert_eq!((row.get::<_, i32>(4), row.get::<_, i32>(5)), (study.ada, study.ada));
    assert_eq!(row.get::<_, i32>(6), study.project);
    assert_eq!(app.db.count("jobserver_repo").await, 1, "the known repository is used");
}

#[tokio::test]
async fn a_repository_that_is_new_here_gets_its_row() {
    let (app, _study, browser) = Study::of_researcher().await;
    app.repositories.create("opensafely/fresh", Timestamp::now()).unwrap();
    let push = Push {
        branch: "main".to_owned(),
        message: "start".to_owned(),
        author: "ada".to_owned(),
        at: Timestamp::now(),
        changes: Vec::new(),
    };
    app.repositories.push("opensafely/fresh", push).unwrap();
    submit(&browser, "fresh", "https://github.com/opensafely/fresh", "main").await.expect(302);
    let urls: Vec<String> = app.db.values("SELECT url FROM jobserver_repo ORDER BY id", &[]).await;
    assert_eq!(urls, [REPO, "https://github.com/opensafely/fresh"]);
}

#[tokio::test]
async fn what_cannot_be_made_is_explained_with_everything_kept() {
    let (app, _study, browser) = Study::of_researcher().await;
    for (name, repo, branch, reason) in [
        ("", REPO, "main", "Enter a name"),
        ("a b", REPO, "main", "letters, numbers, underscores and hyphens"),
        ("ümlaut", REPO, "main", "letters, numbers, underscores and hyphens"),
        ("../up", REPO, "main", "letters, numbers, underscores and hyphens"),
        (&"x".repeat(256), REPO, "main", "255 characters"),
        ("asthma-main", REPO, "main", "exists already"),
        ("ASTHMA-Main", REPO, "main", "exists already"),
        ("logs", REPO, "main", "own addresses"),
        ("new", "", "main", "Choose a repository"),
        ("new", "https://github.com/evil/repo", "main", "not one of the available choices"),
        ("new", REPO, "", "Choose a branch"),
        ("new", REPO, "gone", "not one of the available choices"),
    ] {
        let page = submit(&browser, name, repo, branch).await.expect(200);
        page.shows(reason).shows("To learn");
        assert_eq!(page.field("name").trim(), name.trim());
    }
    let page =
        browser.post_form(ADDRESS, &[("name", "new"), ("repo", REPO), ("branch", "main")]).await.expect(200);
    page.shows("Say what the workspace is for");
    assert_eq!(app.db.count("jobserver_workspace").await, 1);
}

#[tokio::test]
async fn a_name_taken_in_another_project_is_taken() {
    let (app, study, browser) = Study::of_researcher().await;
    let other = a::project(&app.db, "other", "Other", study.ada).await;
    let repo = a::repo(&app.db, "asthma").await;
    a::workspace(&app.db, "taken", other, repo, study.ada).await;
    submit(&browser, "taken", REPO, "main").await.expect(200).shows("“taken” exists already");
}

#[tokio::test]
async fn two_who_want_the_same_name_at_once_do_not_both_get_it() {
    let (app, _study, browser) = Study::of_researcher().await;
    browser.csrf_token().await;
    let (one, two) =
        tokio::join!(submit(&browser, "same", REPO, "main"), submit(&browser, "same", REPO, "main"));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 302]);
    assert_eq!(app.db.count("jobserver_workspace").await, 2);
}

#[tokio::test]
async fn who_belongs_to_no_organisation_is_told_whom_to_ask() {
    let (app, _study, browser) = Study::of_researcher().await;
    app.db.execute("DELETE FROM jobserver_orgmembership", &[]).await;
    browser.get(ADDRESS).await.expect(200).shows("You do not belong to an organisation yet");
    submit(&browser, "new", REPO, "main").await.expect(200).shows("You do not belong to an organisation yet");
}

#[tokio::test]
async fn github_in_trouble_loses_nothing_that_was_typed() {
    for behaviour in [Behaviour::fail(503), Behaviour::of(Mode::Rubbish), Behaviour::of(Mode::Half)] {
        let (app, _study, browser) = Study::of_researcher().await;
        app.github.control.set(behaviour.clone());
        browser.get(ADDRESS).await.expect(200).shows("Repositories cannot be listed at the moment");
        let page = submit(&browser, "kept-name", REPO, "main").await.expect(200);
        page.shows("Repositories cannot be listed at the moment").shows("To learn");
        assert_eq!(page.field("name"), "kept-name");
        assert!(options(&page).contains(&REPO.to_owned()), "{behaviour:?}");
        assert_eq!(app.db.count("jobserver_workspace").await, 1);
    }
}

#[tokio::test]
async fn without_script_a_button_shows_the_branches() {
    let (app, study, browser) = Study::of_researcher().await;
    study.push(&app, "dev", &[("a.txt", Some("a"))]);
    let page = browser
        .post_form(ADDRESS, &[("repo", REPO), ("show_branches", "1"), ("name", "kept")])
        .await
        .expect(200);
    assert!(options(&page).contains(&"dev".to_owned()), "{:?}", options(&page));
    assert_eq!(page.field("name"), "kept");
    page.hides("Say what the workspace is for");
}
