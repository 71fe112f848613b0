//! The clients of other services, made from the configuration.

use clients::{
    SetupError,
    github::{
        GitHub, GitHubSettings,
        oauth::{OAuth, OAuthSettings},
    },
    mail::Mailer,
    opencodelists::{OpenCodelists, OpenCodelistsSettings},
    rap::{RapClient, RapSettings},
    slack::{Slack, SlackSettings},
    storage::Storage,
};

use crate::config::Config;

pub struct Clients {
    pub rap: RapClient,
    pub github: GitHub,
    pub oauth: OAuth,
    pub opencodelists: OpenCodelists,
    pub slack: Slack,
    pub mailer: Mailer,
    /// Where released files lie.
    pub storage: Storage,
}

impl Clients {
    /// While developing, nothing is changed at the real GitHub and nothing posted to the real Slack: it is printed.
    pub fn new(config: &Config) -> Result<Clients, SetupError> {
        let rap = config.rap.controller.as_ref();
        let rap = rap.map(|rap| RapSettings::new(rap.base_url.clone(), rap.token.clone()));
        let is_real = |url: &url::Url, host: &str| url.host_str() == Some(host);
        let mut github = GitHubSettings::new(config.github.api_url.clone(), config.github.token.clone());
        github.dry_run = config.debug && is_real(&config.github.api_url, "api.github.com");
        let mut slack = SlackSettings::new(config.slack.api_url.clone(), config.slack.bot_token.clone());
        slack.dry_run = config.debug && is_real(&config.slack.api_url, "slack.com");
        Ok(Clients {
            rap: RapClient::new(rap)?,
            github: GitHub::new(github)?,
            oauth: OAuth::new(OAuthSettings {
                site_url: config.github.url.clone(),
                api_url: config.github.api_url.clone(),
                client_id: config.github.oauth_key.clone(),
                client_secret: config.github.oauth_secret.clone(),
            })?,
            opencodelists: OpenCodelists::new(OpenCodelistsSettings::new(config.opencodelists_url.clone()))?,
            slack: Slack::new(slack)?,
            mailer: Mailer::new(config.mail.clone())?,
            storage: Storage::new(config.releases.storage.clone())?,
        })
    }
}
