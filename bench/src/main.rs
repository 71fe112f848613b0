//! `scripts/bench`: measures the release build of the server on a large database, prints what it finds beside what it
//! should reach, and marks what misses. Everything runs on this machine only, and ends with this program.

mod cpu;
mod data;
mod error;
mod load;
mod measure;
mod pages;
mod proxy;
mod report;
mod server;
mod sql_log;
mod staff_pages;
mod status_loop;
mod watchers;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, ValueEnum};
use devkit::{
    postgres::{Options as PostgresOptions, Postgres},
    standins::{
        github::{self, GitHub},
        repositories::{Push, Repositories},
    },
};
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    error::{Error, Result},
    report::{Table, say},
    server::{Place, Server},
};

/// Measures pages, event streams, memory and the status loop.
#[derive(Debug, Parser)]
#[command(name = "scripts/bench")]
struct Options {
    /// Three seconds for each page instead of ten
    #[arg(long)]
    quick: bool,
    /// Fill the database again
    #[arg(long)]
    afresh: bool,
    /// Only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// The server to measure
    #[arg(long, default_value = "target/release/job-server")]
    server: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Pages,
    StaffPages,
    Watchers,
    StatusLoop,
}

/// Megabytes.
const MEMORY_LIMIT: f64 = 100.0;
/// Seconds.
const READY_LIMIT: f64 = 1.0;
const TOLD_LIMIT: f64 = 2.0;
const LOOP_LIMIT: f64 = 3.0;

const DEFINITION: &str = "devkit/data/pipelines/opioid_trends.yaml";

