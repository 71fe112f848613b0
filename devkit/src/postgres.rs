//! A PostgreSQL server of our own: system programs, own data folder, a unix socket that only its owner can open, never as
//! root, gone when we are gone (even after `kill -9`), reused at the next start.
//! Knows nothing of what is stored in it: that is `database`'s matter.

mod account;
mod binaries;

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use account::Account;
use binaries::Binaries;

use crate::{
    Error, Result,
    leash::{Ending, Leash},
};

const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// How the server treats its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Options {
    /// As in production: what was committed survives. The data folder is kept.
    Durable,
    /// Much faster, and a crash of the machine may ruin the data folder, which is removed afterwards anyway.
    Throwaway,
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Postgres {
    server: Child,
    leash: Leash,
    socket_folder: PathBuf,
    data_folder: PathBuf,
}

impl Postgres {
    /// Starts a server on `data_folder`, which is made if it does not exist. Blocks until the server takes connections
    /// (a new folder: under two seconds). When we are root and the account that the server gets cannot reach the folder,
    /// one under /var/tmp is used instead; `data_folder()` tells.
    pub fn start(data_folder: &Path, options: Options) -> Result<Postgres> {
        let account = Account::suitable()?;
        let data_folder = reachable(data_folder, &account)?;
        let binaries = Binaries::find(version_of(&data_folder))?;
        if version_of(&data_folder).is_none() {
            create_cluster(&binaries, &account, &data_folder)?;
        }
        let deadline = Instant::now() + START_LIMIT;
        loop {
            match Postgres::launch(&binaries, &account, &data_folder, options, deadline) {
                // A server whose owner has just died still needs a moment to stop.
                Err(Launch::AlreadyRunning) if Instant::now() < deadline - START_LIMIT / 2 => {
                    thread::sleep(Duration::from_millis(100));
                }
                Err(Launch::AlreadyRunning) => {
                    return Err(Error::Postgres(format!(
                        "another PostgreSQL is running on {}: stop what started it, then try again",
                        data_folder.display()
                    )));
                }
                Err(Launch::Failed(error)) => return Err(error),
                Ok(server) => return Ok(server),
            }
        }
    }

    /// A server for as long as this process lives, with an empty data folder under the temp dir.
    pub fn throwaway() -> Result<Postgres> {
        let folder = std::env::temp_dir().join(format!("job-server-postgres-{}", random_name()));
        Postgres::start(&folder, Options::Throwaway)
    }

    /// How tokio-postgres, psql and every libpq program address `database` on this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.socket_folder.display())
    }

    /// Where the data is, which may not be where it was asked for; see `start`.
    pub fn data_folder(&self) -> &Path {
        &self.data_folder
    }

    fn launch(
        binaries: &Binaries,
        account: &Account,
        data_folder: &Path,
        options: Options,
        deadline: Instant,
    ) -> std::result::Result<Postgres, Launch> {
        // The path of a unix socket may have 107 bytes at most, so it cannot stand beside the data.
        let socket_folder = PathBuf::from(format!("/tmp/jobserver-{}", random_name()));
        make_private_folder(&socket_folder, account)?;
        let log = data_folder.join("server.log");
        let server = server_command(binaries, account, data_folder, &socket_folder, options, &log)?
            .spawn()
            .map_err(Error::program("postgres"))?;
        let mut remove = vec![socket_folder.clone()];
        if options == Options::Throwaway {
            remove.push(data_folder.to_owned());
        }
        // SIGINT is PostgreSQL's fast stop: sessions are cut off, data is flushed.
        let until_gone = Some(data_folder.join("postmaster.pid"));
        let leash = Leash::on(server.id(), &Ending { signal: "INT", until_gone, remove })?;
        let mut postgres = Postgres { server, leash, socket_folder, data_folder: data_folder.to_owned() };
        postgres.wait_until_ready(&log, deadline)?;
        Ok(postgres)
    }

    /// Watches the last line of `postmaster.pid`, which is how pg_ctl knows as well.
    fn wait_until_ready(&mut self, log: &Path, deadline: Instant) -> std::result::Result<(), Launch> {
        let pid_file = self.data_folder.join("postmaster.pid");
        let own_pid = self.server.id().to_string();
        loop {
            let text = fs::read_to_string(&pid_file).unwrap_or_default();
            let is_own = text.lines().next() == Some(own_pid.as_str());
            if is_own && text.lines().nth(7).is_some_and(|state| state.trim() == "ready") {
                return Ok(());
            }
            if self.server.try_wait().map_err(Error::program("postgres"))?.is_some() {
                let told = fs::read_to_string(log).unwrap_or_default();
                if told.contains("\"postmaster.pid\" already exists") {
                    return Err(Launch::AlreadyRunning);
                }
                return Err(
                    Error::Postgres(format!("PostgreSQL would not start:\n{}", last_lines(&told))).into()
                );
            }
            if Instant::now() > deadline {
                return Err(Error::Postgres(format!(
                    "PostgreSQL is not ready after {} seconds; see {}",
                    START_LIMIT.as_secs(),
                    log.display()
                ))
                .into());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.leash.let_go();
        let deadline = Instant::now() + STOP_LIMIT;
        while let Ok(None) = self.server.try_wait() {
            if Instant::now() > deadline {
                tracing::warn!("PostgreSQL does not stop; killing it");
                if let Err(error) = self.server.kill() {
                    tracing::warn!(%error, "cannot kill PostgreSQL");
                }
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.leash.wait();
    }
}

/// Why a launch did not come off.
enum Launch {
    AlreadyRunning,
    Failed(Error),
}

impl From<Error> for Launch {
    fn from(error: Error) -> Self {
        Launch::Failed(error)
    }
}

/// The server that the tests of this process share.
#[derive(Debug)]
pub struct TestServer {
    address: Address,
}

#[derive(Debug)]
enum Address {
    Given(url::Url),
    Own(Postgres),
}

impl TestServer {
    /// How to address `database` on this server.
    pub fn url(&self, database: &str) -> String {
        match &self.address {
            Address::Own(postgres) => postgres.url(database),
            Address::Given(url) => {
                let mut url = url.clone();
                url.set_path(&format!("/{database}"));
                url.to_string()
            }
        }
    }

    /// A database that every server has, to give orders from.
    pub fn maintenance_url(&self) -> String {
        match &self.address {
            Address::Own(postgres) => postgres.url("postgres"),
            Address::Given(url) => url.to_string(),
        }
    }
}

/// The server named by `TEST_DATABASE_URL` (its role must be allowed to create databases), else one that is started at
/// the first call and ends with this process.
pub fn for_tests() -> Result<&'static TestServer> {
    static SERVER: OnceLock<std::result::Result<TestServer, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let address = match std::env::var("TEST_DATABASE_URL") {
            Ok(text) if !text.is_empty() => url::Url::parse(&text)
                .map(Address::Given)
                .map_err(|error| format!("TEST_DATABASE_URL is not a URL: {error}"))?,
            _ => Address::Own(Postgres::throwaway().map_err(|error| error.to_string())?),
        };
        Ok(TestServer { address })
    });
    server.as_ref().map_err(|sentence| Error::Postgres(sentence.clone()))
}

