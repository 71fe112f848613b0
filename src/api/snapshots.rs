//! `/api/v2/workspaces/{name}/snapshots…`: the outputs viewer prepares files for publication, lists them, and publishes.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use domain::{
    permissions::Permission,
    publish_requests,
    releases::place,
    snapshots::{self, Prepared, Snapshot},
    views::release_files::{self, ReleaseFile, distinct_names},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    access,
    error::{ApiError, ApiResult},
    json::{self, Fields, Problem, read},
    releases::index::{Entry, Index, content_url},
};
use crate::app::App;

#[derive(Serialize, ToSchema)]
pub struct Made {
    /// The snapshot's page, on this host.
    #[schema(example = "/asthma/asthma-main/outputs/12/")]
    url: String,
}

/// Prepare files for publication
///
/// Makes a snapshot of these files and asks for its publication. The same files give the same snapshot; one that is
/// published stays as it is. Files that have been deleted are left out.
#[utoipa::path(
    post,
    path = "/api/v2/workspaces/{name}/snapshots",
    tag = "Snapshots",
    params(("name" = String, Path, description = "Name of the workspace")),
    request_body(content = Value, description = "Ids of files of this workspace",
                 example = json!({"file_ids": ["01JNG0W1V4T1Q0D4Y3N6K7M8PB"]})),
    security(("session" = [])),
    responses(
        (status = 201, description = "The snapshot is there", body = Made),
        (status = 400, description = "Something is wrong with the body, told field by field; or a file is not of this \
                                      workspace; or there is nothing to prepare"),
        (status = 403, description = "Nobody is signed in, or they may not prepare files"),
        (status = 404, description = "There is no such workspace"),
        (status = 413, description = "The body is larger than 2.5 MiB"),
        (status = 415, description = "The body is not JSON"),
    ),
)]
pub async fn create(
    app: App,
    name: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> ApiResult {
    let person = access::session(&app, &request).await?;
    let place =
        place::of_workspace(&app.db().await?, &name).await?.ok_or(ApiError::not_found("Workspace"))?;
    let body = json::body(payload, &request, json::LIMIT).await?;
    let files = file_ids(&body).map_err(ApiError::fields)?;
    let person = person
        .filter(|person| person.may(Permission::SnapshotCreate, Some(place.project)))
        .ok_or_else(ApiError::no_credentials)?;
    match snapshots::prepare(&mut app.db().await?, place.workspace, &files, person.id).await? {
        Prepared::Snapshot(id) => {
            Ok(json::answer(StatusCode::CREATED, &Made { url: place.snapshot_url(id) }))
        }
        Prepared::Unknown(ids) => Err(ApiError::bad(format!("Unknown file IDs: {}", ids.join(", ")))),
        Prepared::Nothing => {
            Err(ApiError::bad("There is nothing to publish: name files that have not been deleted"))
        }
    }
}

fn file_ids(body: &Value) -> Result<BTreeSet<String>, Problem> {
    let mut fields = Fields::of(body)?;
    let ids = fields.required("file_ids", |ids| read::list(ids, read::text));
    fields.finish()?;
    Ok(ids.unwrap_or_default().into_iter().collect())
}

/// The files of a snapshot
///
/// For everybody once it is published. Files of one name are told apart by the slug of their backend.
#[utoipa::path(
    get,
    path = "/api/v2/workspaces/{name}/snapshots/{id}",
    tag = "Snapshots",
    params(
        ("name" = String, Path, description = "Name of the workspace"),
        ("id" = i32, Path, description = "Id of the snapshot"),
    ),
    security((), ("personal" = []), ("session" = [])),
    responses(
        (status = 200, description = "The files", body = Index),
        (status = 403, description = "It is not published, and they who ask may not see it before"),
        (status = 404, description = "The workspace has no such snapshot"),
    ),
)]
pub async fn list(app: App, path: web::Path<(String, String)>, request: HttpRequest) -> ApiResult {
    let snapshot = find(&app, &path).await?;
    if !snapshot.is_published {
        let what = format!("snapshot pk={}", snapshot.id);
        access::reader(&app, &request, snapshot.place.project, &what).await?;
    }
    let files = release_files::of_snapshot(&app.db().await?, snapshot.id).await?;
    let names = distinct_names(&files);
    let entry = |(file, name): (ReleaseFile, String)| {
        let url = if snapshot.is_published {
            snapshot.place.published_url(&file.id)
        } else {
            content_url(&file.id)
        };
        Entry::new(file, name, url)
    };
    let files = files.into_iter().zip(names).map(entry).collect();
    Ok(json::answer(StatusCode::OK, &Index { files }))
}

/// Publish a snapshot
///
/// Approves its newest publish request. Publishing what is published changes nothing. The body is not looked at.
#[utoipa::path(
    post,
    path = "/api/v2/workspaces/{name}/snapshots/{id}/publish",
    tag = "Snapshots",
    params(
        ("name" = String, Path, description = "Name of the workspace"),
        ("id" = i32, Path, description = "Id of the snapshot"),
    ),
    security(("session" = [])),
    responses(
        (status = 200, description = "It is published; no body"),
        (status = 403, description = "Nobody is signed in, or they may not publish"),
        (status = 404, description = "The workspace has no such snapshot"),
    ),
)]
pub async fn publish(app: App, path: web::Path<(String, String)>, request: HttpRequest) -> ApiResult {
    let person = access::session(&app, &request).await?;
    let snapshot = find(&app, &path).await?;
    let person = person
        .filter(|person| person.may(Permission::SnapshotPublish, Some(snapshot.place.project)))
        .ok_or_else(ApiError::no_credentials)?;
    publish_requests::approve(&app.db().await?, snapshot.id, person.id).await?;
    Ok(HttpResponse::Ok().finish())
}

async fn find(app: &App, (workspace, id): &(String, String)) -> Result<Snapshot, ApiError> {
    let unknown = || ApiError::not_found("Snapshot");
    let id: i32 = id.parse().map_err(|_| unknown())?;
    snapshots::find(&app.db().await?, workspace, id).await?.ok_or_else(unknown)
}
