//! The connection pool. Its connections are driven by one runtime of our choice, because a connection that an HTTP
//! worker opened would stall whenever that worker is busy and die when it ends.

mod tls;

use std::{future::Future, pin::Pin, time::Duration};

use deadpool_postgres::{Connect, Manager, ManagerConfig, RecyclingMethod, Runtime};
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_postgres::{Client, Config, Connection, Socket, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a connection speaks through, encrypted or not.
type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

use crate::{Error, Result};

pub use deadpool_postgres::{GenericClient, Object, Pool, Timeouts, Transaction};

/// How the pool behaves. `statement_timeout` is enforced by the server, since dropping a query's future does not stop it;
/// zero means none.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    pub max_connections: usize,
    pub wait_timeout: Duration,
    pub connect_timeout: Duration,
    pub statement_timeout: Duration,
    /// Shown in `pg_stat_activity`.
    pub application_name: String,
}

/// What pages read is in memory or on flash, where a random page costs little more than the next one.
const SERVER_OPTIONS: &str = "-c TimeZone=UTC -c jit=off -c random_page_cost=1.1";

/// Where the database is and how its connections behave, for those outside the pool as well (LISTEN, leases).
#[derive(Clone)]
pub struct Target {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Target {
    /// Reads a PostgreSQL URL.
    pub fn new(url: &str, settings: &PoolSettings) -> Result<Target> {
        let wanted = tls::Wanted::of(url);
        let mut config: Config = wanted
            .url
            .parse()
            .map_err(|_| Error::Invalid("the address of the database is not a PostgreSQL URL".to_owned()))?;
        config
            .application_name(&settings.application_name)
            .connect_timeout(settings.connect_timeout)
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(2);
        if config.get_options().is_none() {
            let timeout = settings.statement_timeout.as_millis();
            config.options(format!("-c statement_timeout={timeout} {SERVER_OPTIONS}"));
        }
        let tls = wanted.apply(&mut config)?;
        Ok(Target { config, tls })
    }

    /// The same with further server options, such as `-c tcp_keepalives_idle=4`.
    pub fn with_options(&self, options: &str) -> Target {
        let mut target = self.clone();
        let all = [self.config.get_options().unwrap_or_default(), options].join(" ");
        target.config.options(all.trim());
        target
    }

    /// Connects. The caller drives the connection.
    pub async fn connect(&self) -> Result<(Client, Connection<Socket, Stream>)> {
        Ok(self.config.connect(self.tls.clone()).await?)
    }
}

/// A pool for `target` whose connections live on `runtime`. Connects only when first used.
pub fn pool(target: &Target, settings: &PoolSettings, runtime: Handle) -> Result<Pool> {
    let manager = Manager::from_connect(
        target.config.clone(),
        OnRuntime { runtime, tls: target.tls.clone() },
        ManagerConfig { recycling_method: RecyclingMethod::Fast },
    );
    Pool::builder(manager)
        .max_size(settings.max_connections)
        .wait_timeout(Some(settings.wait_timeout))
        .create_timeout(Some(settings.connect_timeout))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| Error::Invalid(error.to_string()))
}

struct OnRuntime {
    runtime: Handle,
    tls: MakeRustlsConnect,
}

type Connected = std::result::Result<(Client, JoinHandle<()>), tokio_postgres::Error>;

impl Connect for OnRuntime {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let (config, runtime, tls) = (config.clone(), self.runtime.clone(), self.tls.clone());
        Box::pin(async move {
            let drive = runtime.clone();
            let connecting = runtime.spawn(async move {
                let (client, connection) = config.connect(tls).await?;
                let driver = drive.spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(error = crate::error::chain(&error), "a database connection ended");
                    }
                });
                Ok((client, driver))
            });
            match connecting.await {
                Ok(connected) => connected,
                // The runtime is going away; the pool's own time limit ends this wait.
                Err(_) => std::future::pending().await,
            }
        })
    }
}

/// Whether this is the address of a PostgreSQL database that could be connected to.
pub fn is_readable(url: &str) -> bool {
    tls::Wanted::of(url).url.parse::<Config>().is_ok()
}
