//! `devkit up`: everything that a demonstration needs, from the database to the mail relay, and Job Server in the middle.
//! Variables that the caller has set win over ours, so that any part can be the real one.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use devkit::{
    Error, Result, database,
    postgres::Postgres,
    sample::{self, catalogue},
    world::{self, World},
};
use tokio::{net::TcpStream, process::Command, time::Instant};

use super::{Bound, Endings, exit_code, manage, stand_ins, with_postgres};

#[derive(clap::Args)]
pub struct Options {
    /// Where the server listens, on this machine only; the stand-ins take the ports after it, where they are free.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Forget what earlier runs left and start with the sample data alone.
    #[arg(long)]
    fresh: bool,
    /// Start without sample data, as a new installation does.
    #[arg(long)]
    empty: bool,
    /// Milliseconds between two steps of the RAP controller; a job takes about twenty.
    #[arg(long, default_value_t = stand_ins::PACE)]
    pace: u64,
    /// The job-server program; by default the newest one that cargo has built.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// How long the server may finish what is in flight.
const STOP_LIMIT: Duration = Duration::from_secs(40);
const START_LIMIT: Duration = Duration::from_secs(60);
/// Folder of released files, below that of everything private.
const RELEASES: &str = "releases";

pub async fn run(private: &Path, options: &Options) -> Result<ExitCode> {
    let mut endings = Endings::watch()?;
    let program = server_program(options)?;
    let rap_state_file = rap_state_file(private, options)?;
    if options.fresh {
        forget_releases(private)?;
    }
    // Dropped in the reverse order: the server is stopped before, then the stand-ins end, then PostgreSQL.
    let postgres = postgres(private, options).await?;
    let settings = world::Settings {
        after_port: Some(options.port),
        pace: stand_ins::pace(options.pace),
        rap_state_file: Some(rap_state_file),
    };
    let world = World::start(&settings)?;
    let surroundings = Surroundings::of(private, options, &world, postgres.as_ref());

    let migrated = surroundings.command(&program).arg("migrate").status().await;
    let migrated = migrated.map_err(Error::program(program.display().to_string()))?;
    if !migrated.success() {
        return Ok(exit_code(migrated));
    }
    manage::remember(private, &program, &surroundings.variables)?;
    if options.empty {
        println!(
            "No sample data. The first administrator, once signed in: devkit manage create_user NAME -s"
        );
    } else if sample::load(&mut database::connect(&surroundings.value("DATABASE_URL")).await?).await? {
        super::store_releases(&surroundings.value("RELEASE_STORAGE")).await?;
        println!("Sample data loaded.");
    }
    serve(&surroundings, &program, options, &world, &mut endings).await
}

/// The server, until it ends or we are asked to end.
async fn serve(
    surroundings: &Surroundings,
    program: &Path,
    options: &Options,
    world: &World,
    endings: &mut Endings,
) -> Result<ExitCode> {
    let mut command = surroundings.command(program);
    // Ctrl-C in the terminal must reach us alone, or the order of stopping would not be ours.
    command.process_group(0);
    let mut server = Bound::start(command)?;
    tokio::select! {
        status = server.ended() => {
            server.forget();
            return Ok(exit_code(status?));
        }
        ready = surroundings.wait_for_server(options.port) => {
            if let Err(error) = ready {
                server.stop(STOP_LIMIT).await?;
                return Err(error);
            }
            surroundings.tell(world);
        }
        _ = endings.next() => return Ok(exit_code(server.stop(STOP_LIMIT).await?)),
    }
    tokio::select! {
        status = server.ended() => {
            server.forget();
            Ok(exit_code(status?))
        }
        _ = endings.next() => {
            println!("Stopping.");
            Ok(exit_code(server.stop(STOP_LIMIT).await?))
        }
    }
}

/// Where the RAP controller keeps its jobs; without those of earlier runs if they are to be forgotten.
fn rap_state_file(private: &Path, options: &Options) -> Result<PathBuf> {
    fs::create_dir_all(private).map_err(Error::file("make", private))?;
    let file = private.join("rap.json");
    if options.fresh && file.exists() {
        fs::remove_file(&file).map_err(Error::file("remove", &file))?;
    }
    Ok(file)
}

/// The files of earlier runs' releases, unless the caller has them elsewhere.
fn forget_releases(private: &Path) -> Result<()> {
    let folder = private.join(RELEASES);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::file("remove", &folder))?;
    }
    Ok(())
}

