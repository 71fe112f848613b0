//! Every environment variable, read once and typed. All that is wrong is reported together, by name and without
//! printing the value of a secret. Nothing else in the program reads the environment.

mod output_checking;
mod read;
mod releases;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clients::{Secret, mail::MailSettings};
use url::Url;

pub use output_checking::OutputChecking;
pub use read::Problem;
use read::Reader;
pub use releases::Releases;

/// What the whole program was told to do.
#[derive(Debug, Clone)]
pub struct Config {
    pub debug: bool,
    /// Public origin: scheme and host, no trailing slash.
    pub base_url: String,
    pub keys: Keys,
    pub database: Database,
    pub web: Web,
    pub github: GitHub,
    pub rap: Rap,
    pub mail: MailSettings,
    pub slack: Slack,
    pub output_checking: OutputChecking,
    pub releases: Releases,
    pub opencodelists_url: Url,
    pub honeycomb_ui_url: String,
    pub backends: Vec<String>,
    pub disable_creating_jobs: bool,
    pub shutdown_timeout: Duration,
    pub log: Log,
}

#[derive(Debug, Clone)]
pub struct Keys {
    pub secret: Secret,
    pub old_secret: Option<Secret>,
}

#[derive(Debug, Clone)]
pub struct Database {
    pub url: Secret,
    /// All connections of one process.
    pub max_connections: usize,
    /// Those of them that requests may use; at most half. So few that PostgreSQL works on few things at a time: more only
    /// make every page slower.
    pub page_connections: usize,
}

#[derive(Debug, Clone)]
pub struct Web {
    pub bind: SocketAddr,
    /// Whether the address was chosen, rather than defaulted to.
    pub bind_is_explicit: bool,
    pub workers: usize,
    pub static_root: PathBuf,
    pub media_root: PathBuf,
    pub trusted_proxies: Vec<String>,
    pub csp_report_uri: Option<String>,
    pub metrics_token: Option<Secret>,
    pub plausible_domain: Option<String>,
}

#[derive(Debug, Clone)]
pub struct GitHub {
    pub url: Url,
    pub api_url: Url,
    pub token: Option<Secret>,
    pub oauth_key: String,
    pub oauth_secret: Secret,
}

#[derive(Debug, Clone)]
pub struct Rap {
    /// None: no controller is configured, and runners come and fetch.
    pub controller: Option<RapController>,
    pub poll_interval: Duration,
    /// What runners of before 2023 are told as the name of a workspace's database.
    pub runner_database: String,
}

#[derive(Debug, Clone)]
pub struct RapController {
    pub base_url: Url,
    pub token: Secret,
}

#[derive(Debug, Clone)]
pub struct Slack {
    pub api_url: Url,
    pub bot_token: Option<Secret>,
    pub registrations_channel: String,
    /// Where co-pilots hear of projects that were made for them.
    pub copilots_channel: String,
}

#[derive(Debug, Clone)]
pub struct Log {
    pub json: bool,
    pub level: String,
}

