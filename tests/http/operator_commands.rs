//! People, backends, workspaces and jobs at the shell, as operators and other people's scripts make them: what is printed,
//! how it ends, and what is in the database.

use std::time::Duration;

use devkit::standins::{Behaviour, rap::Code};
use serde_json::Value;

use crate::harness::{Study, TestApp, a, eventually};

async fn roles_of(app: &TestApp, username: &str) -> Vec<String> {
    let roles: Vec<String> =
        app.db.value("SELECT roles FROM jobserver_user WHERE username = $1", &[&username]).await;
    roles.iter().map(|role| role.trim_start_matches("jobserver.authorization.roles.").to_owned()).collect()
}

#[tokio::test]
async fn a_user_is_made_once_and_only_gains_roles() {
    let app = TestApp::start().await;
    assert_eq!(
        app.run(&["create_user", "octo-checker", "--output-checker", "--staff-area-administrator"]).done(),
        [
            "User octo-checker created",
            "Added OutputChecker global role to user octo-checker",
            "Added StaffAreaAdministrator global role to user octo-checker",
        ]
    );
    assert_eq!(
        app.run(&["create_user", "-s", "--email", "other@example.org", "octo-checker", "--role=TechSupport"])
            .done(),
        [
            "User octo-checker updated",
            "User octo-checker already has role StaffAreaAdministrator",
            "Added TechSupport global role to user octo-checker",
        ]
    );
    assert_eq!(
        roles_of(&app, "octo-checker").await,
        ["OutputChecker", "StaffAreaAdministrator", "TechSupport"]
    );
    let row = &app.db.rows("SELECT email, fullname, password FROM jobserver_user", &[]).await[0];
    let facts: (&str, &str, &str) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(facts, ("octo-checker@example.com", "octo-checker", ""));
    app.run(&["create_user", "second", "--email", "octo-checker@example.com"])
        .failed("Another user has the e-mail address octo-checker@example.com.");
    assert_eq!(app.db.count("jobserver_user").await, 1);
}

#[tokio::test]
async fn wrong_usage_ends_with_two_and_prints_nothing_to_read() {
    let app = TestApp::start().await;
    for arguments in [
        &["create_user"][..],
        &["create_user", "ada", "--role", "Emperor"],
        &["create_user", "ada", "--role", "ProjectDeveloper"],
        &["create_backend", "tpp", "--loud"],
        &["create_rap", "ws", "ada", "tpp"],
        &["cancel_jobs", "abc"],
        &["rap_status"],
        &["unpublish_snapshot", "one", "ada"],
        &["remove_files_from_publish_request", "one", "a.csv"],
        &["publish_files", "ada", "ws"],
        &["release"],
    ] {
        app.run(arguments).misused();
    }
}

#[tokio::test]
async fn options_of_manage_py_are_taken_and_have_no_effect() {
    let app = TestApp::start().await;
    for option in ["--traceback", "--no-color", "--skip-checks", "--force-color", "--verbosity=0"] {
        assert_eq!(app.run(&["create_backend", "tpp", option, "--quiet"]).done().len(), 1, "{option}");
    }
    assert_eq!(app.run(&["create_backend", "-v", "3", "tpp", "--quiet"]).done().len(), 1);
    assert!(!app.run(&["create_backend", "--version"]).done().is_empty());
}

#[tokio::test]
async fn a_backend_keeps_its_token_and_its_members() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let quiet = app.run(&["create_backend", "airlock-test", "--user", "ada", "--quiet"]).done();
    let [token] = quiet.as_slice() else { panic!("only the token is expected: {quiet:?}") };
    assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    assert_eq!(
        app.run(&["create_backend", "airlock-test", "--user", "ada"]).done(),
        ["Updated backend airlock-test", token]
    );
    assert_eq!(
        app.run(&["create_backend", "airlock-test", "--name", "Airlock Test"]).done(),
        ["Updated backend Airlock Test", token]
    );
    let new = app.run(&["create_backend", "tpp", "--name=TPP", "--user=ada"]).done();
    assert_eq!(new[..2], ["Created backend TPP", "User ada added to backend"]);
    assert_ne!(&new[2], token);
    app.run(&["create_backend", "emis", "--user", "nobody"])
        .failed("CommandError: User 'nobody' does not exist");
    let rows = app
        .db
        .rows(
            "SELECT slug::text, name, is_active, alert_timeout = interval '5 minutes',
                    (SELECT array_agg(user_id) FROM jobserver_backendmembership WHERE backend_id = backend.id)
             FROM jobserver_backend AS backend
             ORDER BY slug",
            &[],
        )
        .await;
    let facts: Vec<(String, String, bool, bool, Vec<i32>)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4))).collect();
    assert_eq!(
        facts,
        [
            ("airlock-test".to_owned(), "Airlock Test".to_owned(), false, true, vec![ada]),
            ("tpp".to_owned(), "TPP".to_owned(), false, true, vec![ada]),
        ]
    );
}

