//! Brings a database to the schema of this program: builds it on an empty one, takes over one that Django has migrated,
//! and applies what is new since. Only ever adds, so that the Django server, or an older version of this one, can run on
//! the same database afterwards. One process at a time does this; others wait.

mod django;
mod indexes;
mod schema;

use std::time::Duration;

use deadpool_postgres::GenericClient;
use refinery::{Runner, Target};
use tokio::time::Instant;
use tokio_postgres::{Client, error::SqlState};

use crate::{
    Error, Result,
    db::{self, PoolSettings},
    error::chain,
};

mod embedded {
    refinery::embed_migrations!("../migrations");
}

/// Held by the process that migrates. Any number that nothing else on the database uses.
const LOCK: i64 = 0x6a6f_6273_6d69_6772;
const LOCK_PATIENCE: Duration = Duration::from_secs(15 * 60);
const LOCK_PAUSE: Duration = Duration::from_millis(200);

/// The migration that builds what Django built.
const BASELINE: i32 = 1;

/// What to do with a database that a newer Django server has migrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NewerDjango {
    /// Refuse: the newer schema may mean something that this program does not know.
    #[default]
    Refuse,
    /// Go on as long as every table and column of the known schema is there; for an operator who knows better.
    Accept,
}

/// What [`run`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether Django's tables were found and taken over instead of built.
    pub adopted: bool,
    /// The migrations that were applied, in order, such as `V2__outbox`.
    pub applied: Vec<String>,
    /// The indexes that were built beside the running site.
    pub indexes: Vec<String>,
}

/// What [`run`] would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    /// Whether Django's tables would be taken over instead of built.
    pub adopt: bool,
    /// The migrations that would be applied, in order.
    pub migrations: Vec<String>,
    /// The indexes that would be built.
    pub indexes: Vec<String>,
}

impl Report {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Report::default()
    }
}

impl Pending {
    /// Whether the database is up to date.
    pub fn is_empty(&self) -> bool {
        *self == Pending::default()
    }
}

/// Where a database stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// No tables of ours or Django's.
    Empty,
    /// Django has migrated it as far as this program knows; we have not seen it yet.
    Django,
    /// Our own history says that the baseline is there.
    Ours,
}

/// Migrates the database at `url`. Call it within a Tokio runtime. [`Error::Invalid`] says what an operator has to do
/// when the database is none that this program can take over.
pub async fn run(url: &str, settings: &PoolSettings, newer: NewerDjango) -> Result<Report> {
    let mut client = connect(url, settings).await?;
    lock(&client).await?;
    let mut report = Report::default();
    if standing(&client, newer).await? == Standing::Django {
        runner().set_target(Target::FakeVersion(BASELINE)).run_async(&mut client).await.map_err(failed)?;
        report.adopted = true;
        tracing::info!("took over the tables that Django made");
    }
    let applied = runner().run_async(&mut client).await.map_err(failed)?;
    report.applied = applied.applied_migrations().iter().map(|migration| migration.to_string()).collect();
    for migration in &report.applied {
        tracing::info!(migration, "applied a migration");
    }
    report.indexes = indexes::build_missing(&client).await?;
    Ok(report)
}

/// What is still to be done at `url`; changes nothing. Fails as [`run`] would on a database that it would refuse.
pub async fn check(url: &str, settings: &PoolSettings, newer: NewerDjango) -> Result<Pending> {
    let client = connect(url, settings).await?;
    let standing = standing(&client, newer).await?;
    let applied = match standing {
        Standing::Empty => Vec::new(),
        Standing::Django => vec![BASELINE],
        Standing::Ours => applied_versions(&client).await?,
    };
    let migrations = runner()
        .get_migrations()
        .iter()
        .filter(|migration| !applied.contains(&migration.version()))
        .map(|migration| migration.to_string())
        .collect();
    let indexes = indexes::missing(&client).await?.into_iter().map(|index| index.name.to_owned()).collect();
    Ok(Pending { adopt: standing == Standing::Django, migrations, indexes })
}

/// Whether every migration of this program has been applied: one small statement, for health checks. A database that is
/// ahead of this program counts as current.
pub async fn schema_is_current(db: &impl GenericClient) -> Result<bool> {
    let known = runner().get_migrations().iter().map(|migration| migration.version()).collect::<Vec<_>>();
    let counted =
        db.query_one("SELECT count(*) FROM refinery_schema_history WHERE version = ANY($1)", &[&known]).await;
    match counted {
        Ok(row) => Ok(row.try_get::<_, i64>(0)? == known.len() as i64),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// An older program tolerates the migrations of a newer one, so that a roll-back needs nothing but the old program.
fn runner() -> Runner {
    embedded::migrations::runner().set_abort_missing(false)
}

fn failed(error: refinery::Error) -> Error {
    Error::Invalid(format!("a migration failed and was undone: {}", chain(&error)))
}

/// A connection of its own, without the time limit that requests have: building an index may take minutes.
async fn connect(url: &str, settings: &PoolSettings) -> Result<Client> {
    let (client, connection) = db::Target::new(url, settings)?.connect().await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = chain(&error), "the connection for migrations ended");
        }
    });
    client.batch_execute("SET statement_timeout = 0").await?;
    Ok(client)
}

/// Takes the lock, which ends with the connection. It asks again and again instead of waiting inside PostgreSQL: a
/// waiting statement would hold a snapshot, and the holder's CREATE INDEX CONCURRENTLY waits for all snapshots to end.
async fn lock(client: &Client) -> Result<()> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    let mut told = false;
    while !client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]).await?.try_get::<_, bool>(0)? {
        if Instant::now() > deadline {
            return Err(Error::Invalid(
                "Another process has been migrating this database for a quarter of an hour. Look at \
                 pg_stat_activity for what it waits for, then try again."
                    .to_owned(),
            ));
        }
        if !told {
            tracing::info!("waiting for another process that is migrating this database");
            told = true;
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    Ok(())
}

async fn standing(client: &Client, newer: NewerDjango) -> Result<Standing> {
    let row = client
        .query_one(
            "SELECT
                 to_regclass('refinery_schema_history') IS NOT NULL,
                 to_regclass('django_migrations') IS NOT NULL,
                 to_regclass('jobserver_user') IS NOT NULL",
            &[],
        )
        .await?;
    let (history, django, users) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if history && applied_versions(client).await?.contains(&BASELINE) {
        return Ok(Standing::Ours);
    }
    match (django, users) {
        (false, false) => Ok(Standing::Empty),
        (true, true) => {
            django::require_known_level(client, newer).await?;
            schema::require_all_tables(client).await?;
            Ok(Standing::Django)
        }
        (true, false) => Err(Error::Invalid(
            "This database has Django's table django_migrations but no table jobserver_user: it belongs to another \
             program, or its restore did not finish. Check DATABASE_URL, or restore the dump again."
                .to_owned(),
        )),
        (false, true) => Err(Error::Invalid(
            "This database has a table jobserver_user but no django_migrations, so nobody can tell how far it was \
             migrated. Restore the whole dump, or start from an empty database."
                .to_owned(),
        )),
    }
}

async fn applied_versions(client: &Client) -> Result<Vec<i32>> {
    let rows = client.query("SELECT version FROM refinery_schema_history", &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
