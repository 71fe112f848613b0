//! `GET /api/v2/releases/workspace/{name}`: of everything that was released for a workspace, the newest.

use actix_web::{HttpRequest, http::StatusCode, web};
use domain::{releases::place, views::release_files};

use super::index::{Entry, Index, content_url};
use crate::{
    api::{
        access,
        error::{ApiError, ApiResult},
        json,
    },
    app::App,
};

/// The latest files of a workspace
///
/// Of each backend and name the file of the newest release, under the backend's slug: `tpp/output/age.csv`. A file that was
/// deleted hides older ones of its name.
#[utoipa::path(
    get,
    path = "/api/v2/releases/workspace/{name}",
    tag = "Releases",
    params(("name" = String, Path, description = "Name of the workspace")),
    security(("personal" = []), ("session" = [])),
    responses(
        (status = 200, description = "The files", body = Index),
        (status = 403, description = "Nobody is known by these credentials, or they may not see the files"),
        (status = 404, description = "There is no such workspace"),
    ),
)]
pub async fn latest(app: App, name: web::Path<String>, request: HttpRequest) -> ApiResult {
    let place =
        place::of_workspace(&app.db().await?, &name).await?.ok_or(ApiError::not_found("Workspace"))?;
    access::reader(&app, &request, place.project, &format!("workspace {}", place.workspace_name)).await?;
    let files = release_files::latest(&app.db().await?, place.workspace).await?;
    let files = files.into_iter().map(|file| {
        let (name, url) = (file.name_with_backend(), content_url(&file.id));
        Entry::new(file, name, url)
    });
    Ok(json::answer(StatusCode::OK, &Index { files: files.collect() }))
}