#[tokio::test]
async fn a_workspace_is_made_with_what_it_stands_on() {
    let app = TestApp::start().await;
    app.run(&["create_workspace", "trial", "octo"])
        .failed("CommandError: Cannot find user octo. Maybe you need to run create_user first?");
    let octo = a::user("octo").insert(&app.db).await;
    assert_eq!(
        app.run(&["create_workspace", "trial", "octo"]).done(),
        [
            "Created project trial",
            "Created workspace trial",
            "Added octo to workspace trial as ProjectDeveloper and ProjectCollaborator",
        ]
    );
    assert_eq!(
        app.run(&["create_workspace", "trial", "octo"]).done(),
        ["Updated project trial", "Updated workspace trial"]
    );
    let row = &app
        .db
        .rows(
            "SELECT project.name, repo.url, workspace.branch, workspace.uses_new_release_flow, membership.roles
             FROM jobserver_workspace AS workspace
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id
             JOIN jobserver_projectmembership AS membership ON membership.project_id = project.id",
            &[],
        )
        .await[0];
    let facts: (&str, &str, &str, bool) = (row.get(0), row.get(1), row.get(2), row.get(3));
    assert_eq!(facts, ("trial", "/org/trial", "main", true));
    assert_eq!(row.get::<_, Vec<String>>(4).len(), 2);
    let events: Vec<String> =
        app.db.values("SELECT type FROM jobserver_auditableevent ORDER BY id", &[]).await;
    assert_eq!(events, ["project_member_added", "project_member_updated_roles"]);
    let by: Vec<i32> = app.db.values("SELECT created_by_id FROM jobserver_workspace", &[]).await;
    assert_eq!(by, [octo]);
}

#[tokio::test]
async fn a_workspace_that_is_there_keeps_its_project_its_branch_and_its_maker() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    a::user("octo").insert(&app.db).await;
    assert_eq!(
        app.run(&["create_workspace", "asthma-main", "octo"]).done(),
        [
            "Updated project asthma",
            "Updated workspace asthma-main",
            "Added octo to workspace asthma-main as ProjectDeveloper and ProjectCollaborator",
        ]
    );
    app.run(&[
        "create_workspace",
        "asthma-main",
        "octo",
        "--branch",
        "dev",
        "--repo",
        "https://github.com/a/b",
    ])
    .done();
    let row = &app
        .db
        .rows(
            "SELECT project.name, workspace.branch, workspace.created_by_id, repo.url
             FROM jobserver_workspace AS workspace
             JOIN jobserver_project AS project ON project.id = workspace.project_id
             JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id",
            &[],
        )
        .await[0];
    let facts: (&str, &str, i32, &str) = (row.get(0), row.get(1), row.get(2), row.get(3));
    assert_eq!(facts, ("Asthma reviews", "dev", study.ada, "https://github.com/a/b"));
    let refused = app.run(&["create_workspace", "no spaces", "octo"]);
    assert_eq!((refused.code, refused.lines.len()), (Some(1), 0), "{refused:?}");
}

#[tokio::test]
async fn bots_get_tokens_that_are_replaced_on_demand() {
    let app = TestApp::start().await;
    let token_of = |lines: Vec<String>, username: &str| {
        let [line] = lines.as_slice() else { panic!("one line is expected: {lines:?}") };
        line.strip_prefix(&format!("New token: {username}:")).expect("the token").to_owned()
    };
    let first = token_of(app.run(&["create_bot", "my-bot"]).done(), "my-bot");
    let (secret, day) = first.split_at(64);
    assert!(secret.bytes().all(|byte| byte.is_ascii_hexdigit()) && day.len() == 11, "{first}");
    token_of(app.run(&["create_bot", "other-bot"]).done(), "other-bot");
    app.run(&["create_bot", "my-bot"]).failed("User 'my-bot' already exists");
    let stored = "SELECT pat_token FROM jobserver_user WHERE username = 'my-bot'";
    let before: String = app.db.value(stored, &[]).await;
    let second = token_of(app.run(&["create_bot", "--rotate", "my-bot"]).done(), "my-bot");
    let after: String = app.db.value(stored, &[]).await;
    assert_ne!((&first, &before), (&second, &after));
    assert!(after.starts_with("argon2$argon2id$") && !after.contains(&second), "{after}");
    let person = a::user("ada").insert(&app.db).await;
    a::github_link(&app.db, person, 7).await;
    app.run(&["create_bot", "--rotate", "ada"]).failed("There is no bot 'ada'");
    let name: String =
        app.db.value("SELECT fullname FROM jobserver_user WHERE username = 'my-bot'", &[]).await;
    assert_eq!(name, "My Bot");
}

