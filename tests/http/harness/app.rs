//! A server under test with everything around it. `TestApp::start()` is the usual one (`job-server serve`, as in
//! production but for the addresses of the outside world); `TestApp::builder()` changes what a test is about.

use std::{
    ops::Deref,
    time::{Duration, Instant},
};

use devkit::{
    database::{self, TestDatabase},
    standins::{
        github::{self, GitHub},
        opencodelists::{self, OpenCodelists},
        rap::{self, Rap},
        repositories::Repositories,
        slack::{self, Slack},
        smtp::{self, Smtp},
    },
};
use tokio_postgres::{
    Client, Row,
    types::{FromSqlOwned, ToSql},
};

use super::{
    browser::Browser,
    process::{Environment, Process, free_port},
    sessions::{SECRET_KEY, keys, session_cookie},
    wait::eventually,
};

const READY_WITHIN: Duration = Duration::from_secs(60);
const LOGGED_WITHIN: Duration = Duration::from_secs(5);
/// Somebody else may take a free port before the server does.
const PORTS_TRIED: usize = 5;

/// What a test wants to be different.
pub struct Setup {
    changes: Vec<(String, Option<String>)>,
    arguments: Vec<String>,
    pace: Option<Duration>,
    own_database: Option<String>,
}

pub struct TestApp {
    process: Process,
    /// What the process was started with.
    pub environment: Environment,
    arguments: Vec<String>,
    /// Without a trailing slash; the same after each start.
    pub url: String,
    pub db: Db,
    outside: Outside,
    pub repositories: Repositories,
    database_url: String,
    /// None if the database belongs to the test.
    _database: Option<TestDatabase>,
}

/// The stand-ins; a test reaches them as fields of its `TestApp`.
pub struct Outside {
    pub rap: Rap,
    pub github: GitHub,
    pub opencodelists: OpenCodelists,
    pub slack: Slack,
    pub smtp: Smtp,
}

impl Deref for TestApp {
    type Target = Outside;

    fn deref(&self) -> &Outside {
        &self.outside
    }
}

impl Setup {
    pub fn env(mut self, name: &str, value: &str) -> Setup {
        self.changes.push((name.to_owned(), Some(value.to_owned())));
        self
    }

    pub fn without_env(mut self, name: &str) -> Setup {
        self.changes.push((name.to_owned(), None));
        self
    }

    pub fn debug(self) -> Setup {
        self.env("DEBUG", "1")
    }

    /// Runs everything in one process, and asks the RAP controller every second.
    pub fn polling(self) -> Setup {
        self.command(&[])
    }

    /// The command line instead of `serve`.
    pub fn command(mut self, arguments: &[&str]) -> Setup {
        self.arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self
    }

    /// The controller's jobs move by themselves; otherwise only when the test says so.
    pub fn pace(mut self, pace: Duration) -> Setup {
        self.pace = Some(pace);
        self
    }

    /// On a database that the test brings along, instead of a fresh one.
    pub fn database(mut self, url: &str) -> Setup {
        self.own_database = Some(url.to_owned());
        self
    }

    pub async fn start(self) -> TestApp {
        let database = match &self.own_database {
            Some(_) => None,
            None => Some(database::fresh().await.expect("a database")),
        };
        let fresh_url = database.as_ref().map(|database| database.url.clone());
        let database_url = self.own_database.or(fresh_url).unwrap_or_default();
        let db = Db::connect(&database_url).await;
        let loopback = ("127.0.0.1", 0);
        let repositories = Repositories::default();
        let rap_settings =
            rap::Settings { pace: self.pace, ..rap::Settings::for_tests(repositories.clone()) };
        let github_settings = github::Settings {
            repositories: repositories.clone(),
            people: Vec::new(),
            client: Some(("client-id".to_owned(), "client-secret".to_owned())),
        };
        let outside = Outside {
            rap: rap::start(loopback, rap_settings).expect("a RAP stand-in"),
            github: github::start(loopback, github_settings).expect("a GitHub stand-in"),
            opencodelists: opencodelists::start(loopback).expect("an OpenCodelists stand-in"),
            slack: slack::start(loopback).expect("a Slack stand-in"),
            smtp: smtp::start(loopback, loopback).expect("a mail stand-in"),
        };
        for _ in 0..PORTS_TRIED {
            let environment = environment(&outside, free_port(), &database_url, &self.changes);
            if let Some(process) = launch(&self.arguments, &environment).await {
                return TestApp {
                    url: environment["BASE_URL"].clone(),
                    arguments: self.arguments,
                    _database: database,
                    process,
                    environment,
                    db,
                    outside,
                    repositories,
                    database_url,
                };
            }
        }
        panic!("every port that was free a moment ago is taken")
    }
}

