//! `GET /api/v2/releases/file/{id}`: the bytes of one file.

use actix_web::{HttpRequest, web};
use domain::file_content;

use crate::{
    api::{
        access,
        error::{ApiError, ApiResult},
    },
    app::App,
    http::file_response::{self, Caching},
};

/// The content of a file
///
/// Of a file that has not arrived yet, the JSON text "File not yet uploaded". Single ranges and conditional requests are
/// understood.
#[utoipa::path(
    get,
    path = "/api/v2/releases/file/{id}",
    tag = "Releases",
    params(("id" = String, Path, description = "Id of the file")),
    security(("personal" = []), ("session" = [])),
    responses(
        (status = 200, description = "The bytes, under the type that goes with the file's name",
         content_type = "application/octet-stream",
         headers(("ETag" = String, description = "The SHA-256 of the bytes"))),
        (status = 206, description = "The range of the bytes that was asked for",
         content_type = "application/octet-stream"),
        (status = 304, description = "The client has the file already"),
        (status = 403, description = "Nobody is known by these credentials, or they may not see the file"),
        (status = 404, description = "There is no such file, or not any more"),
        (status = 416, description = "The range lies outside the file"),
        (status = 503, description = "The storage does not answer"),
    ),
)]
pub async fn file(app: App, id: web::Path<String>, request: HttpRequest) -> ApiResult {
    let missing = || ApiError::not_found("ReleaseFile");
    let file = file_content::find(&app.db().await?, &id).await?.ok_or_else(missing)?;
    access::reader(&app, &request, file.project, &format!("workspace {}", file.workspace)).await?;
    file_response::answer(&app, &request, &file, Caching::Private).await?.ok_or_else(missing)
}