#[tokio::test]
async fn jobs_are_requested_followed_and_cancelled_at_the_shell() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let lines = app
        .run(&[
            "create_rap",
            "asthma-main",
            "ada",
            "test",
            "--actions",
            "make_table",
            "draw_plot",
            "--force-run-dependencies",
        ])
        .done();
    let row = &app
        .db
        .rows(
            "SELECT id, identifier, sha, requested_actions, force_run_dependencies FROM jobserver_jobrequest",
            &[],
        )
        .await[0];
    let (id, rap_id): (i32, &str) = (row.get(0), row.get(1));
    assert_eq!(lines, [format!("{}/asthma/asthma-main/{id}/", app.url), "pending".to_owned()]);
    assert_eq!((row.get::<_, &str>(2), row.get::<_, bool>(4)), (study.sha.as_str(), true));
    assert_eq!(row.get::<_, Vec<String>>(3), ["make_table", "draw_plot"]);

    let no_output: [&str; 0] = [];
    assert_eq!(app.run(&["rap_status", rap_id]).done(), no_output);
    assert!(app.db.count("jobserver_job").await >= 2);
    let cancelled = app.run(&["cancel_jobs", rap_id, "draw_plot"]).done();
    let answer: Value = serde_json::from_str(&cancelled[0]).expect("JSON");
    assert_eq!(answer["count"], 1, "{answer}");
    let untouched: Value = app.db.value("SELECT cancelled_actions FROM jobserver_jobrequest", &[]).await;
    assert_eq!(untouched, serde_json::json!([]));
    assert_eq!(app.run(&["cancel_jobs", rap_id, "no_such_action"]).code, Some(1));

    app.rap.will_end("make_table", Code::Succeeded);
    app.rap.run_to_end();
    app.run(&["rap_status", rap_id, "aaaaaaaaaaaaaaaa"]).done();
    let status: Vec<String> =
        app.db.values("SELECT status FROM jobserver_job WHERE action = 'make_table'", &[]).await;
    assert_eq!(status, ["succeeded"]);
}

#[tokio::test]
async fn what_stands_in_the_way_of_jobs_is_one_line_and_status_one() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    let rap = |workspace, user, backend| ["create_rap", workspace, user, backend, "-a", "run_all"];
    app.run(&rap("nowhere", "ada", "test")).failed("CommandError: Workspace 'nowhere' does not exist");
    app.run(&rap("asthma-main", "nobody", "test")).failed("CommandError: User 'nobody' does not exist");
    app.run(&rap("asthma-main", "ada", "moon")).failed("CommandError: Backend 'moon' does not exist");
    let lost = app.run(&[&rap("asthma-main", "ada", "test")[..], &["--commit", "feature/lost"]].concat());
    assert_eq!((lost.code, lost.lines.len()), (Some(1), 0), "{lost:?}");
    assert_eq!(app.db.count("jobserver_jobrequest").await, 0);

    let refused = app.run(&["create_rap", "asthma-main", "ada", "test", "-a", "no_such_action"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.lines.last().is_some_and(|line| line.starts_with("failed: ")), "{refused:?}");

    app.rap.control.set(Behaviour::fail(502));
    for arguments in [&["rap_status", "aaaaaaaaaaaaaaaa"][..], &["cancel_jobs", "aaaaaaaaaaaaaaaa", "x"]] {
        let said = app.run(arguments);
        assert_eq!((said.code, said.lines.len()), (Some(1), 0), "{said:?}");
        assert!(said.errors.contains("502"), "{said:?}");
    }
}

#[tokio::test]
async fn the_status_service_has_its_old_name_too() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    app.run(&["create_rap", "asthma-main", "ada", "test", "-a", "make_table"]).done();
    let mut service = app.spawn(&["rap_status_service"], &[]);
    eventually("the jobs are known", Duration::from_secs(20), async || {
        app.db.count("jobserver_job").await > 0
    })
    .await;
    assert_eq!(service.stop().code(), Some(0));
}