fn server_command(
    binaries: &Binaries,
    account: &Account,
    data: &Path,
    socket_folder: &Path,
    options: Options,
    log: &Path,
) -> Result<Command> {
    let output = fs::File::create(log).map_err(Error::file("write", log))?;
    let errors = output.try_clone().map_err(Error::file("write", log))?;
    let mut command = account.command(&binaries.program("postgres"));
    command
        .arg("-D")
        .arg(data)
        .arg("-k")
        .arg(socket_folder)
        .stdout(Stdio::from(output))
        .stderr(Stdio::from(errors));
    let mut settings = vec!["listen_addresses=", "unix_socket_permissions=0700", "timezone=UTC"];
    settings.push("max_connections=200");
    if options == Options::Throwaway {
        settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
    }
    if binaries.has_pg_stat_statements() {
        settings.push("shared_preload_libraries=pg_stat_statements");
        // The statements of all tests at once: what is pushed out would be missing in their counts.
        settings.push("pg_stat_statements.max=50000");
    }
    for setting in settings {
        command.args(["-c", setting]);
    }
    Ok(command)
}

/// initdb works in a folder beside the final one, so that one cut off half-way is not taken for a whole one.
fn create_cluster(binaries: &Binaries, account: &Account, data: &Path) -> Result<()> {
    let unfinished = data.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(Error::file("remove", &unfinished))?;
    }
    if data.exists() {
        // Only an empty folder may give way: a full one that PostgreSQL did not make is somebody's.
        fs::remove_dir(data).map_err(Error::file("put a database into", data))?;
    }
    make_private_folder(&unfinished, account)?;
    let answer = account
        .command(&binaries.program("initdb"))
        .args([
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=trust",
            "--username=postgres",
            "-D",
        ])
        .arg(&unfinished)
        .output()
        .map_err(Error::program("initdb"))?;
    if !answer.status.success() {
        let told = String::from_utf8_lossy(&answer.stderr);
        return Err(Error::Postgres(format!("initdb could not make a data folder:\n{}", last_lines(&told))));
    }
    fs::rename(&unfinished, data).map_err(Error::file("move into place", data))
}

/// `wanted` with its parents made, or a folder of its own under /var/tmp if the account cannot get there.
fn reachable(wanted: &Path, account: &Account) -> Result<PathBuf> {
    let wanted = std::path::absolute(wanted).map_err(Error::file("find", wanted))?;
    let Some(parent) = wanted.parent() else {
        return Err(Error::Postgres(format!("{} cannot be a data folder", wanted.display())));
    };
    fs::create_dir_all(parent).map_err(Error::file("make", parent))?;
    if account.can_enter(parent) {
        return Ok(wanted);
    }
    let digest = <sha1::Sha1 as sha1::Digest>::digest(wanted.as_os_str().as_encoded_bytes());
    let name = data_encoding::HEXLOWER.encode(&digest[..6]);
    let folder = PathBuf::from(format!("/var/tmp/job-server-{name}"));
    match fs::DirBuilder::new().mode(0o711).create(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            // Anybody may make folders there: take only one that root made.
            let is_ours = fs::symlink_metadata(&folder)
                .is_ok_and(|found| found.is_dir() && std::os::unix::fs::MetadataExt::uid(&found) == 0);
            if !is_ours {
                return Err(Error::Postgres(format!("{} belongs to somebody else", folder.display())));
            }
        }
        other => other.map_err(Error::file("make", &folder))?,
    }
    Ok(folder.join("postgres"))
}

fn make_private_folder(folder: &Path, account: &Account) -> Result<()> {
    fs::DirBuilder::new().mode(0o700).create(folder).map_err(Error::file("make", folder))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(Error::file("close", folder))?;
    account.own(folder)
}

/// The major version that made a data folder; none if it is no (complete) data folder.
fn version_of(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}

/// Short and not to be guessed.
fn random_name() -> String {
    format!("{:012x}", rand::random::<u64>() & 0xffff_ffff_ffff)
}
