//! The connection pool. Its connections are driven by one runtime of our choice, because a connection that an HTTP
//! worker opened would stall whenever that worker is busy and die when it ends.

use std::{future::Future, pin::Pin, time::Duration};

use deadpool_postgres::{Connect, Manager, ManagerConfig, RecyclingMethod, Runtime};
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_postgres::{Client, Config, NoTls};

use crate::{Error, Result};

pub use deadpool_postgres::{GenericClient, Object, Pool, Transaction};

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

/// A pool for `url` whose connections live on `runtime`. Connects only when first used.
pub fn pool(url: &str, settings: &PoolSettings, runtime: Handle) -> Result<Pool> {
    let config = connection_config(url, settings)?;
    let manager = Manager::from_connect(
        config,
        OnRuntime(runtime),
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

/// The same settings for a connection outside the pool (LISTEN, leases).
pub fn connection_config(url: &str, settings: &PoolSettings) -> Result<Config> {
    let mut config: Config =
        url.parse().map_err(|_| Error::Invalid("DATABASE_URL is not a PostgreSQL URL".to_owned()))?;
    config
        .application_name(&settings.application_name)
        .connect_timeout(settings.connect_timeout)
        .keepalives_idle(Duration::from_secs(10))
        .keepalives_interval(Duration::from_secs(5))
        .keepalives_retries(2);
    if config.get_options().is_none() {
        config.options(format!(
            "-c statement_timeout={} -c TimeZone=UTC",
            settings.statement_timeout.as_millis()
        ));
    }
    Ok(config)
}

struct OnRuntime(Handle);

type Connected = std::result::Result<(Client, JoinHandle<()>), tokio_postgres::Error>;

impl Connect for OnRuntime {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let (config, runtime) = (config.clone(), self.0.clone());
        Box::pin(async move {
            let drive = runtime.clone();
            let connecting = runtime.spawn(async move {
                let (client, connection) = config.connect(NoTls).await?;
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