fn environment(
    outside: &Outside,
    port: u16,
    database_url: &str,
    changes: &[(String, Option<String>)],
) -> Environment {
    let pairs = [
        ("DATABASE_URL", database_url),
        ("DATABASE_MAX_CONNECTIONS", "8"),
        ("WEB_CONCURRENCY", "2"),
        ("SECRET_KEY", SECRET_KEY),
        ("BIND", &format!("127.0.0.1:{port}")),
        ("BASE_URL", &format!("http://127.0.0.1:{port}")),
        ("SOCIAL_AUTH_GITHUB_KEY", "client-id"),
        ("SOCIAL_AUTH_GITHUB_SECRET", "client-secret"),
        ("GITHUB_URL", &outside.github.url),
        ("GITHUB_API_URL", &outside.github.url),
        ("JOBSERVER_GITHUB_TOKEN", "github-token"),
        ("OPENCODELISTS_API_URL", &outside.opencodelists.url),
        ("RAP_API_BASE_URL", &outside.rap.url),
        ("RAP_API_TOKEN", rap::TOKEN),
        ("RAP_API_POLL_INTERVAL", "1"),
        ("SLACK_API_URL", &outside.slack.url),
        ("SLACK_BOT_TOKEN", "slack-token"),
        ("EMAIL_BACKEND", "smtp"),
        ("SMTP_URL", &outside.smtp.url),
        ("SHUTDOWN_TIMEOUT", "10"),
        ("RELEASE_STORAGE", concat!(env!("CARGO_TARGET_TMPDIR"), "/releases")),
    ];
    let mut environment: Environment =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    for (name, value) in changes {
        match value {
            Some(value) => environment.insert(name.clone(), value.clone()),
            None => environment.remove(name),
        };
    }
    environment
}

/// Starts the process and waits until it is well; none if it ended because its port was taken.
async fn launch(arguments: &[String], environment: &Environment) -> Option<Process> {
    let mut process = Process::start(arguments, environment);
    let deadline = Instant::now() + READY_WITHIN;
    let browser = Browser::at(&format!("http://{}", environment["BIND"]));
    loop {
        if process.ended().is_some() {
            process.kill();
            let log = process.log().join("\n");
            assert!(log.contains("cannot listen"), "the server ended early:\n{log}");
            return None;
        }
        let health = browser.try_send(browser.request(reqwest::Method::GET, "/health-check/")).await;
        if health.is_ok_and(|page| page.status == 200) {
            return Some(process);
        }
        assert!(
            Instant::now() < deadline,
            "not ready within {READY_WITHIN:?}:\n{}",
            process.log().join("\n")
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl TestApp {
    pub async fn start() -> TestApp {
        TestApp::builder().start().await
    }

    pub fn builder() -> Setup {
        Setup { changes: Vec::new(), arguments: vec!["serve".to_owned()], pace: None, own_database: None }
    }

    /// As `kill -9`.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// As a deployment does it (SIGTERM); fails the test unless the program ends with status 0.
    pub fn stop(&mut self) {
        let status = self.process.stop();
        assert_eq!(status.code(), Some(0), "after SIGTERM:\n{}", self.log());
    }

    /// Starts it anew, on the same database and address.
    pub async fn restart(&mut self) {
        assert!(self.process.ended().is_some(), "it is still running");
        self.process = launch(&self.arguments, &self.environment).await.expect("its port is still free");
    }

    /// A new process in place of this one: it remembers nothing.
    pub async fn forget(&mut self) {
        self.kill();
        self.restart().await;
    }

    pub fn is_running(&mut self) -> bool {
        self.process.ended().is_none()
    }

    pub fn log(&self) -> String {
        self.process.log().join("\n")
    }

    /// Waits for a line of the log that holds all these texts, and returns it.
    pub async fn logged(&self, texts: &[&str]) -> String {
        let find = || {
            let log = self.process.log();
            log.into_iter().find(|line| texts.iter().all(|text| line.contains(text)))
        };
        let what = format!("a line of the log with {texts:?}");
        eventually(&what, LOGGED_WITHIN, async || find().is_some()).await;
        find().expect("the log only grows")
    }

    /// Another process on the same database, which listens nowhere unless told to.
    pub fn spawn(&self, arguments: &[&str], changes: &[(&str, &str)]) -> Process {
        let mut environment = self.environment.clone();
        environment.remove("BIND");
        environment.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Process::start(&arguments, &environment)
    }

    /// A browser of somebody who is not signed in.
    pub fn browser(&self) -> Browser {
        Browser::at(&format!("http://{}", self.environment["BIND"]))
    }

    /// A browser of this person, signed in.
    pub async fn browser_of(&self, user: i32) -> Browser {
        let browser = self.browser();
        browser.set_cookie("sessionid", &self.session_of(user).await);
        browser
    }

    /// A session of this person; its cookie's value.
    pub async fn session_of(&self, user: i32) -> String {
        session_cookie(&self.database_url, user, &keys()).await
    }

    /// Connects the test itself to the database again, after that has been away.
    pub async fn reconnect(&mut self) {
        self.db = Db::connect(&self.database_url).await;
    }

    /// Page after page that is not about who asks.
    pub async fn get(&self, path: &str) -> super::Page {
        self.browser().get(path).await
    }
}

/// What tests see of the database, and how they prepare it.
pub struct Db(Client);

impl Db {
    async fn connect(url: &str) -> Db {
        Db(database::connect(url).await.expect("a connection"))
    }

    pub async fn execute(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> u64 {
        self.0.execute(sql, values).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    pub async fn rows(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        self.0.query(sql, values).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    /// The first column of the only row.
    pub async fn value<T: FromSqlOwned>(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> T {
        let row = self.0.query_one(sql, values).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        row.get(0)
    }

    /// The first column of all rows.
    pub async fn values<T: FromSqlOwned>(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Vec<T> {
        self.rows(sql, values).await.iter().map(|row| row.get(0)).collect()
    }

    pub async fn count(&self, table: &str) -> i64 {
        self.value(&format!("SELECT count(*) FROM {table}"), &[]).await
    }
}
