//! How the backends are doing: a page for people, two addresses for probes.

use actix_web::{HttpResponse, http::StatusCode, web};
use domain::views::status::{self, BackendContact, BackendState};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::bars::{Bar, bars};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
        visitor::Visitor,
    },
};

#[derive(Serialize)]
struct StatusPage {
    backends: Vec<BackendCard>,
}

#[derive(Serialize)]
struct BackendCard {
    slug: String,
    name: String,
    is_missing: bool,
    is_paused: bool,
    in_maintenance: bool,
    maintenance_since: Option<Moment>,
    running: i64,
    pending: i64,
    last_seen: Option<Moment>,
    alert_timeout: String,
    chart: Vec<Bar>,
    chart_total: i64,
}

/// `GET /status/`
pub async fn index(app: App, visitor: Visitor) -> PageResult {
    let load = async { status::active_backends(&app.db().await?).await };
    let backends = app.caches.public_status.get(&visitor, (), load).await?;
    let shown = |backend: &&BackendState| {
        app.config.backends.is_empty() || app.config.backends.contains(&backend.slug)
    };
    let now = Timestamp::now();
    let view =
        StatusPage { backends: backends.iter().filter(shown).map(|backend| card(backend, now)).collect() };
    visitor.render(&app, "site/status", Page::titled("Status"), &view)
}

fn card(backend: &BackendState, now: Timestamp) -> BackendCard {
    BackendCard {
        is_missing: backend.is_missing(now),
        is_paused: backend.is_paused,
        in_maintenance: backend.in_maintenance,
        maintenance_since: backend.maintenance_since.filter(|_| backend.in_maintenance).map(Moment::relative),
        running: backend.running,
        pending: backend.pending,
        last_seen: backend.last_seen_at.map(Moment::relative),
        alert_timeout: interval(backend.alert_timeout.as_secs()),
        chart_total: backend.finished_per_hour.iter().sum(),
        chart: bars(&backend.finished_per_hour, |jobs, later| {
            format!("{jobs} finished, {} h ago", later + 1)
        }),
        slug: backend.slug.clone(),
        name: backend.name.clone(),
    }
}

/// `1 days 5 minutes`: the parts that are not zero; `-` for nothing.
fn interval(seconds: u64) -> String {
    let parts = [
        (seconds / 86_400, "days"),
        (seconds / 3_600 % 24, "hours"),
        (seconds / 60 % 60, "minutes"),
        (seconds % 60, "seconds"),
    ];
    let text: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if text.is_empty() { "-".to_owned() } else { text.join(" ") }
}

/// `GET /status/{backend}/`: the time of the last contact as text; 503 when that is too long ago.
pub async fn backend(app: App, slug: web::Path<String>) -> PageResult {
    let contact = find(&app, &slug).await?;
    let now = Timestamp::now();
    let seen = contact.last_seen_at.unwrap_or(now);
    let silence = crate::http::times::between(seen, now);
    let status =
        if silence > contact.alert_timeout { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    Ok(text(status, iso(seen, "T")))
}

/// `GET /status/{backend}/db-availability/`
pub async fn db_availability(app: App, slug: web::Path<String>) -> PageResult {
    let contact = find(&app, &slug).await?;
    let body = if contact.slug != "tpp" {
        format!("DB maintenance mode not implemented in {}", contact.name)
    } else {
        let state = if contact.in_maintenance { "on" } else { "off" };
        let since = contact.maintenance_since.map(|since| format!(" (since {}) ", iso(since, " ")));
        format!("DB maintenance mode {state}{}", since.unwrap_or_default())
    };
    Ok(text(StatusCode::OK, body))
}

async fn find(app: &App, slug: &str) -> Result<BackendContact, Error> {
    status::contact(&app.db().await?, slug).await?.ok_or(Error::NotFound)
}

fn text(status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body)
}

/// `2024-05-06T11:54:00+00:00`, with microseconds only if there are any.
fn iso(at: Timestamp, between: &str) -> String {
    let utc = at.to_zoned(TimeZone::UTC);
    let fraction = match at.subsec_microsecond() {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    };
    format!("{}{between}{}{fraction}+00:00", utc.strftime("%Y-%m-%d"), utc.strftime("%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_read_times_as_python_writes_them() {
        let whole: Timestamp = "2024-05-06T11:54:00Z".parse().unwrap();
        let fraction: Timestamp = "2024-05-06T11:54:00.500250Z".parse().unwrap();
        assert_eq!(iso(whole, "T"), "2024-05-06T11:54:00+00:00");
        assert_eq!(iso(fraction, " "), "2024-05-06 11:54:00.500250+00:00");
    }

    #[test]
    fn intervals_name_their_parts() {
        for (seconds, text) in [(0, "-"), (300, "5 minutes"), (86_400 + 61, "1 days 1 minutes 1 seconds")] {
            assert_eq!(interval(seconds), text);
        }
    }
}
