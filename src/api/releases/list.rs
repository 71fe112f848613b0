//! `GET /api/v2/releases/release/{id}`: the files of one release.

use actix_web::{HttpRequest, http::StatusCode, web};
use domain::{
    releases::place,
    views::release_files::{self, ReleaseFile},
};

use super::index::{Entry, Index, content_url};
use crate::{
    api::{
        access,
        error::{ApiError, ApiResult},
        json,
    },
    app::App,
};

/// The files of a release
///
/// By name. Query strings are ignored, so that a viewer can ask past its cache.
#[utoipa::path(
    get,
    path = "/api/v2/releases/release/{id}",
    tag = "Releases",
    params(("id" = String, Path, description = "Id of the release")),
    security(("personal" = []), ("session" = [])),
    responses(
        (status = 200, description = "The files", body = Index),
        (status = 403, description = "Nobody is known by these credentials, or they may not see the files"),
        (status = 404, description = "There is no such release"),
    ),
)]
pub async fn list(app: App, id: web::Path<String>, request: HttpRequest) -> ApiResult {
    let place = place::of_release(&app.db().await?, &id).await?.ok_or(ApiError::not_found("Release"))?;
    let what = format!("workspace {}", place.workspace_name);
    access::reader(&app, &request, place.project, &what).await?;
    let files = release_files::of_release(&app.db().await?, &id).await?;
    let files = one_of_each_name(files).into_iter().map(|file| {
        let (name, url) = (file.name.clone(), content_url(&file.id));
        Entry::new(file, name, url)
    });
    Ok(json::answer(StatusCode::OK, &Index { files: files.collect() }))
}

/// Old releases can hold several files of one name, of which the last counts. They come sorted by name.
fn one_of_each_name(files: Vec<ReleaseFile>) -> Vec<ReleaseFile> {
    let mut kept: Vec<ReleaseFile> = Vec::with_capacity(files.len());
    for file in files {
        match kept.last_mut() {
            Some(last) if last.name == file.name => *last = file,
            _ => kept.push(file),
        }
    }
    kept
}
