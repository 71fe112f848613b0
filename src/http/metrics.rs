//! Counters for machines, in Prometheus' text form at `/metrics`: requests, the connection pool, every actor's health
//! and the outbox.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use prometheus::{
    Encoder, Gauge, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};
use subtle::ConstantTimeEq;

use super::{
    client_address,
    error::{Error, PageResult},
};
use crate::app::App;

pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    pool: IntGaugeVec,
    outbox: IntGaugeVec,
    actor: prometheus::GaugeVec,
    watchers: Gauge,
}

impl Metrics {
    pub fn new() -> Result<Metrics, prometheus::Error> {
        let metrics = Metrics {
            registry: Registry::new(),
            requests: IntCounterVec::new(
                Opts::new("http_requests_total", "Finished requests by route and status."),
                &["route", "status"],
            )?,
            seconds: HistogramVec::new(
                HistogramOpts::new("http_request_seconds", "How long requests took.")
                    .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 25.0]),
                &["route"],
            )?,
            pool: IntGaugeVec::new(
                Opts::new("database_connections", "Connections of the pool by state."),
                &["state"],
            )?,
            outbox: IntGaugeVec::new(
                Opts::new("outbox_messages", "Messages not yet delivered."),
                &["state"],
            )?,
            actor: prometheus::GaugeVec::new(
                Opts::new("actor", "Facts of each actor's health cell."),
                &["actor", "fact"],
            )?,
            watchers: Gauge::new("live_watchers", "Browsers that watch a page.")?,
        };
        metrics.registry.register(Box::new(metrics.requests.clone()))?;
        metrics.registry.register(Box::new(metrics.seconds.clone()))?;
        metrics.registry.register(Box::new(metrics.pool.clone()))?;
        metrics.registry.register(Box::new(metrics.outbox.clone()))?;
        metrics.registry.register(Box::new(metrics.actor.clone()))?;
        metrics.registry.register(Box::new(metrics.watchers.clone()))?;
        Ok(metrics)
    }

    pub fn request_finished(&self, request: &HttpRequest, status: StatusCode, took: Duration) {
        let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
        self.requests.with_label_values(&[route.as_str(), status.as_str()]).inc();
        self.seconds.with_label_values(&[route.as_str()]).observe(took.as_secs_f64());
    }
}

/// `GET /metrics`
///
/// With `METRICS_TOKEN` set it wants `Authorization: Bearer <token>`; else it answers this machine only.
pub async fn show(app: App, request: HttpRequest) -> PageResult {
    if !may_scrape(&app, &request) {
        return Err(Error::NotFound);
    }
    collect(&app).await;
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(&app.metrics.registry.gather(), &mut text)
        .map_err(|error| Error::Render(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}

fn may_scrape(app: &App, request: &HttpRequest) -> bool {
    match &app.config.web.metrics_token {
        Some(token) => {
            let sent = request.headers().get("authorization").and_then(|value| value.to_str().ok());
            let expected = format!("Bearer {}", token.expose());
            sent.is_some_and(|sent| sent.as_bytes().ct_eq(expected.as_bytes()).into())
        }
        None => client_address::is_local(request),
    }
}

/// A health cell in numbers; times as seconds since the epoch.
fn numbers(cell: &actors::HealthSnapshot) -> Vec<(&'static str, f64)> {
    let mut numbers = vec![
        ("up", if cell.state == actors::State::Stopped { 0.0 } else { 1.0 }),
        ("stuck", if cell.is_stuck { 1.0 } else { 0.0 }),
        ("iterations", cell.iterations as f64),
        ("failures", cell.failures as f64),
        ("consecutive_failures", f64::from(cell.consecutive_failures)),
        ("restarts", cell.restarts as f64),
        ("queue_depth", cell.queue_depth as f64),
    ];
    if let Some(success) = &cell.last_success {
        numbers.push(("last_success_time", success.at.as_second() as f64));
        numbers.push(("last_success_seconds", success.took_ms as f64 / 1_000.0));
    }
    if let Some(failure) = &cell.last_failure {
        numbers.push(("last_failure_time", failure.at.as_second() as f64));
    }
    numbers
}

async fn collect(app: &App) {
    let metrics = &app.metrics;
    let status = app.pool.status();
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    metrics.pool.with_label_values(&["open"]).set(count(status.size));
    metrics.pool.with_label_values(&["idle"]).set(count(status.available));
    metrics.pool.with_label_values(&["waited_for"]).set(count(status.waiting));
    metrics.watchers.set(app.live_fragments.watchers() as f64);
    for cell in app.actors.health.snapshot() {
        for (fact, value) in numbers(&cell) {
            metrics.actor.with_label_values(&[cell.name, fact]).set(value);
        }
    }
    let depth = match app.db().await {
        Ok(db) => domain::outbox::depth(&db).await,
        Err(error) => Err(error),
    };
    match depth {
        Ok(depth) => {
            metrics.outbox.with_label_values(&["waiting"]).set(depth.waiting);
            metrics.outbox.with_label_values(&["retrying"]).set(depth.retrying);
            metrics.outbox.with_label_values(&["dead"]).set(depth.dead);
        }
        Err(error) => tracing::warn!(%error, "the outbox could not be counted"),
    }
}
