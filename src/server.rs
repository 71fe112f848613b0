//! Puts the parts together, runs them until told to stop, and stops them in order.

use std::{process::ExitCode, sync::Arc, time::Duration};

use actix_web::{
    App as ActixApp, HttpServer,
    dev::{Server, ServerHandle},
    middleware::{Compress, from_fn},
    web,
};
use actors::{Actors, NotificationSettings, Roles};
use domain::{db, sessions};
use tokio::{
    runtime::Handle,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{
    app::{App, AppState},
    config::Config,
    emails,
    http::{
        assets::Assets, cache::Caches, client_address::TrustedProxies, form, headers, metrics::Metrics,
        observe, render::Templates,
    },
    outside, routes, schema,
};

/// What one process of a deployment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    Web,
    RapStatus,
    Everything,
}

type Failure = Box<dyn std::error::Error>;

/// A connection that says nothing for this long is closed; longer than proxies keep theirs.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Runs until SIGTERM or SIGINT. Exit status 0 after an orderly stop, 1 if it could not start.
pub fn run(config: Config, process: Process) -> ExitCode {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.enable_all().thread_name("background");
        builder.build().unwrap_or_else(|error| {
            eprintln!("job-server cannot start its runtime: {error}");
            std::process::exit(1)
        })
    };
    let system = actix::System::with_tokio_rt(runtime);
    let outcome = system.block_on(serve(config, process));
    // The process ends now. Taking the runtime apart would only run destructors that need it.
    std::mem::forget(system);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "job-server cannot start");
            ExitCode::FAILURE
        }
    }
}

/// How every connection of this process behaves.
pub fn pool_settings(config: &Config, application_name: &str) -> db::PoolSettings {
    db::PoolSettings {
        max_connections: config.database.max_connections,
        wait_timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(20),
        application_name: application_name.to_owned(),
    }
}

async fn serve(config: Config, process: Process) -> Result<(), Failure> {
    let (stop, stopping) = watch::channel(false);
    let app = build(config, process, stopping).await?;
    let server = listen(&app, process)?;
    let handle = server.as_ref().map(Server::handle);
    tracing::info!(address = %app.config.web.bind, ?process, "ready");
    let stopped = actix_web::rt::spawn(wait_for_stop(stop, handle));
    if let Some(server) = server {
        server.await?;
    }
    stopped.await?;
    tracing::info!("stopping");
    app.actors.stop(app.config.shutdown_timeout).await;
    app.pool.close();
    Ok(())
}

async fn build(config: Config, process: Process, stopping: watch::Receiver<bool>) -> Result<App, Failure> {
    let background = Handle::current();
    let name = match process {
        Process::Web => "job-server web",
        Process::RapStatus => "job-server rapstatus",
        Process::Everything => "job-server",
    };
    let settings = pool_settings(&config, name);
    let target = db::Target::new(config.database.url.expose(), &settings)?;
    let (pages, pool) = pools(&config, &target, &settings, &background)?;
    let templates = Arc::new(Templates::load()?);
    let assets = Assets::load(&config.web.static_root, config.debug)?;
    match process {
        Process::Everything => schema::bring_up_to_date(config.database.url.expose(), &settings).await?,
        Process::Web | Process::RapStatus => schema::wait_until_current(&pool).await,
    }
    let outside = outside::Clients::new(&config)?;
    let actors = Actors::start(
        actors::Config {
            process: process_name(process).into(),
            roles: roles(process, &config),
            rap_status_interval: config.rap.poll_interval,
            notifications: notification_settings(&config),
            ..actors::Config::default()
        },
        actors::Dependencies {
            pool: pool.clone(),
            connection: target,
            rap: outside.rap,
            rap_url: config.rap.controller.as_ref().map(|rap| rap.base_url.to_string()).unwrap_or_default(),
            mailer: outside.mailer,
            slack: outside.slack,
            github: outside.github.clone(),
            storage: outside.storage.clone(),
            render_email: emails::renderer(templates.clone(), config.base_url.clone()),
        },
    );
    let keys = sessions::Keys::new(
        config.keys.secret.expose(),
        config.keys.old_secret.as_ref().map(clients::Secret::expose),
    );
    Ok(App::new(AppState {
        assets,
        proxies: TrustedProxies::new(&config.web.trusted_proxies),
        metrics: Metrics::new()?,
        caches: Caches::default(),
        code: crate::code::Code::default(),
        live_fragments: Default::default(),
        staff: Default::default(),
        github: outside.github,
        oauth: outside.oauth,
        opencodelists: outside.opencodelists,
        storage: outside.storage,
        pool: pages,
        keys,
        templates,
        actors,
        background,
        stopping,
        config,
    }))
}

/// The connections of requests and those of actors, which may keep one for as long as a mail server takes.
fn pools(
    config: &Config,
    target: &db::Target,
    settings: &db::PoolSettings,
    background: &Handle,
) -> domain::Result<(db::Pool, db::Pool)> {
    let all = config.database.max_connections;
    let for_pages = config.database.page_connections.min(all / 2);
    let pool = |max_connections| {
        let settings = db::PoolSettings { max_connections, ..settings.clone() };
        db::pool(target, &settings, background.clone())
    };
    Ok((pool(for_pages)?, pool(all - for_pages)?))
}

/// Message-IDs are made of our own host name.
fn notification_settings(config: &Config) -> NotificationSettings {
    let defaults = NotificationSettings::default();
    let host = url::Url::parse(&config.base_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    NotificationSettings {
        message_id_domain: host.unwrap_or(defaults.message_id_domain.clone()),
        announce_after: config.output_checking.github_attempts,
        ..defaults
    }
}

/// Such as `web@host:17`: unlike any other that runs now, and the same again where a container starts anew.
fn process_name(process: Process) -> String {
    let role = match process {
        Process::Web => "web",
        Process::RapStatus => "rapstatus",
        Process::Everything => "job-server",
    };
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or("localhost");
    format!("{role}@{host}:{}", std::process::id())
}

/// Without a controller there is nothing to ask about: runners come and fetch.
fn roles(process: Process, config: &Config) -> Roles {
    let roles = match process {
        Process::Web => Roles::WEB,
        Process::RapStatus => Roles::RAPSTATUS,
        Process::Everything => Roles::ALL,
    };
    Roles { rapstatus: roles.rapstatus && config.rap.controller.is_some(), ..roles }
}

/// The HTTP server of this process. `rapstatus` shows its health and metrics where an address was given.
fn listen(app: &App, process: Process) -> Result<Option<Server>, Failure> {
    if process == Process::RapStatus && !app.config.web.bind_is_explicit {
        return Ok(None);
    }
    let data = web::Data::new(app.clone());
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(form::MAX_BYTES))
            .wrap(from_fn(form::guard))
            .wrap(from_fn(observe::observe))
            .wrap(from_fn(headers::secure))
            .wrap(Compress::default())
            .configure(if process == Process::RapStatus { routes::for_machines } else { routes::all })
    })
    .workers(app.config.web.workers)
    .keep_alive(KEEP_ALIVE)
    .h1_allow_half_closed(false)
    .shutdown_timeout(app.config.shutdown_timeout.as_secs())
    .disable_signals()
    .bind(app.config.web.bind)
    .map_err(|error| format!("cannot listen on {}: {error}", app.config.web.bind))?;
    Ok(Some(server.run()))
}

/// Waits for SIGTERM or SIGINT, ends the event streams, lets requests finish.
async fn wait_for_stop(stop: watch::Sender<bool>, server: Option<ServerHandle>) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be received");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.send_replace(true);
    if let Some(server) = server {
        server.stop(true).await;
    }
}
