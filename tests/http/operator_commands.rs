//! What operators and other people's scripts do at the shell: what is printed, how it ends, and what is in the database.

use std::{collections::BTreeMap, process::Output};

use devkit::standins::{Behaviour, rap::Code};
use serde_json::Value;

use crate::harness::{Study, TestApp, a, eventually, released::Released, run_to_end};

/// What a command printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    code: Option<i32>,
    lines: Vec<String>,
    errors: String,
}

impl Said {
    fn new(output: &Output) -> Said {
        Said {
            code: output.status.code(),
            lines: String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    fn done(self) -> Vec<String> {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.lines
    }

    #[track_caller]
    fn failed(self, text: &str) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(self.lines.is_empty(), "{self:?}");
        let last = self.errors.lines().last().unwrap_or_default();
        assert_eq!(last, text, "{self:?}");
    }

    #[track_caller]
    fn misused(self) {
        assert_eq!(self.code, Some(2), "{self:?}");
        assert!(self.lines.is_empty() && !self.errors.is_empty(), "{self:?}");
    }
}

fn run(app: &TestApp, arguments: &[&str]) -> Said {
    Said::new(&run_to_end(arguments, &app.environment))
}

async fn roles_of(app: &TestApp, username: &str) -> Vec<String> {
    let roles: Vec<String> =
        app.db.value("SELECT roles FROM jobserver_user WHERE username = $1", &[&username]).await;
    roles.iter().map(|role| role.trim_start_matches("jobserver.authorization.roles.").to_owned()).collect()
}

#[tokio::test]
async fn a_user_is_made_once_and_only_gains_roles() {
    let app = TestApp::start().await;
    assert_eq!(
        run(&app, &["create_user", "octo-checker", "--output-checker", "--staff-area-administrator"]).done(),
        [
            "User octo-checker created",
            "Added OutputChecker global role to user octo-checker",
            "Added StaffAreaAdministrator global role to user octo-checker",
        ]
    );
    assert_eq!(
        run(
            &app,
            &["create_user", "-s", "--email", "other@example.org", "octo-checker", "--role=TechSupport"]
        )
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
    run(&app, &["create_user", "second", "--email", "octo-checker@example.com"])
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
        run(&app, arguments).misused();
    }
}

#[tokio::test]
async fn options_of_manage_py_are_taken_and_have_no_effect() {
    let app = TestApp::start().await;
    for option in ["--traceback", "--no-color", "--skip-checks", "--force-color", "--verbosity=0"] {
        assert_eq!(run(&app, &["create_backend", "tpp", option, "--quiet"]).done().len(), 1, "{option}");
    }
    assert_eq!(run(&app, &["create_backend", "-v", "3", "tpp", "--quiet"]).done().len(), 1);
    assert!(!run(&app, &["create_backend", "--version"]).done().is_empty());
}

#[tokio::test]
async fn a_backend_keeps_its_token_and_its_members() {
    let app = TestApp::start().await;
    let ada = a::user("ada").insert(&app.db).await;
    let quiet = run(&app, &["create_backend", "airlock-test", "--user", "ada", "--quiet"]).done();
    let [token] = quiet.as_slice() else { panic!("only the token is expected: {quiet:?}") };
    assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    assert_eq!(
        run(&app, &["create_backend", "airlock-test", "--user", "ada"]).done(),
        ["Updated backend airlock-test", token]
    );
    assert_eq!(
        run(&app, &["create_backend", "airlock-test", "--name", "Airlock Test"]).done(),
        ["Updated backend Airlock Test", token]
    );
    let new = run(&app, &["create_backend", "tpp", "--name=TPP", "--user=ada"]).done();
    assert_eq!(new[..2], ["Created backend TPP", "User ada added to backend"]);
    assert_ne!(&new[2], token);
    run(&app, &["create_backend", "emis", "--user", "nobody"])
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
    run(&app, &["create_workspace", "trial", "octo"])
        .failed("CommandError: Cannot find user octo. Maybe you need to run create_user first?");
    let octo = a::user("octo").insert(&app.db).await;
    assert_eq!(
        run(&app, &["create_workspace", "trial", "octo"]).done(),
        [
            "Created project trial",
            "Created workspace trial",
            "Added octo to workspace trial as ProjectDeveloper and ProjectCollaborator",
        ]
    );
    assert_eq!(
        run(&app, &["create_workspace", "trial", "octo"]).done(),
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
        run(&app, &["create_workspace", "asthma-main", "octo"]).done(),
        [
            "Updated project asthma",
            "Updated workspace asthma-main",
            "Added octo to workspace asthma-main as ProjectDeveloper and ProjectCollaborator",
        ]
    );
    run(
        &app,
        &["create_workspace", "asthma-main", "octo", "--branch", "dev", "--repo", "https://github.com/a/b"],
    )
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
    let refused = run(&app, &["create_workspace", "no spaces", "octo"]);
    assert_eq!((refused.code, refused.lines.len()), (Some(1), 0), "{refused:?}");
}

#[tokio::test]
async fn bots_get_tokens_that_are_replaced_on_demand() {
    let app = TestApp::start().await;
    let token_of = |lines: Vec<String>, username: &str| {
        let [line] = lines.as_slice() else { panic!("one line is expected: {lines:?}") };
        line.strip_prefix(&format!("New token: {username}:")).expect("the token").to_owned()
    };
    let first = token_of(run(&app, &["create_bot", "my-bot"]).done(), "my-bot");
    let (secret, day) = first.split_at(64);
    assert!(secret.bytes().all(|byte| byte.is_ascii_hexdigit()) && day.len() == 11, "{first}");
    token_of(run(&app, &["create_bot", "other-bot"]).done(), "other-bot");
    run(&app, &["create_bot", "my-bot"]).failed("User 'my-bot' already exists");
    let stored = "SELECT pat_token FROM jobserver_user WHERE username = 'my-bot'";
    let before: String = app.db.value(stored, &[]).await;
    let second = token_of(run(&app, &["create_bot", "--rotate", "my-bot"]).done(), "my-bot");
    let after: String = app.db.value(stored, &[]).await;
    assert_ne!((&first, &before), (&second, &after));
    assert!(after.starts_with("argon2$argon2id$") && !after.contains(&second), "{after}");
    let person = a::user("ada").insert(&app.db).await;
    a::github_link(&app.db, person, 7).await;
    run(&app, &["create_bot", "--rotate", "ada"]).failed("There is no bot 'ada'");
    let name: String =
        app.db.value("SELECT fullname FROM jobserver_user WHERE username = 'my-bot'", &[]).await;
    assert_eq!(name, "My Bot");
}

#[tokio::test]
async fn jobs_are_requested_followed_and_cancelled_at_the_shell() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let lines = run(
        &app,
        &[
            "create_rap",
            "asthma-main",
            "ada",
            "test",
            "--actions",
            "make_table",
            "draw_plot",
            "--force-run-dependencies",
        ],
    )
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
    assert_eq!(run(&app, &["rap_status", rap_id]).done(), no_output);
    assert!(app.db.count("jobserver_job").await >= 2);
    let cancelled = run(&app, &["cancel_jobs", rap_id, "draw_plot"]).done();
    let answer: Value = serde_json::from_str(&cancelled[0]).expect("JSON");
    assert_eq!(answer["count"], 1, "{answer}");
    let untouched: Value = app.db.value("SELECT cancelled_actions FROM jobserver_jobrequest", &[]).await;
    assert_eq!(untouched, serde_json::json!([]));
    assert_eq!(run(&app, &["cancel_jobs", rap_id, "no_such_action"]).code, Some(1));

