//! What operators ask of a running site at the shell: reports, comparisons, and taking back a project made by mistake.

use devkit::scratch::Folder;
use serde_json::Value;

use crate::harness::{Study, TestApp, a};

#[tokio::test]
async fn a_project_made_by_mistake_is_deleted_with_its_organisations_and_a_record() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let org = a::org(&app.db, "Oxford").await;
    let project = a::project(&app.db, "mistake", "A mistake, with \"quotes\"", study.ada).await;
    a::lead(&app.db, project, org, study.ada).await;
    assert_eq!(
        app.run(&["delete_project", "A mistake, with \"quotes\""]).done(),
        ["Project A mistake, with \"quotes\" deleted"]
    );
    let gone: i64 = app.db.value("SELECT count(*) FROM jobserver_project WHERE id = $1", &[&project]).await;
    assert_eq!(gone, 0);
    let by: String = app
        .db
        .value(
            "SELECT created_by FROM staff_event WHERE type = 'project_deleted' AND project_id = $1",
            &[&project],
        )
        .await;
    assert_eq!(by, "command:delete_project");
    app.run(&["delete_project", "a mistake"]).failed("Project does not exist");
    app.run(&["delete_project", "Asthma reviews"])
        .failed("Unable to delete a project with workspaces or members");
}

#[tokio::test]
async fn projects_are_reported_as_csv_in_the_order_of_their_numbers() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let request = study.job_request().insert(&app.db).await;
    a::job(request, "make_table", "succeeded").minutes_ago(5).insert(&app.db).await;
    let other = a::project(&app.db, "other", "Other, with a comma", study.ada).await;
    app.db.execute("UPDATE jobserver_project SET number = 'POS-2025-2003' WHERE id = $1", &[&other]).await;
    let all = app.run(&["get_all_projects", "--output", "-"]).done();
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(all[0], "number,name,latest_job_started_at,org,url");
    assert_eq!(
        all[1],
        "POS-2025-2003,\"Other, with a comma\",,,https://www.opensafely.org/approved-projects#project-POS-2025-2003"
    );
    assert!(
        all[2].starts_with(",Asthma reviews,20") && all[2].ends_with("/staff/projects/asthma/"),
        "{all:?}"
    );
    assert!(all[2].contains("+00:00,Bennett,"), "{all:?}");
    let transitional = app.run(&["get_transitional_projects", "--output", "-"]).done();
    assert_eq!(transitional.len(), 2, "{transitional:?}");
    assert_eq!(transitional[1], all[2]);
    app.db.execute("UPDATE jobserver_job SET started_at = now() - interval '182 days'", &[]).await;
    assert_eq!(app.run(&["get_transitional_projects", "--output", "-"]).done().len(), 1);
}

#[tokio::test]
async fn repositories_that_the_site_does_not_know_are_named() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    let folder = Folder::new().expect("a folder");
    let path = folder.path().join("approved.csv");
    let text = "1\n2\n3\n4\n\
                12,,,,,https://github.com/opensafely/ASTHMA/\n\
                13,,,,,\"Some words\nhttps://github.com/opensafely/unknown_100%\"\n\
                14,short\n";
    std::fs::write(&path, text).expect("a file");
    let said = app.run(&["list_missing_repos", &path.to_string_lossy()]);
    assert!(said.errors.contains("has only 2 columns and is skipped"), "{said:?}");
    assert_eq!(said.done(), ["13 https://github.com/opensafely/unknown_100%"]);
    let absent = folder.path().join("absent.csv");
    let said = app.run(&["list_missing_repos", &absent.to_string_lossy()]);
    assert_eq!((said.code, said.lines.len()), (Some(1), 0), "{said:?}");
    assert!(said.errors.contains("absent.csv"), "{said:?}");
}

#[tokio::test]
async fn the_rows_of_every_table_are_counted() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    let counts = app.run(&["count_rows"]).done();
    assert!(counts.contains(&format!("{:<33} | 1", "jobserver_workspace")), "{counts:?}");
    assert!(counts.len() > 30 && counts.is_sorted(), "{counts:?}");
}

#[tokio::test]
async fn co_pilots_are_told_once_a_week_whose_support_ends() {
    const JOB: &str = "notify_impending_copilot_support_windows";
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    assert!(app.run(&["runjob", JOB]).done().is_empty());
    assert_eq!(app.db.count("outbox_message").await, 0, "there is nothing to tell");
    for (slug, name, hours) in [
        ("soon", "Soon | <b>bold</b>", 150),
        ("sooner", "Sooner", 30),
        ("later", "Later", 175),
        ("past", "Past", -1),
    ] {
        let project = a::project(&app.db, slug, name, study.ada).await;
        app.db
            .execute(
                "UPDATE jobserver_project
                 SET copilot_support_ends_at = now() + make_interval(hours => $2)
                 WHERE id = $1",
                &[&project, &hours],
            )
            .await;
    }
    for _ in 0..2 {
        assert!(app.run(&["runjob", "jobserver", JOB]).done().is_empty());
    }
    let notes: Vec<Value> = app.db.values("SELECT payload FROM outbox_message", &[]).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0]["channel"], "co-pilot-support");
    let text = notes[0]["text"].as_str().unwrap_or_default();
    let projects: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(" (").next()).collect();
    let link = |slug: &str, name: &str| format!("• <{}/staff/projects/{slug}/|{name}>", app.url);
    assert_eq!(
        projects,
        [link("sooner", "Sooner"), link("soon", "Soon ¦ &lt;b&gt;bold&lt;/b&gt;")],
        "{text}"
    );
}

#[tokio::test]
async fn a_job_that_does_not_exist_is_said_and_no_failure() {
    let app = TestApp::start().await;
    let said = app.run(&["runjob", "clear_everything"]);
    assert!(said.errors.contains("There is no job clear_everything"), "{said:?}");
    assert!(said.done().is_empty());
}