/// A private server, unless the caller names a database; with the database made, and emptied if asked.
async fn postgres(private: &Path, options: &Options) -> Result<Option<Postgres>> {
    if given("DATABASE_URL").is_some() {
        if options.fresh {
            return Err(Error::Usage(
                "--fresh would empty the database of DATABASE_URL: do that by hand".to_owned(),
            ));
        }
        return Ok(None);
    }
    let postgres = with_postgres::start(private)?;
    let maintenance_url = postgres.url("postgres");
    if options.fresh {
        database::drop_database(&maintenance_url, with_postgres::DATABASE).await?;
    }
    database::ensure(&maintenance_url, with_postgres::DATABASE).await?;
    Ok(Some(postgres))
}

/// A variable of our own environment that is set to something.
fn given(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The environment of the server.
struct Surroundings {
    variables: Vec<(&'static str, String)>,
}

impl Surroundings {
    fn of(private: &Path, options: &Options, world: &World, postgres: Option<&Postgres>) -> Surroundings {
        let mut variables = world.environment();
        let below = |name: &str| private.join(name).display().to_string();
        variables.extend([
            ("DEBUG", "1".to_owned()),
            ("BASE_URL", format!("http://localhost:{}", options.port)),
            ("SECRET_KEY", "only-for-development-0123456789-abcdefghijklmnopqrstuvwxyz".to_owned()),
            ("RELEASE_STORAGE", below(RELEASES)),
            ("MEDIA_STORAGE", below("uploads")),
        ]);
        variables.extend(postgres.map(|postgres| ("DATABASE_URL", postgres.url(with_postgres::DATABASE))));
        if given("PORT").is_none() {
            variables.push(("BIND", format!("127.0.0.1:{}", options.port)));
        }
        for (name, value) in &mut variables {
            if let Some(own) = given(name) {
                *value = own;
            }
        }
        if let Some(url) = given("DATABASE_URL") {
            variables.push(("DATABASE_URL", url));
        }
        Surroundings { variables }
    }

    fn value(&self, name: &str) -> String {
        self.variables
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Until the server takes connections.
    async fn wait_for_server(&self, port: u16) -> Result<()> {
        let port = given("PORT").and_then(|port| port.parse().ok()).unwrap_or(port);
        let bind = Some(self.value("BIND")).filter(|bind| !bind.is_empty());
        let address = bind.unwrap_or_else(|| format!("127.0.0.1:{port}"));
        let deadline = Instant::now() + START_LIMIT;
        while TcpStream::connect(&address).await.is_err() {
            if Instant::now() > deadline {
                return Err(Error::Usage(format!("the server does not listen on {address}")));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Where to look and who to be.
    fn tell(&self, world: &World) {
        println!("\n  Job Server      {}/", self.value("BASE_URL"));
        if self.value("SMTP_URL") == world.smtp.url {
            println!("  Mails           {}/", world.smtp.page_url());
        }
        if self.value("SLACK_API_URL") == world.slack.url {
            println!("  Slack messages  {}/", world.slack.page_url());
        }
        println!("  Database        {}", without_password(&self.value("DATABASE_URL")));
        if self.value("GITHUB_URL") == world.github.url {
            println!("  GitHub          {}/opensafely", world.github.url);
            println!("\n  Sign in as one of:");
            for account in catalogue::ACCOUNTS {
                println!("    {:<18} {}", account.username, account.is_for);
            }
        }
        println!("\n  A review in Airlock: devkit airlock --server {}", self.value("BASE_URL"));
        println!("\n  Ctrl-C stops everything.\n");
    }
}

fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut url) if url.password().is_some() => {
            // Refused only for URLs that cannot have a password.
            url.set_password(Some("…")).ok();
            url.to_string()
        }
        _ => url.to_owned(),
    }
}

/// The one named, else the newest of those beside this program and in cargo's folders.
fn server_program(options: &Options) -> Result<PathBuf> {
    if let Some(program) = &options.server {
        return program.canonicalize().map_err(Error::program(program.display().to_string()));
    }
    let target = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target"));
    let beside = env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let folders = beside.into_iter().chain([target.join("debug"), target.join("release")]);
    folders
        .map(|folder| folder.join("job-server"))
        .filter_map(|program| Some((program.metadata().ok()?.modified().ok()?, program)))
        .max_by_key(|(built, _)| *built)
        .map(|(_, program)| program)
        .ok_or_else(|| Error::Usage("there is no job-server program: run `cargo build` first".to_owned()))
}