impl Config {
    /// Reads the process environment. `Err` lists every problem found.
    pub fn from_env() -> Result<Config, Vec<Problem>> {
        Self::read(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Config, Vec<Problem>> {
        let mut env = Reader::new(lookup);
        let config = Config {
            debug: env.flag("DEBUG", "1"),
            base_url: base_url(&mut env),
            keys: Keys {
                secret: env.required_secret("SECRET_KEY"),
                old_secret: env.optional("OLD_SECRET_KEY").map(Secret::new),
            },
            database: Database {
                url: database_url(&mut env),
                max_connections: env.number("DATABASE_MAX_CONNECTIONS", 20, 2..=500),
                page_connections: env.number("DATABASE_PAGE_CONNECTIONS", page_connections(), 1..=250),
            },
            web: web(&mut env),
            github: GitHub {
                url: env.url("GITHUB_URL", "https://github.com"),
                api_url: env.url("GITHUB_API_URL", "https://api.github.com"),
                token: env.optional("JOBSERVER_GITHUB_TOKEN").map(Secret::new),
                oauth_key: env.required("SOCIAL_AUTH_GITHUB_KEY"),
                oauth_secret: env.required_secret("SOCIAL_AUTH_GITHUB_SECRET"),
            },
            rap: Rap {
                controller: rap_controller(&mut env),
                poll_interval: Duration::from_secs(env.number("RAP_API_POLL_INTERVAL", 60, 1..=86_400)),
                runner_database: env.text("RUNNER_DATABASE_NAME", "default"),
            },
            mail: mail(&mut env),
            slack: Slack {
                api_url: env.url("SLACK_API_URL", "https://slack.com/api/"),
                bot_token: env.optional("SLACK_BOT_TOKEN").map(Secret::new),
                registrations_channel: env.text("REGISTRATIONS_SLACK_CHANNEL", "job-server-registrations"),
                copilots_channel: env.text("COPILOT_SUPPORT_SLACK_CHANNEL", "co-pilot-support"),
            },
            releases: Releases::read(&mut env),
            output_checking: OutputChecking::read(&mut env),
            opencodelists_url: env.url("OPENCODELISTS_API_URL", "https://www.opencodelists.org/api/v1"),
            honeycomb_ui_url: env.text(
                "HONEYCOMB_UI_URL",
                "https://ui.honeycomb.io/bennett-institute-for-applied-data-science/environments/production",
            ),
            backends: env.list("BACKENDS", ""),
            disable_creating_jobs: env.flag("DISABLE_CREATING_JOBS", "True"),
            shutdown_timeout: Duration::from_secs(env.number("SHUTDOWN_TIMEOUT", 30, 1..=600)),
            log: Log {
                json: env.one_of("LOG_FORMAT", "text", &["text", "json"]) == "json",
                level: env.one_of("DJANGO_LOG_LEVEL", "INFO", &["DEBUG", "INFO", "WARNING", "ERROR"]),
            },
        };
        env.finish(config)
    }

    /// Cookies are `Secure` whenever people reach us over https, so that a trial on plain http still works.
    pub fn secure_cookies(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

fn base_url(env: &mut Reader) -> String {
    let url = env.url("BASE_URL", "http://localhost:8000");
    if url.path() != "/" || url.query().is_some() || !matches!(url.scheme(), "http" | "https") {
        env.problem("BASE_URL", "must be a scheme and a host, such as https://jobs.opensafely.org");
    }
    url.as_str().trim_end_matches('/').to_owned()
}

/// Both settings or neither.
fn rap_controller(env: &mut Reader) -> Option<RapController> {
    let base_url = env.optional_url("RAP_API_BASE_URL");
    let token = env.optional("RAP_API_TOKEN").map(Secret::new);
    match (env.optional("RAP_API_BASE_URL").is_some(), token.is_some()) {
        (true, false) => env.problem("RAP_API_TOKEN", "is not set, although RAP_API_BASE_URL is"),
        (false, true) => env.problem("RAP_API_BASE_URL", "is not set, although RAP_API_TOKEN is"),
        _ => {}
    }
    Some(RapController { base_url: base_url?, token: token? })
}

fn database_url(env: &mut Reader) -> Secret {
    let url = env.required_secret("DATABASE_URL");
    let is_postgres = url.expose().starts_with("postgres://") || url.expose().starts_with("postgresql://");
    if !url.expose().is_empty() && (!is_postgres || !domain::db::is_readable(url.expose())) {
        env.problem("DATABASE_URL", "must be a PostgreSQL URL: postgres://USER:PASSWORD@HOST:PORT/DATABASE");
    }
    url
}

/// Two for each processor, of which the database may have as many as we.
fn page_connections() -> usize {
    std::thread::available_parallelism().map_or(4, |processors| (2 * processors.get()).clamp(4, 64))
}

fn web(env: &mut Reader) -> Web {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let port: u16 = env.number("PORT", 8000, 0..=65_535);
    let explicit_bind = env.optional("BIND");
    let bind_is_explicit = explicit_bind.is_some() || env.optional("PORT").is_some();
    let bind = explicit_bind.unwrap_or_else(|| format!("0.0.0.0:{port}"));
    Web {
        bind: bind.parse().unwrap_or_else(|_| {
            env.problem("BIND", "must be an address and a port, such as 0.0.0.0:8000");
            SocketAddr::from(([0, 0, 0, 0], port))
        }),
        bind_is_explicit,
        workers: env.number("WEB_CONCURRENCY", cores, 1..=256),
        static_root: env.text("STATIC_ROOT", default_static_root()).into(),
        media_root: env.text("MEDIA_STORAGE", "uploads").into(),
        trusted_proxies: env.list("TRUSTED_PROXIES", "172.17.0."),
        csp_report_uri: env.optional("CSP_REPORT_URI"),
        metrics_token: env.optional("METRICS_TOKEN").map(Secret::new),
        plausible_domain: env.optional("PLAUSIBLE_DOMAIN"),
    }
}

/// Beside the sources while developing, in the working directory otherwise.
fn default_static_root() -> &'static str {
    if cfg!(debug_assertions) { concat!(env!("CARGO_MANIFEST_DIR"), "/static") } else { "static" }
}

fn mail(env: &mut Reader) -> MailSettings {
    let backend = env.text("EMAIL_BACKEND", "console");
    let smtp_url = env.optional("SMTP_URL").map(Secret::new);
    let mailgun_key = env.optional("MAILGUN_API_KEY").map(Secret::new);
    let mailgun_url = env.text("MAILGUN_API_URL", "https://api.eu.mailgun.net/v3");
    let mailgun_domain = env.text("MAILGUN_SENDER_DOMAIN", "mg.jobs.opensafely.org");
    MailSettings::parse(&backend, smtp_url, mailgun_key, &mailgun_url, &mailgun_domain).unwrap_or_else(
        |reason| {
            env.problem("EMAIL_BACKEND", &reason);
            MailSettings::None
        },
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
        let values: HashMap<String, String> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::read(|name| values.get(name).cloned())
    }

    const MINIMUM: &[(&str, &str)] = &[
        ("SECRET_KEY", "a-secret-that-must-not-be-printed"),
        ("DATABASE_URL", "postgres://user:hunter2@localhost/jobserver"),
        ("SOCIAL_AUTH_GITHUB_KEY", "client"),
        ("SOCIAL_AUTH_GITHUB_SECRET", "oauth-secret"),
    ];

    #[test]
    fn the_minimum_is_enough_and_secrets_are_not_printed() {
        let config = read(MINIMUM).unwrap();
        let printed = format!("{config:?}");
        for secret in ["must-not-be-printed", "hunter2", "oauth-secret"] {
            assert!(!printed.contains(secret), "{secret} is in {printed}");
        }
        assert_eq!(config.web.bind.port(), 8000);
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let problems = read(&[
            ("SECRET_KEY", ""),
            ("DATABASE_URL", "mysql://nope"),
            ("RAP_API_POLL_INTERVAL", "0"),
            ("BASE_URL", "localhost"),
            ("PORT", "65536"),
        ])
        .unwrap_err();
        let names: Vec<&str> = problems.iter().map(|problem| problem.name.as_str()).collect();
        for name in [
            "SECRET_KEY",
            "DATABASE_URL",
            "RAP_API_POLL_INTERVAL",
            "BASE_URL",
            "PORT",
            "SOCIAL_AUTH_GITHUB_KEY",
            "SOCIAL_AUTH_GITHUB_SECRET",
        ] {
            assert!(names.contains(&name), "{name} is missing from {names:?}");
        }
    }

    #[test]
    fn debug_is_on_only_for_one() {
        for (value, expected) in [("1", true), ("True", false), ("0", false)] {
            let mut pairs = MINIMUM.to_vec();
            pairs.push(("DEBUG", value));
            assert_eq!(read(&pairs).unwrap().debug, expected, "DEBUG={value}");
        }
    }

    #[test]
    fn limits_are_inclusive() {
        for (value, accepted) in [("1", true), ("0", false), ("86400", true), ("86401", false)] {
            let mut pairs = MINIMUM.to_vec();
            pairs.push(("RAP_API_POLL_INTERVAL", value));
            assert_eq!(read(&pairs).is_ok(), accepted, "RAP_API_POLL_INTERVAL={value}");
        }
    }
}
