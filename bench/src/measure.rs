//! Measuring the pages one by one: what they cost the database, how large they are, how quick.

use std::{io::Write, path::Path, time::Duration};

use devkit::postgres::Postgres;
use flate2::{Compression, write::GzEncoder};
use reqwest::{Client as Browser, StatusCode};
use tokio::time;
use tokio_postgres::Client;

use crate::{
    cpu, data,
    error::{Error, Result},
    load::{self, Load},
    pages::{self, Page, Sessions},
    proxy::{Passed, Proxy},
    report::{Table, say},
    server::{Place, Server},
    sql_log::{self, SqlLog},
    staff_pages,
};

const REQUESTS_COUNTED: u32 = 40;
const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// What asking for a page once shows.
struct Closely {
    status: StatusCode,
    bytes: usize,
    gzip_bytes: usize,
    /// The first request of this kind, when the server remembers nothing yet.
    first: Passed,
    /// The one in the middle of some later requests.
    round_trips: u64,
    statements: Vec<String>,
}

/// What asking for it very often shows.
struct Hard {
    load: Load,
    /// Milliseconds of processor time a request, under load.
    server_cpu: f64,
    postgres_cpu: f64,
    /// Of the server, per request, when it has been asked a few times.
    statements: f64,
    database_ms: f64,
    /// Times a second that PostgreSQL alone can answer the same; none if it refuses the script.
    alone: Option<f64>,
}

/// Where the measuring takes place.
pub struct Site<'a> {
    pub postgres: &'a Postgres,
    pub database: &'a str,
    pub place: &'a Place<'a>,
    pub sessions: &'a Sessions,
    pub seconds: u32,
    /// Only the pages of the staff area.
    pub staff_only: bool,
}

impl Site<'_> {
    /// All pages with one request each, through a proxy that counts. In the order of `all`.
    async fn look_closely(&self, all: &[Page]) -> Result<Vec<Closely>> {
        let proxy = Proxy::start(&socket_folder(self.postgres)?).await?;
        let url = format!(
            "postgres://postgres@127.0.0.1:{}/{}?options={}",
            proxy.port,
            self.database,
            sql_log::OPTIONS.replace(' ', "%20").replace('=', "%3D")
        );
        let server = Server::start(self.place, &url, "counted-server.log").await?;
        let browser = browser()?;
        // What a server does when it starts is no page's doing.
        while proxy.take().statements > 0 {
            time::sleep(Duration::from_millis(300)).await;
        }
        let mut seen = Vec::with_capacity(all.len());
        for page in all {
            seen.push(self.look_at(page, &server, &proxy, &browser).await?);
        }
        server.stop().await?;
        Ok(seen)
    }

    async fn look_at(
        &self,
        page: &Page,
        server: &Server,
        proxy: &Proxy,
        browser: &Browser,
    ) -> Result<Closely> {
        let mut log = SqlLog::from_now(self.postgres.data_folder())?;
        proxy.take();
        let answer = self.ask(page, server, browser).await?;
        let (first, status) = (proxy.take(), answer.status());
        let body = answer.bytes().await?;
        let cold_statements = log.take()?;
        let mut round_trips = Vec::new();
        for _ in 0..REQUESTS_COUNTED {
            self.ask(page, server, browser).await?.bytes().await?;
            round_trips.push(proxy.take().round_trips);
        }
        log.take()?;
        self.ask(page, server, browser).await?.bytes().await?;
        let warm_statements = log.take()?;
        round_trips.sort_unstable();
        Ok(Closely {
            status,
            bytes: body.len(),
            gzip_bytes: gzipped(&body)?,
            first,
            round_trips: round_trips[round_trips.len() / 2],
            statements: if warm_statements.is_empty() { cold_statements } else { warm_statements },
        })
    }

    async fn press(
        &self,
        page: &Page,
        closely: &Closely,
        server: &Server,
        observer: &Client,
    ) -> Result<Hard> {
        let browser = browser()?;
        for _ in 0..3 {
            self.ask(page, server, &browser).await?.bytes().await?;
        }
        observer.execute("SELECT pg_stat_statements_reset()", &[]).await?;
        for _ in 0..REQUESTS_COUNTED {
            self.ask(page, server, &browser).await?.bytes().await?;
        }
        let row = observer
            .query_one(
                "SELECT coalesce(sum(calls), 0)::float8, coalesce(sum(total_exec_time), 0)::float8
                 FROM pg_stat_statements
                 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)",
                &[&self.database],
            )
            .await?;
        let per_request = |column| row.get::<_, f64>(column) / f64::from(REQUESTS_COUNTED);
        let request = load::Request {
            url: format!("{}{}", server.url, page.path),
            headers: page.headers(self.sessions),
            body: page.body.as_deref(),
        };
        let before = self.cpu(server)?;
        let load = load::wrk(&request, self.place.scratch, self.seconds).await?;
        let after = self.cpu(server)?;
        Ok(Hard {
            load,
            server_cpu: (after.0 - before.0) / load.requests.max(1.0),
            postgres_cpu: (after.1 - before.1) / load.requests.max(1.0),
            statements: per_request(0),
            database_ms: per_request(1),
            alone: self.database_alone(page, &closely.statements).await?,
        })
    }

    /// Used so far by the server and by PostgreSQL's processes.
    fn cpu(&self, server: &Server) -> Result<(f64, f64)> {
        let gone = || Error::Unmeasurable("the server has ended".to_owned());
        let pid_file = self.postgres.data_folder().join("postmaster.pid");
        let text = std::fs::read_to_string(&pid_file).map_err(Error::file("read", &pid_file))?;
        let postmaster = text.lines().next().and_then(|line| line.parse().ok()).ok_or_else(gone)?;
        Ok((server.cpu().ok_or_else(gone)?, cpu::of_children(postmaster)))
    }

    async fn database_alone(&self, page: &Page, statements: &[String]) -> Result<Option<f64>> {
        if statements.is_empty() {
            return Ok(None);
        }
        let script = self.place.scratch.join(format!("{}.sql", page.name.replace([' ', ','], "-")));
        std::fs::write(&script, sql_log::script(statements)).map_err(Error::file("write", &script))?;
        let url = self.postgres.url(self.database);
        match load::pgbench(&url, &script, self.seconds.div_ceil(2)).await {
            Ok(rate) => Ok(Some(rate)),
            Err(error) => {
                say(&format!("{}: pgbench could not run {}: {error}", page.name, script.display()));
                Ok(None)
            }
        }
    }

    async fn ask(&self, page: &Page, server: &Server, browser: &Browser) -> Result<reqwest::Response> {
        let url = format!("{}{}", server.url, page.path);
        let mut asking = match &page.body {
            Some(body) => browser.post(url).body(body.clone()),
            None => browser.get(url),
        };
        for (name, value) in page.headers(self.sessions) {
            asking = asking.header(name, value);
        }
        Ok(asking.send().await?)
    }
}

