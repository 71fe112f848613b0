//! One backend. Of its token no more than the end is shown, but for the one time after it was made.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web};
use domain::{
    ids::BackendId,
    views::staff_backends::{self, StaffBackend},
};
use serde::Serialize;

use super::{address, reveal};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
    },
    staff::{self, BackendManager},
};

#[derive(Serialize)]
struct DetailPage {
    heading: String,
    name: String,
    slug: String,
    is_active: bool,
    in_maintenance: bool,
    token: TokenView,
    threshold: String,
    last_seen: Option<Moment>,
    created: Moment,
    updated: Moment,
    members: i64,
    edit_url: String,
    rotate_url: String,
    rotate_title: String,
    status_url: String,
    requests_url: String,
}

#[derive(Serialize)]
struct TokenView {
    /// The whole token, to be shown this once.
    whole: Option<String>,
    /// Its last characters; empty if they would tell too much.
    end: String,
}

/// `GET /staff/backends/{pk}/`
pub async fn show(
    app: App,
    manager: BackendManager,
    path: web::Path<String>,
    request: HttpRequest,
) -> PageResult {
    let id = BackendId(staff::pk(&path)?);
    let backend = staff_backends::find(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    let is_new = reveal::is_allowed(&app, &request, manager.person.id, id, &backend.token);
    let view = view(backend, is_new);
    let mut response = HttpResponse::Ok();
    if is_new {
        response.insert_header((CACHE_CONTROL, "no-store"));
        response.cookie(reveal::spent(&app, id));
    }
    let page = Page::staff(&view.heading);
    manager.visitor.render_with(&app, "staff/backends/detail", page, &view, response)
}

fn view(backend: StaffBackend, shows_token: bool) -> DetailPage {
    let own = address(backend.id);
    DetailPage {
        heading: format!("Backend: {}", backend.name),
        is_active: backend.is_active,
        in_maintenance: backend.in_maintenance,
        token: TokenView {
            whole: shows_token.then(|| backend.token.expose().to_owned()),
            end: backend.token.end().to_owned(),
        },
        threshold: spelled_out(backend.alert_timeout),
        last_seen: backend.last_seen_at.map(Moment::relative),
        created: Moment::event(backend.created_at),
        updated: Moment::event(backend.updated_at),
        members: backend.members,
        edit_url: format!("{own}edit/"),
        rotate_url: format!("{own}rotate-token/"),
        rotate_title: format!("Rotate the token of {}?", backend.name),
        status_url: format!("/status/{}/", backend.slug),
        requests_url: format!("/staff/job-requests/?backends={}", backend.slug),
        name: backend.name,
        slug: backend.slug,
    }
}

/// `1 day 2 hours 5 minutes`; units that are zero are left out, and nothing is `-`.
fn spelled_out(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [
        (seconds / 86_400, "day"),
        (seconds / 3_600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ];
    let parts: Vec<String> = units
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}{}", if *number == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_spelled_out() {
        for (seconds, text) in [
            (300, "5 minutes"),
            (0, "-"),
            (1, "1 second"),
            (3_600, "1 hour"),
            (180_061, "2 days 2 hours 1 minute 1 second"),
        ] {
            assert_eq!(spelled_out(Duration::from_secs(seconds)), text);
        }
    }
}
