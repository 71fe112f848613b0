//! Actors on a test's database, and waiting for what they do.

use std::{sync::Arc, time::Duration};

use actix::System;
use actors::{Actors, Config, Dependencies, HealthSnapshot, RapControllerSettings, RenderedEmail, Roles};
use clients::{
    Secret,
    github::{GitHub, GitHubSettings},
    mail::{MailSettings, Mailer},
    rap::{RapClient, RapSettings},
    slack::{Slack, SlackSettings},
    storage::{Storage, StorageSettings},
};

use devkit::scratch::Folder;

use crate::{fake_rap::FakeRap, relay::Relay, site::Site};

/// Longer than any test needs, even on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// Runs a test on an actix system over a runtime of several threads, as the server does.
pub fn run(test: impl Future<Output = ()>) {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let ended = System::with_tokio_rt(runtime).block_on(async { tokio::time::timeout(LONGEST, test).await });
    ended.expect("the test waits for something that does not come");
}

/// No test takes this long unless it hangs.
const LONGEST: Duration = Duration::from_secs(120);

/// A site, a controller, a relay: everything but the actors.
pub struct House {
    pub site: Site,
    pub rap: FakeRap,
    pub relay: Relay,
    /// Where released files lie.
    pub files: Folder,
}

impl House {
    pub async fn new() -> Self {
        Self {
            site: Site::new().await,
            rap: FakeRap::start().await,
            relay: Relay::start().await,
            files: Folder::new().unwrap(),
        }
    }

    /// Starts actors as one process would, with a pool of its own.
    pub fn start(&self, config: Config) -> Actors {
        self.start_with(config, |_| {})
    }

    pub fn start_with(&self, config: Config, change: impl FnOnce(&mut RapSettings)) -> Actors {
        let mut settings = RapSettings::new(self.rap.url.parse().unwrap(), Secret::new("token"));
        change(&mut settings);
        let relay = MailSettings::Smtp(Secret::new(&self.relay.url));
        let dependencies = Dependencies {
            pool: self.site.database.pool().unwrap(),
            connection: self.site.database.target().unwrap(),
            rap: RapClient::new(Some(settings)).unwrap(),
            rap_url: self.rap.url.clone(),
            mailer: Mailer::new(relay).unwrap(),
            slack: Slack::new(SlackSettings::new(self.rap.url.parse().unwrap(), None)).unwrap(),
            storage: Storage::new(StorageSettings::Folder(self.files.path().join("releases"))).unwrap(),
            github: GitHub::new(GitHubSettings::new(self.rap.url.parse().unwrap(), None)).unwrap(),
            render_email: Arc::new(|template, facts| match template {
                "panics" => panic!("a template that panics"),
                "job_finished" => Ok(RenderedEmail {
                    text: facts["action"].to_string(),
                    html: "<p>finished</p>".to_owned(),
                }),
                other => Err(format!("there is no template {other:?}")),
            }),
        };
        Actors::start(config, dependencies)
    }
}

/// Only waits to be asked.
pub fn quiet() -> Config {
    Config { roles: Roles { web: false, rapstatus: false }, ..Config::default() }
}

/// Asks the controller often.
pub fn polling() -> Config {
    Config {
        roles: Roles::RAPSTATUS,
        rap_status_interval: Duration::from_millis(50),
        rap_status_debounce: Duration::from_millis(5),
        take_over_interval: Duration::from_millis(200),
        ..Config::default()
    }
}

pub fn impatient(wait: Duration) -> Config {
    Config { rap_controller: RapControllerSettings { wait, ..RapControllerSettings::default() }, ..quiet() }
}

pub fn health(actors: &Actors, name: &str) -> HealthSnapshot {
    actors.health.snapshot().into_iter().find(|cell| cell.name == name).unwrap()
}

/// Asks again and again until there is an answer, and fails the test when there is none in time.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    match tokio::time::timeout(DEADLINE, asking).await {
        Ok(answer) => answer,
        Err(_) => panic!("not in time: {what}"),
    }
}

/// `eventually`, for what can be seen at once.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    eventually(what, || std::future::ready(is_so().then_some(()))).await;
}