fn main() -> ExitCode {
    let options = Options::parse();
    match measured(&options) {
        Ok(0) => {
            println!("\nNothing misses.");
            ExitCode::SUCCESS
        }
        Ok(misses) => {
            println!("\n{misses} lines miss something.");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("scripts/bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many lines of the tables miss something.
fn measured(options: &Options) -> Result<usize> {
    let root = std::env::current_dir()?;
    let scratch = root.join(".private/bench");
    fs::create_dir_all(&scratch).map_err(Error::file("make", &scratch))?;
    let postgres = Postgres::start(&scratch.join("postgres"), PostgresOptions::Durable)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            outcome = run(options, &postgres, &root, &scratch) => outcome,
            _ = interrupt.recv() => Err(Error::Unmeasurable("interrupted".to_owned())),
            _ = terminate.recv() => Err(Error::Unmeasurable("told to stop".to_owned())),
        }
    });
    // The connections go first, then the server they are to.
    drop(runtime);
    drop(postgres);
    outcome
}

async fn run(options: &Options, postgres: &Postgres, root: &Path, scratch: &Path) -> Result<usize> {
    let database = data::prepare(postgres, root, options.afresh).await?;
    let is_wanted = |part| options.only.is_none_or(|only| only == part);
    let mut misses = 0;
    if is_wanted(Part::Pages) || is_wanted(Part::StaffPages) || is_wanted(Part::Watchers) {
        let github = github_stand_in(&postgres.url(&database), root).await?;
        let place = Place { root, scratch, program: &options.server, github_url: &github.url };
        misses += serving(options, postgres, &database, &place).await?;
    }
    if is_wanted(Part::StatusLoop) {
        misses += status_loop(postgres, &database).await?;
    }
    Ok(misses)
}

/// Everything that needs the server: pages, watchers, memory, readiness.
async fn serving(options: &Options, postgres: &Postgres, database: &str, place: &Place<'_>) -> Result<usize> {
    let url = postgres.url(database);
    let observer = data::observer(postgres).await?;
    println!("Database: {:.0} MB on disk.", data::size(&observer, database).await? as f64 / 1e6);
    let server = Server::start(place, &url, "server.log").await?;
    let mut memory = vec![("when it is ready", server.memory()?)];
    let mut misses = 0;
    if options.only != Some(Part::Watchers) {
        let sessions = pages::Sessions {
            person: data::sign_in(&url, server::SECRET_KEY, pages::PERSON).await?,
            staff: data::sign_in(&url, server::SECRET_KEY, pages::STAFF).await?,
        };
        let staff_only = options.only == Some(Part::StaffPages);
        let seconds = if options.quick { 3 } else { 10 };
        let site = measure::Site { postgres, database, place, sessions: &sessions, seconds, staff_only };
        misses += measure::pages(&site, &server).await?;
        memory.push(("after the pages", server.memory()?));
    }
    if !matches!(options.only, Some(Part::Pages | Part::StaffPages)) {
        let db = devkit::database::connect(&url).await?;
        let told = watchers::told(&server, &db, if options.quick { 3 } else { 10 }).await?;
        misses += print_told(&told);
        memory.push(("while they watch", told.memory));
        memory.push(("after they left", server.memory()?));
    }
    misses += print_process(&server, &memory);
    server.stop().await?;
    Ok(misses)
}

fn print_told(told: &watchers::Told) -> usize {
    let mut table = Table::new(
        "Browsers that watch one page (seconds)",
        &["browsers", "wanted", "median", "p99", "last", "bytes", ""],
    );
    let cells = vec![
        watchers::WATCHERS.to_string(),
        format!("{TOLD_LIMIT:.0}"),
        format!("{:.3}", told.median),
        format!("{:.3}", told.p99),
        format!("{:.3}", told.last),
        told.bytes.to_string(),
    ];
    table.add(cells, if told.last < TOLD_LIMIT { &[] } else { &["time"] });
    table.print()
}

fn print_process(server: &Server, memory: &[(&str, f64)]) -> usize {
    let mut table = Table::new("The process", &["what", "measured", "wanted", ""]);
    let ready = server.ready_after.as_secs_f64();
    let cells = vec!["ready after, s".to_owned(), format!("{ready:.3}"), format!("{READY_LIMIT:.0}")];
    table.add(cells, if ready < READY_LIMIT { &[] } else { &["time"] });
    for (when, megabytes) in memory {
        let cells =
            vec![format!("memory {when}, MB"), format!("{megabytes:.1}"), format!("{MEMORY_LIMIT:.0}")];
        table.add(cells, if *megabytes < MEMORY_LIMIT { &[] } else { &["memory"] });
    }
    table.print()
}

async fn status_loop(postgres: &Postgres, database: &str) -> Result<usize> {
    say("the status loop");
    let url = data::copy(postgres, database).await?;
    let pool = data::pool(&url)?;
    let mut connections = [data::connection(&pool).await?, data::connection(&pool).await?];
    let steps = status_loop::apply_all(&mut connections).await;
    pool.close();
    data::drop_copy(postgres).await?;
    let mut table = Table::new(
        "Applying an answer about 2,000 job requests of 20 jobs each",
        &["what happened", "seconds", "wanted", "jobs written", "e-mails", ""],
    );
    for step in steps? {
        let seconds = step.took.as_secs_f64();
        let cells = vec![
            step.what.to_owned(),
            format!("{seconds:.2}"),
            format!("{LOOP_LIMIT:.0}"),
            step.written.to_string(),
            step.messages.to_string(),
        ];
        table.add(cells, if seconds < LOOP_LIMIT { &[] } else { &["time"] });
    }
    Ok(table.print())
}

/// GitHub with every repository of the data set, each with a pipeline on the branches that workspaces use.
async fn github_stand_in(database_url: &str, root: &Path) -> Result<GitHub> {
    let file = root.join(DEFINITION);
    let definition = fs::read_to_string(&file).map_err(Error::file("read", &file))?;
    let client = devkit::database::connect(database_url).await?;
    let rows = client
        .query(
            "SELECT DISTINCT repo.url, workspace.branch
             FROM jobserver_workspace AS workspace
             JOIN jobserver_repo AS repo ON repo.id = workspace.repo_id",
            &[],
        )
        .await?;
    let repositories = Repositories::default();
    for row in rows {
        let (url, branch): (&str, String) = (row.get(0), row.get(1));
        let Some(slug) = url.strip_prefix("https://github.com/") else { continue };
        repositories.create(slug, Timestamp::now())?;
        repositories.edit(slug, |repository| repository.is_private = false)?;
        let push = Push {
            branch,
            message: "Describe the study".to_owned(),
            author: "researcher1".to_owned(),
            at: Timestamp::now(),
            changes: vec![("project.yaml".to_owned(), Some(definition.clone()))],
        };
        repositories.push(slug, push)?;
    }
    let settings = github::Settings { repositories, people: Vec::new(), client: None };
    Ok(github::start("127.0.0.1:0", settings)?)
}