    app.rap.will_end("make_table", Code::Succeeded);
    app.rap.run_to_end();
    run(&app, &["rap_status", rap_id, "aaaaaaaaaaaaaaaa"]).done();
    let status: Vec<String> =
        app.db.values("SELECT status FROM jobserver_job WHERE action = 'make_table'", &[]).await;
    assert_eq!(status, ["succeeded"]);
}

#[tokio::test]
async fn what_stands_in_the_way_of_jobs_is_one_line_and_status_one() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    let rap = |workspace, user, backend| ["create_rap", workspace, user, backend, "-a", "run_all"];
    run(&app, &rap("nowhere", "ada", "test")).failed("CommandError: Workspace 'nowhere' does not exist");
    run(&app, &rap("asthma-main", "nobody", "test")).failed("CommandError: User 'nobody' does not exist");
    run(&app, &rap("asthma-main", "ada", "moon")).failed("CommandError: Backend 'moon' does not exist");
    let lost = run(&app, &[&rap("asthma-main", "ada", "test")[..], &["--commit", "feature/lost"]].concat());
    assert_eq!((lost.code, lost.lines.len()), (Some(1), 0), "{lost:?}");
    assert_eq!(app.db.count("jobserver_jobrequest").await, 0);

    let refused = run(&app, &["create_rap", "asthma-main", "ada", "test", "-a", "no_such_action"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.lines.last().is_some_and(|line| line.starts_with("failed: ")), "{refused:?}");

    app.rap.control.set(Behaviour::fail(502));
    for arguments in [&["rap_status", "aaaaaaaaaaaaaaaa"][..], &["cancel_jobs", "aaaaaaaaaaaaaaaa", "x"]] {
        let said = run(&app, arguments);
        assert_eq!((said.code, said.lines.len()), (Some(1), 0), "{said:?}");
        assert!(said.errors.contains("502"), "{said:?}");
    }
}