/// Measures all pages, prints their table, and returns how many of them miss something.
pub async fn pages(site: &Site<'_>, server: &Server) -> Result<usize> {
    let observer = data::observer(site.postgres).await?;
    let database = devkit::database::connect(&site.postgres.url(site.database)).await?;
    let all =
        if site.staff_only { staff_pages::all(&database).await? } else { pages::all(&database).await? };
    drop(database);
    let closely = site.look_closely(&all).await?;
    let mut table = Table::new(
        "Pages (8 connections, uncompressed; times in ms)",
        &[
            "page",
            "req/s",
            "wanted",
            "p50",
            "p99",
            "statements",
            "first",
            "trips",
            "db ms",
            "cpu",
            "db cpu",
            "pgbench/s",
            "bytes",
            "gzip",
            "",
        ],
    );
    for (page, closely) in all.iter().zip(&closely) {
        say(&format!("{} ({})", page.name, page.path));
        let hard = site.press(page, closely, server, &observer).await?;
        table.add(cells(page, closely, &hard), &misses(page, closely, &hard));
    }
    let misses = table.print();
    println!(
        "  statements: per request, by pg_stat_statements, when the server is warm; first: those of the very first request;\n  \
         trips: times a warm request waits for the database; db ms: execution time of a warm request's statements;\n  \
         cpu, db cpu: processor time of the server and of PostgreSQL for a request under load: with two idle cores\n  \
         2000 / (cpu + db cpu) requests a second are possible, less what wrk needs;\n  \
         pgbench/s: how often PostgreSQL alone, also over 8 connections, answers the statements of one request with the\n  \
         same values, prepared and in one pipeline (what is remembered for seconds is asked each time there)."
    );
    Ok(misses)
}

fn cells(page: &Page, closely: &Closely, hard: &Hard) -> Vec<String> {
    vec![
        page.name.to_owned(),
        format!("{:.0}", hard.load.rate),
        page.wanted_rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.0}")),
        format!("{:.1}", hard.load.p50),
        format!("{:.1}", hard.load.p99),
        format!("{:.1}", hard.statements),
        closely.first.statements.to_string(),
        closely.round_trips.to_string(),
        format!("{:.2}", hard.database_ms),
        format!("{:.2}", hard.server_cpu),
        format!("{:.2}", hard.postgres_cpu),
        hard.alone.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.0}")),
        closely.bytes.to_string(),
        closely.gzip_bytes.to_string(),
    ]
}

/// A page without a wanted rate is shown for information.
fn misses(page: &Page, closely: &Closely, hard: &Hard) -> Vec<&'static str> {
    let is_broken = closely.status != StatusCode::OK || hard.load.failed > 0;
    let Some(wanted_rate) = page.wanted_rate else { return if is_broken { vec!["200"] } else { Vec::new() } };
    let checks = [
        (is_broken, "200"),
        (hard.load.rate < wanted_rate, "rate"),
        (hard.load.p99 >= pages::P99_LIMIT, "p99"),
        (hard.statements > page.statements_limit, "statements"),
        (closely.first.statements as f64 > pages::STATEMENTS_LIMIT, "first"),
        (closely.round_trips > pages::ROUND_TRIPS_LIMIT, "trips"),
    ];
    checks.into_iter().filter_map(|(is_missed, what)| is_missed.then_some(what)).collect()
}

fn browser() -> Result<Browser> {
    let redirects = reqwest::redirect::Policy::none();
    Ok(Browser::builder().redirect(redirects).no_proxy().timeout(REQUEST_LIMIT).build()?)
}

fn gzipped(body: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    Ok(encoder.finish()?.len())
}

fn socket_folder(postgres: &Postgres) -> Result<std::path::PathBuf> {
    let config: tokio_postgres::Config = postgres.url("postgres").parse()?;
    config
        .get_hosts()
        .iter()
        .find_map(|host| match host {
            tokio_postgres::config::Host::Unix(folder) => Some(Path::new(folder).to_owned()),
            tokio_postgres::config::Host::Tcp(_) => None,
        })
        .ok_or_else(|| Error::Unmeasurable("the private PostgreSQL has no unix socket".to_owned()))
}
