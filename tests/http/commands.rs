//! The command line: migrations, checking pipelines, health, and what is said about a wrong configuration.

use std::collections::BTreeMap;

use devkit::scratch::Folder;

use crate::harness::{PIPELINE, TestApp, free_port, run_to_end};

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_wrong_configuration_is_listed_whole_and_ends_with_two() {
    let output = run_to_end(
        &["serve"],
        &environment(&[
            ("DATABASE_URL", "mysql://user:hunter2@localhost/db"),
            ("SECRET_KEY", ""),
            ("RAP_API_POLL_INTERVAL", "often"),
            ("EMAIL_BACKEND", "pigeon"),
            ("BASE_URL", "jobs.example.org"),
            ("PORT", "99999"),
            ("GITHUB_API_URL", "not a url"),
        ]),
    );
    assert_eq!(output.code, Some(2));
    let said = output.text();
    for name in [
        "DATABASE_URL",
        "SECRET_KEY",
        "RAP_API_POLL_INTERVAL",
        "EMAIL_BACKEND",
        "BASE_URL",
        "PORT",
        "GITHUB_API_URL",
        "SOCIAL_AUTH_GITHUB_KEY",
        "SOCIAL_AUTH_GITHUB_SECRET",
    ] {
        assert!(said.contains(name), "{name} is missing from:\n{said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn one_of_the_two_rap_settings_alone_is_a_mistake() {
    let app = TestApp::start().await;
    for name in ["RAP_API_TOKEN", "RAP_API_BASE_URL"] {
        let mut environment = app.environment.clone();
        environment.remove(name);
        environment.insert("BIND".to_owned(), format!("127.0.0.1:{}", free_port()));
        let output = run_to_end(&["migrate", "--check"], &environment);
        assert_eq!(output.code, Some(2), "without {name}: {}", output.text());
        assert!(output.text().contains(name), "{}", output.text());
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let app = TestApp::start().await;
    let output = app.run(&["serve"]);
    assert_eq!(output.code, Some(1));
    assert!(output.text().contains(&app.environment["BIND"]), "{}", output.text());
}

#[tokio::test]
async fn health_asks_the_running_server() {
    let mut app = TestApp::start().await;
    assert_eq!(app.run(&["health"]).code, Some(0));
    app.kill();
    assert_eq!(app.run(&["health"]).code, Some(1));
}

#[tokio::test]
async fn migrating_a_current_database_changes_nothing() {
    let app = TestApp::start().await;
    let before = app.db.count("refinery_schema_history").await;
    for arguments in [&["migrate"][..], &["migrate", "--check"]] {
        let output = app.run(arguments);
        assert_eq!(output.code, Some(0), "{}", output.text());
    }
    assert_eq!(app.db.count("refinery_schema_history").await, before);
}

#[tokio::test]
async fn an_empty_database_is_migrated_and_checked() {
    let app = TestApp::start().await;
    let mut environment = app.environment.clone();
    let url = app.environment["DATABASE_URL"].clone();
    let name: String = app.db.value("SELECT current_database()::text", &[]).await;
    let empty = format!("{name}_empty");
    app.db.execute(&format!("CREATE DATABASE {empty} TEMPLATE template0"), &[]).await;
    environment.insert("DATABASE_URL".to_owned(), url.replace(&name, &empty));

    let check = run_to_end(&["migrate", "--check"], &environment);
    assert_eq!(check.code, Some(1), "an empty database is not current: {}", check.text());
    let migrate = run_to_end(&["migrate"], &environment);
    assert_eq!(migrate.code, Some(0), "{}", migrate.text());
    let check = run_to_end(&["migrate", "--check"], &environment);
    assert_eq!(check.code, Some(0), "{}", check.text());
    app.db.execute(&format!("DROP DATABASE {empty} WITH (FORCE)"), &[]).await;
}

#[tokio::test]
async fn a_database_out_of_reach_is_a_sentence_without_its_password() {
    let app = TestApp::start().await;
    let mut environment = app.environment.clone();
    let port = free_port();
    environment.insert("DATABASE_URL".to_owned(), format!("postgres://user:hunter2@127.0.0.1:{port}/db"));
    let output = run_to_end(&["migrate"], &environment);
    assert_eq!(output.code, Some(1));
    let said = output.text();
    assert!(!said.contains("hunter2") && !said.trim().is_empty() && !said.contains("panic"), "{said}");
}

/// Writes a file and returns its path.
fn write(folder: &Folder, name: &str, content: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn good_pipelines_are_said_to_be_good_without_any_configuration() {
    let folder = Folder::new().unwrap();
    let good = write(&folder, "project.yaml", PIPELINE.as_bytes());
    let output = run_to_end(&["check", &good], &environment(&[]));
    assert_eq!(output.code, Some(0), "{}", output.text());
    assert!(output.text().contains("generate_dataset"), "{}", output.text());
}

#[test]
fn bad_pipelines_are_named_with_the_line_and_end_with_one() {
    let folder = Folder::new().unwrap();
    let good = write(&folder, "good.yaml", PIPELINE.as_bytes());
    let bad = write(&folder, "bad.yaml", b"version: '4.0'\nactions:\n  a:\n    run: [\n");
    let output = run_to_end(&["check", &good, &bad, "/nowhere/project.yaml"], &environment(&[]));
    assert_eq!(output.code, Some(1));
    let said = output.text();
    assert!(said.contains(&format!("{bad}: not valid")) && said.contains("of line 4"), "{said}");
    assert!(
        said.contains("/nowhere/project.yaml") && !said.contains(&format!("{good}: not valid")),
        "{said}"
    );
}

#[test]
fn json_verdicts_are_one_line_a_file() {
    let folder = Folder::new().unwrap();
    let good = write(&folder, "good.yaml", PIPELINE.as_bytes());
    let bad = write(&folder, "bad.yaml", b"version: '4.0'\n");
    let binary = write(&folder, "binary.yaml", &[0xff, 0x00, 0xfe]);
    let output = run_to_end(&["check", "--format", "json", &good, &bad, &binary], &environment(&[]));
    assert_eq!(output.code, Some(1));
    let lines: Vec<serde_json::Value> =
        output.lines.iter().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["name"], &lines[0]["ok"]), (&"good.yaml".into(), &true.into()));
    assert_eq!((&lines[1]["ok"], &lines[2]["ok"]), (&false.into(), &false.into()));
    assert!(lines[1]["error"].as_str().is_some_and(|error| !error.is_empty()), "{}", lines[1]);
}

#[test]
fn unknown_commands_are_a_misuse() {
    assert_eq!(run_to_end(&["dance"], &environment(&[])).code, Some(2));
    assert_eq!(run_to_end(&["--help"], &environment(&[])).code, Some(0));
}
