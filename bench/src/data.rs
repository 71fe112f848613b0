//! The databases that are measured: one with the large data set of `devkit/data/populate.sql`, kept from run to run, and
//! a copy of it for what changes rows. Knows what is in them only as far as it takes to sign somebody in.

use std::{fs, path::Path, time::Duration};

use data_encoding::HEXLOWER;
use devkit::{
    database::{connect, drop_database},
    postgres::Postgres,
};
use domain::{
    db::{Object, Pool, PoolSettings},
    migrate::{self, NewerDjango},
    sessions::{self, Keys, Session},
    users,
};
use sha2::{Digest, Sha256};
use tokio::{process::Command, runtime::Handle};
use tokio_postgres::Client;

use crate::{
    error::{Error, Result},
    report::say,
};

/// Every database has it, to give orders from.
const MAINTENANCE: &str = "postgres";
const POPULATE: &str = "devkit/data/populate.sql";
const COPY: &str = "bench_copy";

/// The name of the database with the large data set, which is made if there is none, or if it cannot be migrated, or if
/// `afresh`. Takes some minutes then, else no time.
pub async fn prepare(postgres: &Postgres, root: &Path, afresh: bool) -> Result<String> {
    let populate = root.join(POPULATE);
    let text = fs::read(&populate).map_err(Error::file("read", &populate))?;
    let name = format!("bench_{}", HEXLOWER.encode(&Sha256::digest(&text)[..6]));
    let client = connect(&postgres.url(MAINTENANCE)).await?;
    client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await?;
    if !afresh && exists(&client, &name).await? {
        match migrate(&postgres.url(&name)).await {
            Ok(()) => return Ok(name),
            Err(error) => say(&format!("the database of the last run cannot be used any more: {error}")),
        }
    }
    fill(postgres, &client, &name, &populate).await?;
    Ok(name)
}

/// Under another name until it is complete.
async fn fill(postgres: &Postgres, client: &Client, name: &str, populate: &Path) -> Result<()> {
    say("filling a database with 40,000 job requests and 300,000 jobs (some minutes, once)");
    let unfinished = format!("{name}_unfinished");
    for old in [&unfinished, name] {
        drop_database(&postgres.url(MAINTENANCE), old).await?;
    }
    client.batch_execute(&format!("CREATE DATABASE {unfinished}")).await?;
    let url = postgres.url(&unfinished);
    migrate(&url).await?;
    let psql = ["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", &url];
    let answer = Command::new("psql")
        .args(psql)
        .arg("--file")
        .arg(populate)
        .args(["--command", "VACUUM (ANALYZE)", "--command", "CHECKPOINT"])
        .kill_on_drop(true)
        .output()
        .await
        .map_err(Error::program("psql"))?;
    if !answer.status.success() {
        let told = String::from_utf8_lossy(&answer.stderr).into_owned();
        return Err(Error::ProgramFailed { program: "psql".to_owned(), told });
    }
    client.batch_execute(&format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await?;
    Ok(())
}

/// A copy to change at will, instead of any earlier one. Nobody may be connected to `original`.
pub async fn copy(postgres: &Postgres, original: &str) -> Result<String> {
    drop_copy(postgres).await?;
    let client = connect(&postgres.url(MAINTENANCE)).await?;
    client.batch_execute(&format!("CREATE DATABASE {COPY} TEMPLATE {original} STRATEGY file_copy")).await?;
    Ok(postgres.url(COPY))
}

pub async fn drop_copy(postgres: &Postgres) -> Result<()> {
    Ok(drop_database(&postgres.url(MAINTENANCE), COPY).await?)
}

/// A connection from which the statements of all databases can be counted without being counted.
pub async fn observer(postgres: &Postgres) -> Result<Client> {
    Ok(connect(&postgres.url(MAINTENANCE)).await?)
}

/// Bytes on disk.
pub async fn size(client: &Client, database: &str) -> Result<i64> {
    Ok(client.query_one("SELECT pg_database_size($1::text::name)", &[&database]).await?.get(0))
}

pub fn pool(url: &str) -> Result<Pool> {
    let settings = settings();
    Ok(domain::db::pool(&domain::db::Target::new(url, &settings)?, &settings, Handle::current())?)
}

pub async fn connection(pool: &Pool) -> Result<Object> {
    Ok(pool.get().await.map_err(domain::Error::from)?)
}

/// Signs a person in and returns what the browser's session cookie holds.
pub async fn sign_in(url: &str, secret_key: &str, username: &str) -> Result<String> {
    let pool = pool(url)?;
    let db = connection(&pool).await?;
    let nobody = || Error::Unmeasurable(format!("there is no user {username} to sign in"));
    let person = users::find_by_username(&db, username).await?.ok_or_else(nobody)?;
    let keys = Keys::new(secret_key, None);
    let mut session = Session::new();
    sessions::log_in(&db, &keys, &mut session, &person).await?;
    sessions::save(&db, &keys, &mut session).await?;
    session.key().map(str::to_owned).ok_or_else(nobody)
}

async fn migrate(url: &str) -> domain::Result<()> {
    migrate::run(url, &settings(), NewerDjango::Refuse).await.map(drop)
}

async fn exists(client: &Client, name: &str) -> Result<bool> {
    Ok(client.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name]).await?.is_some())
}

fn settings() -> PoolSettings {
    PoolSettings {
        max_connections: 4,
        wait_timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(120),
        application_name: "bench".to_owned(),
    }
}
