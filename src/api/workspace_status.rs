//! `GET /api/v2/workspaces/{name}/status`: how files leave a workspace. Public.

use actix_web::{http::StatusCode, web};
use domain::releases::place;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    error::{ApiError, ApiResult},
    json,
};
use crate::app::App;

#[derive(Serialize, ToSchema)]
pub struct Status {
    /// Whether files leave by releases; in old workspaces they went another way.
    uses_new_release_flow: bool,
}

/// How files leave a workspace
#[utoipa::path(
    get,
    path = "/api/v2/workspaces/{name}/status",
    tag = "Workspaces",
    params(("name" = String, Path, description = "Name of the workspace")),
    responses(
        (status = 200, description = "How", body = Status),
        (status = 404, description = "There is no such workspace"),
    ),
)]
pub async fn show(app: App, name: web::Path<String>) -> ApiResult {
    let place =
        place::of_workspace(&app.db().await?, &name).await?.ok_or(ApiError::not_found("Workspace"))?;
    let status = Status { uses_new_release_flow: place.uses_new_release_flow };
    Ok(json::answer(StatusCode::OK, &status))
}
