//! All stand-ins at once, on sample repositories, and the environment that points a server at them.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use crate::{
    Result, sample,
    standins::{
        github::{self, GitHub},
        opencodelists::{self, OpenCodelists},
        rap::{self, Rap},
        slack::{self, Slack},
        smtp::{self, Smtp},
    },
};

/// How to start them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The ports after this one are tried first, so that addresses stay the same; if taken, any free ones do.
    pub after_port: Option<u16>,
    /// The time between two steps of the RAP controller; none: jobs move only when told to.
    pub pace: Option<Duration>,
    /// Where the RAP controller keeps its jobs from one start to the next.
    pub rap_state_file: Option<PathBuf>,
}

/// All of them, running; dropping it stops them.
#[derive(Debug)]
pub struct World {
    pub rap: Rap,
    pub github: GitHub,
    pub opencodelists: OpenCodelists,
    pub slack: Slack,
    pub smtp: Smtp,
}

/// The OAuth client that the GitHub stand-in knows.
const OAUTH_CLIENT: (&str, &str) = ("sample-oauth-client", "sample-oauth-secret");

impl World {
    /// Starts all, with the sample repositories and people.
    pub fn start(settings: &Settings) -> Result<World> {
        let address = |offset: u16| -> Vec<SocketAddr> {
            let preferred = settings.after_port.and_then(|port| port.checked_add(offset));
            preferred.into_iter().chain([0]).map(|port| SocketAddr::from(([127, 0, 0, 1], port))).collect()
        };
        let repositories = sample::repositories()?;
        let client = Some((OAUTH_CLIENT.0.to_owned(), OAUTH_CLIENT.1.to_owned()));
        let github_settings =
            github::Settings { repositories: repositories.clone(), people: sample::people(), client };
        let backends = sample::catalogue::BACKENDS.iter().map(|backend| backend.slug.to_owned()).collect();
        let rap_settings = rap::Settings {
            repositories,
            tokens: BTreeMap::from([(rap::TOKEN.to_owned(), backends)]),
            github_orgs: vec!["opensafely".to_owned()],
            pace: settings.pace,
            workers: 8,
            state_file: settings.rap_state_file.clone(),
        };
        Ok(World {
            github: github::start(address(1).as_slice(), github_settings)?,
            rap: rap::start(address(2).as_slice(), rap_settings)?,
            opencodelists: opencodelists::start(address(3).as_slice())?,
            slack: slack::start(address(4).as_slice())?,
            smtp: smtp::start(address(6).as_slice(), address(5).as_slice())?,
        })
    }

    /// The variables that make a server talk to these instead of the real services.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("GITHUB_URL", self.github.url.clone()),
            ("GITHUB_API_URL", self.github.url.clone()),
            ("SOCIAL_AUTH_GITHUB_KEY", OAUTH_CLIENT.0.to_owned()),
            ("SOCIAL_AUTH_GITHUB_SECRET", OAUTH_CLIENT.1.to_owned()),
            ("JOBSERVER_GITHUB_TOKEN", "stand-in-github-token".to_owned()),
            ("RAP_API_BASE_URL", self.rap.url.clone()),
            ("RAP_API_TOKEN", rap::TOKEN.to_owned()),
            ("RAP_API_POLL_INTERVAL", "2".to_owned()),
            ("OPENCODELISTS_API_URL", self.opencodelists.url.clone()),
            ("SLACK_API_URL", self.slack.url.clone()),
            ("SLACK_BOT_TOKEN", "stand-in-slack-token".to_owned()),
            ("EMAIL_BACKEND", "smtp".to_owned()),
            ("SMTP_URL", self.smtp.url.clone()),
        ]
    }
}
