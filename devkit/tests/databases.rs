//! The private PostgreSQL and the databases that tests get from it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use devkit::{
    database,
    postgres::{Options, Postgres},
};

/// Waits for `condition` for at most 20 seconds.
fn within_reason(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn new_folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("devkit-{name}-{:x}", rand::random::<u64>()))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fresh_database_has_the_tables_and_no_rows_of_another() {
    let (one, other) = tokio::try_join!(database::fresh(), database::fresh()).unwrap();
    assert_ne!(one.url, other.url);

    let client = one.connect().await.unwrap();
    client
        .execute(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('a', 'b', now())",
            &[],
        )
        .await
        .unwrap();
    let count = "SELECT count(*) FROM django_session";
    let in_other: i64 = other.connect().await.unwrap().query_one(count, &[]).await.unwrap().get(0);
    let in_one: i64 = client.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!((in_one, in_other), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_databases_can_be_had_at_once() {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        tasks.spawn(async { database::fresh().await.unwrap() });
    }
    let made = tasks.join_all().await;
    let mut urls: Vec<&str> = made.iter().map(|database| database.url.as_str()).collect();
    urls.sort_unstable();
    urls.dedup();
    assert_eq!(urls.len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_database_is_gone_after_its_test() {
    let keeper = database::fresh().await.unwrap();
    let other = database::fresh().await.unwrap();
    let name = other.url.split(['/', '?']).find(|part| part.starts_with("test_")).unwrap().to_owned();
    let _still_connected = other.connect().await.unwrap();
    drop(other);
    let client = keeper.connect().await.unwrap();
    let row = client.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
    assert!(row.is_none());
}

#[tokio::test]
async fn psql_accepts_the_same_url() {
    let database = database::fresh().await.unwrap();
    let answer = Command::new("psql")
        .args([&database.url, "-AtXc", "SELECT 40 + 2"])
        .output()
        .expect("psql is installed");
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "42");
}

#[test]
fn a_durable_server_keeps_its_data_from_one_start_to_the_next() {
    let folder = new_folder("durable");
    let runtime = tokio::runtime::Runtime::new().unwrap();

    let first = Postgres::start(&folder, Options::Durable).unwrap();
    runtime.block_on(async {
        let client = database::connect(&first.url("postgres")).await.unwrap();
        client.batch_execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)").await.unwrap();
        let fsync: String = client.query_one("SHOW fsync", &[]).await.unwrap().get(0);
        assert_eq!(fsync, "on");
    });
    let data_folder = first.data_folder().to_owned();
    drop(first);
    assert!(!data_folder.join("postmaster.pid").exists());

    let second = Postgres::start(&folder, Options::Durable).unwrap();
    let kept: i32 = runtime.block_on(async {
        let client = database::connect(&second.url("postgres")).await.unwrap();
        client.query_one("SELECT n FROM kept", &[]).await.unwrap().get(0)
    });
    assert_eq!(kept, 7);
    drop(second);
    fs::remove_dir_all(&data_folder).unwrap();
}

#[test]
fn a_throwaway_server_leaves_nothing_behind() {
    let server = Postgres::throwaway().unwrap();
    let data = server.data_folder().to_owned();
    assert!(data.exists());
    drop(server);
    assert!(!data.exists());
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    let folder = new_folder("foreign");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    let refusal = Postgres::start(&folder, Options::Durable).unwrap_err().to_string();
    assert!(refusal.contains(folder.to_str().unwrap()), "{refusal}");
    assert_eq!(fs::read_to_string(folder.join("thesis.txt")).unwrap(), "years of work");
    fs::remove_dir_all(&folder).unwrap();
}

/// Starts the `devkit` program with a server of its own, and answers with its process and what `SHOW data_directory` says.
fn devkit_with_postgres() -> (std::process::Child, PathBuf) {
    let mut devkit = Command::new(env!("CARGO_BIN_EXE_devkit"))
        .args(["with-postgres", "--fast", "--", "sh", "-c"])
        .arg(r#"psql "$DATABASE_URL" -AtXc "SHOW data_directory"; exec sleep 600"#)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(devkit.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (devkit, PathBuf::from(line.trim()))
}

fn postgres_is_up(data: &Path) -> bool {
    data.join("postmaster.pid").exists()
}

#[test]
fn postgres_dies_with_its_owner_even_when_that_is_killed() {
    let (mut devkit, data) = devkit_with_postgres();
    assert!(postgres_is_up(&data));
    devkit.kill().unwrap();
    devkit.wait().unwrap();
    within_reason("the end of PostgreSQL", || !data.exists());
}

#[test]
fn with_postgres_passes_on_how_the_command_ended() {
    let status = Command::new(env!("CARGO_BIN_EXE_devkit"))
        .args(["with-postgres", "--fast", "--", "sh", "-c", "test -n \"$TEST_DATABASE_URL\" && exit 7"])
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(7));
}