#[tokio::test]
async fn the_status_service_has_its_old_name_too() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    run(&app, &["create_rap", "asthma-main", "ada", "test", "-a", "make_table"]).done();
    let mut service = app.spawn(&["rap_status_service"], &[]);
    eventually("the jobs are known", std::time::Duration::from_secs(20), async || {
        app.db.count("jobserver_job").await > 0
    })
    .await;
    assert_eq!(service.stop().code(), Some(0));
}

#[tokio::test]
async fn a_folder_is_released_whole() {
    let released = Released::set_up().await;
    let app = &released.app;
    let folder = std::env::temp_dir().join(format!("job-server-to-release-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("tables")).unwrap();
    std::fs::write(folder.join("tables/größe.csv"), "a,b\n").unwrap();
    std::fs::write(folder.join("empty.txt"), "").unwrap();
    let path = folder.to_str().unwrap().to_owned();

    run(app, &["release", &path, "-w", "trial"])
        .failed("CommandError: Workspace 'trial' does not exist; --create makes what is missing");
    let lines =
        run(app, &["release", "-c", "--workspace=trial", "-b", "trial-backend", &path, "-u", "trier"]).done();
    let id: String = app.db.value("SELECT id FROM jobserver_release", &[]).await;
    let place = format!("{}/test-project/trial/", app.url);
    assert_eq!(lines, ["Release created:".to_owned(), format!("{place}releases/{id}/"), place]);
    let rows = app
        .db
        .rows(
            "SELECT name, path, size, uploaded_at IS NOT NULL FROM jobserver_releasefile ORDER BY name",
            &[],
        )
        .await;
    let facts: Vec<(String, String, i32, bool)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
    let path_of = |name: &str| format!("trial/releases/{id}/{name}");
    assert_eq!(
        facts,
        [
            ("empty.txt".to_owned(), path_of("empty.txt"), 0, true),
            ("tables/größe.csv".to_owned(), path_of("tables/größe.csv"), 4, true),
        ]
    );
    let storage = std::path::Path::new(&app.environment["RELEASE_STORAGE"]);
    assert_eq!(std::fs::read(storage.join(path_of("tables/größe.csv"))).unwrap(), b"a,b\n");

    run(app, &["release", &path, "-w", "trial", "-b", "trial-backend", "-u", "trier"]).done();
    assert_eq!(app.db.count("jobserver_release").await, 2, "each time under a new id");
    let no_folder = run(app, &["release", "/no/such/folder", "-c"]);
    assert_eq!((no_folder.code, no_folder.lines.len()), (Some(1), 0), "{no_folder:?}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn files_are_prepared_for_publication_trimmed_and_taken_back() {
    let released = Released::set_up().await;
    let app = &released.app;
    let release = released.release(60).await;
    for name in ["a.csv", "b.csv", "c.csv"] {
        released.uploaded(&release, name, name.as_bytes()).await;
    }
    run(app, &["publish_files", "nobody", "asthma-main", "a.csv"])
        .failed("CommandError: Unknown username: nobody");
    run(app, &["publish_files", "ada", "nowhere", "a.csv"])
        .failed("CommandError: Unknown workspace: nowhere");
    run(app, &["publish_files", "ada", "asthma-main", "x.csv", "a.csv", "y.csv"])
        .failed("CommandError: Unknown paths: x.csv, y.csv");
    let lines = run(app, &["publish_files", "ada", "asthma-main", "a.csv", "b.csv", "c.csv"]).done();
    let snapshot: i32 = app.db.value("SELECT id FROM jobserver_snapshot", &[]).await;
    let url = format!("{}/asthma/asthma-main/outputs/{snapshot}/", app.url);
    assert_eq!(lines, [url.as_str()]);
    let again = run(app, &["publish_files", "ada", "asthma-main", "a.csv", "b.csv", "c.csv"]).done();
    assert_eq!(again, [url.as_str()]);

    let id = snapshot.to_string();
    let remove =
        |paths: &[&str]| run(app, &[&["remove_files_from_publish_request", id.as_str()][..], paths].concat());
    remove(&["a.csv", "z.csv"]).failed("CommandError: Unknown file path: z.csv");
    assert_eq!(app.db.count("jobserver_snapshot_files").await, 3, "all or nothing");
    assert_eq!(remove(&["a.csv", "b.csv"]).done(), [format!("2 files removed from {url}")]);
    assert_eq!(app.db.count("jobserver_snapshot_files").await, 1);
    assert_eq!(app.db.count("jobserver_releasefile").await, 3);
    run(app, &["remove_files_from_publish_request", "999", "a.csv"])
        .failed("CommandError: Unknown snapshot: 999");

    run(app, &["unpublish_snapshot", &id, "ada"])
        .failed(&format!("CommandError: Snapshot '{id}' is not published"));
    app.db
        .execute(
            "UPDATE jobserver_publishrequest
             SET decision = 'approved', decision_at = now(), decision_by_id = created_by_id",
            &[],
        )
        .await;
    remove(&["c.csv"])
        .failed(&format!("CommandError: Snapshot {id} has been published and cannot be edited"));
    run(app, &["unpublish_snapshot", "999", "ada"]).failed("CommandError: Snapshot '999' does not exist");
    run(app, &["unpublish_snapshot", &id, "nobody"]).failed("CommandError: User 'nobody' does not exist");
    assert_eq!(run(app, &["unpublish_snapshot", &id, "checker"]).done().len(), 2);
    let decisions: Vec<(String, i32)> = app
        .db
        .rows("SELECT decision, decision_by_id FROM jobserver_publishrequest", &[])
        .await
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    assert_eq!(decisions, [("rejected".to_owned(), released.checker)]);
}

#[tokio::test]
async fn missing_files_are_replaced_by_dummies_and_others_left_alone() {
    let released = Released::set_up().await;
    let release = released.release(60).await;
    released.uploaded(&release, "kept.csv", b"kept").await;
    for name in ["lost.csv", "lost.png"] {
        released.uploaded(&release, name, b"lost").await;
        std::fs::remove_file(released.stored(&release, name)).unwrap();
    }
    released.deleted(&release, "gone.csv").await;
    released.promised(&release, "late.csv").await;
    let said = run(&released.app, &["inflate_release_files"]);
    assert!(said.errors.contains("lost.png"), "{said:?}");
    said.done();
    assert_eq!(std::fs::read(released.stored(&release, "kept.csv")).unwrap(), b"kept");
    let dummy = std::fs::read_to_string(released.stored(&release, "lost.csv")).unwrap();
    assert_eq!(dummy.lines().count(), 101);
    let exist: BTreeMap<&str, bool> = ["lost.png", "gone.csv", "late.csv"]
        .into_iter()
        .map(|name| (name, released.stored(&release, name).exists()))
        .collect();
    assert!(exist.values().all(|exists| !exists), "{exist:?}");
}
