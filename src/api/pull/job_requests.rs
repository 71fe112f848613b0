//! `GET /api/v2/job-requests/`: what a runner has to do. Public, because it always was; with a backend's token only that
//! backend's.

use actix_web::{
    HttpRequest,
    http::{StatusCode, header::AUTHORIZATION},
};
use domain::{
    backends::Calling,
    ids::BackendId,
    pull::{self, JobRequest, Listing, Wanted},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{flags, paging::Part};
use crate::{
    api::{
        access,
        error::{ApiError, ApiResult},
        json,
    },
    app::App,
    http::form,
};

const PATH: &str = "/api/v2/job-requests/";

#[derive(Serialize)]
struct Page<'a> {
    count: i64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    backend: &'a str,
    sha: &'a str,
    identifier: &'a str,
    force_run_dependencies: bool,
    requested_actions: &'a [String],
    cancelled_actions: &'a Value,
    created_by: &'a str,
    created_at: String,
    workspace: Workspace<'a>,
    database_name: &'static str,
    project: &'a str,
    orgs: &'a [String],
    codelists_ok: bool,
}

#[derive(Serialize)]
struct Workspace<'a> {
    name: &'a str,
    repo: &'a str,
    branch: &'a str,
    /// What runners of before 2023 take for the name of the database.
    db: &'a str,
    created_by: &'a str,
    created_at: String,
}

/// The job requests that are not finished, newest first.
#[utoipa::path(
    get,
    path = "/api/v2/job-requests/",
    tag = "Jobs",
    security((), ("backend" = [])),
    params(
        ("limit" = Option<String>, Query, description = "At most this many; 100 unless it is a positive number"),
        ("offset" = Option<String>, Query, description = "Without this many of the newest"),
    ),
    responses(
        (status = 200, description = "A part of the list, and the addresses of the parts beside it", body = Value, example = json!({
            "count": 1, "next": null, "previous": null,
            "results": [{
                "backend": "tpp", "sha": "3f0c2d9a7be1450c8d66f1b2a9e7754301cd8f22", "identifier": "k3jq7xw2mzdn5p6a",
                "force_run_dependencies": false, "requested_actions": ["make_table"], "cancelled_actions": [],
                "created_by": "researcher7", "created_at": "2025-11-03T09:00:01.512000Z",
                "workspace": {
                    "name": "asthma-reviews-v2", "repo": "https://github.com/opensafely/asthma-reviews", "branch": "main",
                    "db": "default", "created_by": "researcher7", "created_at": "2024-02-01T10:11:12Z",
                },
                "database_name": "default", "project": "asthma-reviews", "orgs": ["uni-of-somewhere"], "codelists_ok": true,
            }],
        })),
        (status = 403, description = "A token that is no backend's", body = Value),
        (status = 503, description = "Try again later", body = Value),
    ),
)]
pub async fn list(app: App, request: HttpRequest) -> ApiResult {
    let backend = calling(&app, &request).await?.map(|backend| backend.id);
    let part = Part::of(form::query_pairs(request.query_string())?);
    let listing = load(&app, &request, backend, &part).await?;
    let address = |query: String| app.absolute(&format!("{PATH}?{query}"));
    let page = Page {
        count: listing.count,
        next: part.next(listing.count).map(address),
        previous: part.previous().map(address),
        results: listing.job_requests.iter().map(|request| item(&app, request)).collect(),
    };
    Ok(json::answer(StatusCode::OK, &page))
}

/// Nobody in particular without a token, also with an empty one.
async fn calling(app: &App, request: &HttpRequest) -> Result<Option<Calling>, ApiError> {
    let token = access::header(request, AUTHORIZATION.as_str());
    if token.is_none_or(|token| token.is_empty()) {
        return Ok(None);
    }
    Ok(Some(access::backend(app, request).await?))
}

async fn load(
    app: &App,
    request: &HttpRequest,
    backend: Option<BackendId>,
    part: &Part,
) -> Result<Listing, ApiError> {
    let db = app.db().await?;
    let wanted = Wanted { backend, limit: part.limit, offset: part.offset };
    let contact = backend.map(|backend| flags::contact(request, backend, PATH));
    let recorded = async {
        match &contact {
            Some(contact) => pull::record_contact(&db, contact).await,
            None => Ok(()),
        }
    };
    let (listing, ()) = tokio::try_join!(pull::active(&db, &wanted), recorded)?;
    Ok(listing)
}

fn item<'a>(app: &'a App, request: &'a JobRequest) -> Item<'a> {
    Item {
        backend: &request.backend,
        sha: &request.sha,
        identifier: &request.identifier,
        force_run_dependencies: request.force_run_dependencies,
        requested_actions: &request.requested_actions,
        cancelled_actions: &request.cancelled_actions,
        created_by: &request.created_by,
        created_at: moment(request.created_at),
        workspace: Workspace {
            name: &request.workspace,
            repo: &request.repo_url,
            branch: &request.branch,
            db: &app.config.rap.runner_database,
            created_by: &request.workspace_created_by,
            created_at: moment(request.workspace_created_at),
        },
        database_name: "default",
        project: &request.project_slug,
        orgs: &request.orgs,
        codelists_ok: request.codelists_ok,
    }
}

/// Microseconds, if there are any.
fn moment(at: Timestamp) -> String {
    let format = if at.subsec_nanosecond() / 1_000 == 0 { "%FT%TZ" } else { "%FT%T.%6fZ" };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_six_digits_or_none() {
        for (at, written) in [
            ("2025-11-03T09:00:01.512Z", "2025-11-03T09:00:01.512000Z"),
            ("2025-11-03T09:00:01.000001Z", "2025-11-03T09:00:01.000001Z"),
            ("2024-02-01T10:11:12Z", "2024-02-01T10:11:12Z"),
        ] {
            assert_eq!(moment(at.parse().unwrap()), written);
        }
    }
}
