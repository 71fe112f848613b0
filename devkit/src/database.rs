//! A database of its own for each test, with all tables and no rows, copied from a template that is migrated once per
//! server and set of migrations. Knows how to copy and drop; what the tables are is for `domain::migrate`.

use std::{ffi::OsStr, fs, path::PathBuf, time::Duration};

use deadpool_postgres::Pool;
use domain::{
    db::{PoolSettings, Target},
    migrate::{self, NewerDjango},
};
use sha2::{Digest, Sha256};
use tokio_postgres::{Client, NoTls};

use crate::{
    Error, Result,
    postgres::{self, TestServer},
};

/// Makers of templates on one server take turns by this advisory lock.
const TEMPLATE_LOCK: i64 = 0x6a6f_6273_6572_7665;

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    /// For tokio-postgres, psql and the server's `DATABASE_URL`.
    pub url: String,
    name: String,
    maintenance_url: String,
}

/// A fresh, migrated, empty database on the tests' server. Takes about 50 ms, and two seconds more the first time.
pub async fn fresh() -> Result<TestDatabase> {
    // Starting a server blocks, so it may not happen on a thread that drives other tasks.
    let server = tokio::task::spawn_blocking(postgres::for_tests)
        .await
        .map_err(|error| Error::Postgres(format!("starting PostgreSQL was interrupted: {error}")))??;
    let maintenance_url = server.maintenance_url();
    let client = connect(&maintenance_url).await?;
    let template = template(server, &client).await?;
    let name = format!("test_{:016x}", rand::random::<u64>());
    create(&client, &name, &template).await?;
    Ok(TestDatabase { url: server.url(&name), name, maintenance_url })
}

impl TestDatabase {
    /// A small pool on this database, whose connections live on the calling runtime.
    pub fn pool(&self) -> Result<Pool> {
        Ok(domain::db::pool(&self.target()?, &pool_settings(), tokio::runtime::Handle::current())?)
    }

    /// For connections outside a pool: leases, listening.
    pub fn target(&self) -> Result<Target> {
        Ok(Target::new(&self.url, &pool_settings())?)
    }

    /// One connection, for what a pool's would be too well behaved for.
    pub async fn connect(&self) -> Result<Client> {
        connect(&self.url).await
    }
}

impl Drop for TestDatabase {
    /// Best effort: a server that is gone took the database with it or will be cleared by hand.
    fn drop(&mut self) {
        let (url, name) = (self.maintenance_url.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime
                && let Err(error) = runtime.block_on(drop_database(&url, &name))
            {
                tracing::debug!(%error, database = name, "a test's database stays");
            }
        });
        // A panic in there has been printed by that thread.
        dropping.join().ok();
    }
}

/// The template's name; made first if this server does not have it.
async fn template(server: &TestServer, client: &Client) -> Result<String> {
    let name = format!("jobserver_template_{}", migrations_digest()?);
    if exists(client, &name).await? {
        return Ok(name);
    }
    client.execute("SELECT pg_advisory_lock($1)", &[&TEMPLATE_LOCK]).await?;
    let made = if exists(client, &name).await? { Ok(()) } else { make_template(server, client, &name).await };
    client.execute("SELECT pg_advisory_unlock($1)", &[&TEMPLATE_LOCK]).await?;
    made.map(|()| name)
}

/// Migrates under another name and renames at the end, so that the template's name means that it is complete.
async fn make_template(server: &TestServer, client: &Client, name: &str) -> Result<()> {
    let unfinished = format!("{name}_unfinished");
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await?;
    client.batch_execute(&format!("CREATE DATABASE {unfinished}")).await?;
    migrate::run(&server.url(&unfinished), &pool_settings(), NewerDjango::Refuse).await?;
    // A connection that is just ending would make the rename, and later the copying, fail.
    client.batch_execute(&format!("ALTER DATABASE {unfinished} ALLOW_CONNECTIONS false")).await?;
    client
        .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", &[&unfinished])
        .await?;
    client.batch_execute(&format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await?;
    Ok(())
}

async fn create(client: &Client, name: &str, template: &str) -> Result<()> {
    let version: i32 =
        client.query_one("SELECT current_setting('server_version_num')::int", &[]).await?.get(0);
    // Before version 15 copying the files was the only way, and had no name.
    let strategy = if version >= 150_000 { "STRATEGY file_copy" } else { "" };
    client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}")).await?;
    Ok(())
}

/// Makes an empty database if there is none of that name.
pub async fn ensure(maintenance_url: &str, name: &str) -> Result<()> {
    let client = connect(maintenance_url).await?;
    if !exists(&client, name).await? {
        client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    }
    Ok(())
}

/// Drops a database, whoever is connected to it.
pub async fn drop_database(maintenance_url: &str, name: &str) -> Result<()> {
    let client = connect(maintenance_url).await?;
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
    Ok(())
}

async fn exists(client: &Client, name: &str) -> Result<bool> {
    let row = client.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name]).await?;
    Ok(row.is_some())
}

/// A connection driven by the calling runtime.
pub async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = domain::error::chain(&error), "a database connection ended");
        }
    });
    Ok(client)
}

/// Changes with every byte of every migration.
fn migrations_digest() -> Result<String> {
    let mut digest = Sha256::new();
    for file in migration_files()? {
        digest.update(file.file_name().map(OsStr::as_encoded_bytes).unwrap_or_default());
        digest.update(fs::read(&file).map_err(Error::file("read", &file))?);
    }
    Ok(data_encoding::HEXLOWER.encode(&digest.finalize()[..8]))
}

fn migration_files() -> Result<Vec<PathBuf>> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations"));
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(Error::file("list", &folder))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    Ok(files)
}

/// As few connections as tests can do with, so that many can run at once.
pub fn pool_settings() -> PoolSettings {
    PoolSettings {
        max_connections: 4,
        wait_timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(30),
        application_name: "devkit".to_owned(),
    }
}
