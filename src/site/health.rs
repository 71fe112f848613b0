//! Whether this process should be sent traffic, for load balancers and deployments.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::{app::App, http::error::PageResult};

const DATABASE_LIMIT: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct Health {
    healthy: bool,
    database: bool,
    actors: Vec<actors::HealthSnapshot>,
}

/// `GET /health-check/`: 200 when the database answers with the schema we need and no actor of this process is stuck,
/// else 503. The body is empty; with `Accept: application/json` it holds the details.
pub async fn check(app: App, request: HttpRequest) -> PageResult {
    let database = tokio::time::timeout(DATABASE_LIMIT, database_is_ready(&app)).await.unwrap_or(false);
    let actors = app.actors.health.snapshot();
    let healthy = database && !actors.iter().any(|actor| actor.is_stuck);
    let mut response = if healthy { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header(("Cache-Control", "no-store"));
    let wants_json = request
        .headers()
        .get("accept")
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    Ok(if wants_json { response.json(Health { healthy, database, actors }) } else { response.finish() })
}

async fn database_is_ready(app: &App) -> bool {
    match app.db().await {
        Ok(db) => domain::migrate::schema_is_current(&db).await.unwrap_or(false),
        Err(_) => false,
    }
}
