//! `POST /api/v2/releases/workspace/{name}`: Airlock says which files it is going to send. It asks again whenever something
//! went wrong half-way, so asking twice for the same makes one release.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::releases::{self, NewFile, NewRelease, Outcome, place};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::requested::Requested;
use crate::{
    api::{
        access,
        error::{ApiError, ApiResult},
        json,
    },
    app::App,
};

#[derive(Serialize, ToSchema)]
pub struct Created {
    #[schema(example = "01JNG0V6ZQ8T4M2X9K5R7B3CDE")]
    release_id: String,
    /// The release's page.
    #[schema(
        example = "https://jobs.opensafely.org/asthma/asthma-main/releases/01JNG0V6ZQ8T4M2X9K5R7B3CDE/"
    )]
    release_url: String,
}

/// Ask for a release
///
/// Names the files that are going to be uploaded, one by one, to the release made here. `metadata.airlock_id`, a ULID,
/// becomes the release's id; without it a new one is chosen. Asking again with the same id, names and hashes gives the
/// release that was made before.
#[utoipa::path(
    post,
    path = "/api/v2/releases/workspace/{name}",
    tag = "Releases",
    params(
        ("name" = String, Path, description = "Name of the workspace"),
        ("OS-User" = String, Header, description = "Username of the output checker who releases the files: a member \
                                                    of the calling backend"),
    ),
    request_body(content = Value, description = "The files and what the releasing tool says of them",
                 example = json!({
        "files": [{
            "name": "output/tables/age.csv",
            "url": "output/tables/age.csv",
            "size": 2048,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "date": "2026-03-04T09:30:00+00:00",
            "metadata": {"tool": "airlock", "airlock_id": "01JNG0V6ZQ8T4M2X9K5R7B3CDE"},
            "review": null,
        }],
        "metadata": {"tool": "airlock", "airlock_id": "01JNG0V6ZQ8T4M2X9K5R7B3CDE"},
        "review": null,
    })),
    security(("backend" = [])),
    responses(
        (status = 201, description = "The release is there", body = Created,
         headers(("Release-Id" = String, description = "Id of the release"))),
        (status = 400, description = "Something is wrong with the body, told field by field; or a file name is not safe, \
                                      or a release with this id has other files"),
        (status = 403, description = "The token is of no backend, or the person may not upload from it"),
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
    access::session(&app, &request).await?;
    let place =
        place::of_workspace(&app.db().await?, &name).await?.ok_or(ApiError::not_found("Workspace"))?;
    let backend = access::backend(&app, &request).await?;
    let person = access::uploader(&app.db().await?, &request, &backend, place.project).await?;
    let body = json::body(payload, &request, json::LIMIT).await?;
    let requested = Requested::read(&body, app.config.releases.file_size_limit).map_err(ApiError::fields)?;
    let (id, metadata) = chosen_id(&requested.metadata)?;
    let new = NewRelease {
        id,
        workspace: place.workspace,
        backend: backend.id,
        created_by: person.id,
        requested_files: requested.stored(),
        files: files(requested),
        metadata,
    };
    match releases::create(&app.db().await?, &new).await? {
        Outcome::There(id) => {
            Ok(created(Created { release_url: app.absolute(&place.release_url(&id)), release_id: id }))
        }
        Outcome::Refused(refused) => Err(ApiError::bad(refused.to_string())),
    }
}

/// The id that the tool chose, and the rest of what it said.
fn chosen_id(metadata: &Map<String, Value>) -> Result<(Option<String>, Map<String, Value>), ApiError> {
    let mut metadata = metadata.clone();
    match metadata.shift_remove("airlock_id") {
        None | Some(Value::Null) => Ok((None, metadata)),
        Some(Value::String(id)) => Ok((Some(id), metadata)),
        Some(_) => Err(ApiError::bad("The airlock_id in the metadata must be text")),
    }
}

fn files(requested: Requested) -> Vec<NewFile> {
    let file = |file: super::requested::RequestedFile| NewFile {
        name: file.name,
        sha256: file.sha256,
        size: file.size,
        modified_at: file.date,
        metadata: file.metadata,
    };
    requested.files.into_iter().map(file).collect()
}

fn created(created: Created) -> HttpResponse {
    let mut response = HttpResponse::Created();
    response.insert_header(("Release-Id", created.release_id.as_str()));
    json::write(response, &created)
}
