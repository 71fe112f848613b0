//! `POST /api/v2/releases/release/{id}`: the bytes of one file, whose name is in the header `Content-Disposition`. They go
//! to a temporary object while they are hashed and counted, never as a whole into memory. Airlock sends a file again until
//! the answer is 201 or says that it "has already been uploaded"; of every other answer it shows `detail`.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::header::CONTENT_LENGTH, web};
use actors::{Receiving, UploadError};
use bytes::Bytes;
use clients::storage::StorageError;
use domain::{
    file_name::FileName,
    uploads::{self, Arrived, Expected},
    users::Person,
};
use futures_util::StreamExt;
use jiff::Timestamp;

use crate::{
    api::{
        access,
        error::{ApiError, ApiResult},
    },
    app::App,
    http::content_disposition,
};

/// A client that sends nothing for this long has gone.
const SILENCE: Duration = Duration::from_secs(30);

/// How long the bytes of a file that was refused are still read, so that the client gets to the answer.
const REMAINDER: Duration = Duration::from_secs(10);

/// When to send a file again that could not be taken in now.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Upload a file of a release
///
/// The body is the file itself, of any content type, with a `Content-Length` or chunked; it may be empty. What counts is
/// that its SHA-256 is the one that the release was asked for with.
#[utoipa::path(
    post,
    path = "/api/v2/releases/release/{id}",
    tag = "Releases",
    params(
        ("id" = String, Path, description = "Id of the release"),
        ("OS-User" = String, Header, description = "Username of the output checker who releases the file: a member of \
                                                    the calling backend"),
        ("Content-Disposition" = String, Header, description = "Names the file as the release does",
         example = "attachment; filename=\"output/tables/age.csv\""),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The bytes of the file"),
    security(("backend" = [])),
    responses(
        (status = 201, description = "The file is stored",
         headers(("File-Id" = String, description = "Id of the file"),
                 ("Location" = String, description = "Where its content can be had"))),
        (status = 400, description = "The file was refused: it is too large, was not asked for, has been uploaded already, \
                                      or is not the one that was asked for"),
        (status = 403, description = "The token is of no backend, or the person may not upload from it"),
        (status = 404, description = "There is no such release"),
        (status = 503, description = "The file cannot be taken in now; send it again later"),
    ),
)]
pub async fn upload(
    app: App,
    id: web::Path<String>,
    request: HttpRequest,
    mut payload: web::Payload,
) -> ApiResult {
    let outcome = take_in(&app, &id, &request, &mut payload).await;
    if outcome.is_err() {
        read_remainder(&mut payload, app.config.releases.file_size_limit).await;
    }
    let file = outcome?;
    Ok(HttpResponse::Created()
        .insert_header(("File-Id", file.as_str()))
        .insert_header(("Location", app.absolute(&format!("/api/v2/releases/file/{file}"))))
        .finish())
}

/// The id of the file. Clients rely on the order in which things are found wrong.
async fn take_in(
    app: &App,
    release: &str,
    request: &HttpRequest,
    payload: &mut web::Payload,
) -> Result<String, ApiError> {
    access::session(app, request).await?;
    let name = content_disposition::file_name_of(request.headers()).unwrap_or_default();
    let expected = uploads::expected(&app.db().await?, release, &name).await?;
    let expected = expected.ok_or(ApiError::not_found("Release"))?;
    let backend = access::backend(app, request).await?;
    let person = access::uploader(&app.db().await?, request, &backend, expected.project).await?;
    let limit = app.config.releases.file_size_limit;
    if declared_length(request).is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let name = judge(release, &name, &expected, &backend.slug, expected.backend == backend.id)?;
    let path = uploads::path_of(&expected.workspace, release, &name);
    let refusal = |error| refused(error, release, &name, &expected);
    let mut receiving = app.actors.release_uploads.begin(&path).await.map_err(refusal)?;
    receive(payload, &mut receiving, limit).await?;
    receiving.seal().await.map_err(UploadError::from).map_err(refusal)?;
    let arrived = arrived(release, &name, path, &receiving, &person);
    app.actors.release_uploads.commit(receiving, arrived).await.map_err(refusal)
}

fn declared_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What can be said before a byte has been read.
fn judge(
    release: &str,
    name: &str,
    expected: &Expected,
    backend_slug: &str,
    is_its_backend: bool,
) -> Result<FileName, ApiError> {
    if name.is_empty() {
        return Err(ApiError::bad(
            "Missing filename. Request should include a Content-Disposition header with a filename parameter.",
        ));
    }
    if !expected.is_requested {
        return Err(not_requested(release, name));
    }
    if !is_its_backend {
        let theirs = &expected.backend_slug;
        return Err(ApiError::bad(format!("Release is from backend {theirs} not {backend_slug}")));
    }
    if expected.uploaded_at.is_some() {
        return Err(already_uploaded(name, expected));
    }
    FileName::new(name).map_err(|refused| ApiError::bad(format!("File {name} cannot be stored: {refused}")))
}

/// Reads the body to its end, or until it is refused.
async fn receive(payload: &mut web::Payload, receiving: &mut Receiving, limit: u64) -> Result<(), ApiError> {
    while let Some(bytes) = next(payload).await? {
        if receiving.size() + bytes.len() as u64 > limit {
            return Err(too_large(limit));
        }
        receiving.write(bytes).await.map_err(unavailable)?;
    }
    Ok(())
}

async fn next(payload: &mut web::Payload) -> Result<Option<Bytes>, ApiError> {
    match tokio::time::timeout(SILENCE, payload.next()).await {
        Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
        Ok(None) => Ok(None),
        Ok(Some(Err(_))) | Err(_) => Err(ApiError::bad("The file did not arrive whole.")),
    }
}

/// A client that is still sending would not see the answer if the connection were closed. No more is read than could
/// have been accepted.
async fn read_remainder(payload: &mut web::Payload, limit: u64) {
    let reading = async {
        let mut left = limit;
        while let Some(Ok(bytes)) = payload.next().await
            && let Some(less) = left.checked_sub(bytes.len() as u64)
        {
            left = less;
        }
    };
    tokio::time::timeout(REMAINDER, reading).await.ok();
}

fn arrived(release: &str, name: &FileName, path: String, receiving: &Receiving, by: &Person) -> Arrived {
    Arrived {
        release: release.to_owned(),
        name: name.clone(),
        path,
        sha256: receiving.sha256(),
        size: receiving.size(),
        by: by.id,
        at: Timestamp::now(),
    }
}

fn refused(error: UploadError, release: &str, name: &FileName, expected: &Expected) -> ApiError {
    match error {
        UploadError::AlreadyUploaded => already_uploaded(name.as_str(), expected),
        UploadError::Mismatch => ApiError::bad(
            "Contents of uploaded file does not match the file which a review was requested for",
        ),
        UploadError::NotRequested => not_requested(release, name.as_str()),
        UploadError::Storage(error) => unavailable(error),
        UploadError::Database(error) => {
            tracing::error!(release, %name, %error, "an uploaded file could not be recorded");
            ApiError::busy(RETRY_AFTER, "The file could not be recorded. Send it again later.")
        }
        UploadError::Busy | UploadError::Stopping | UploadError::StillWorking | UploadError::BrokenOff => {
            ApiError::busy(
                RETRY_AFTER,
                format!("The file could not be taken in, because {error}. Send it again later."),
            )
        }
    }
}

fn unavailable(error: StorageError) -> ApiError {
    match error {
        StorageError::BadPath(_) => ApiError::bad(
            "A file of this name cannot be stored: it is too long, or a folder of another file has the same name.",
        ),
        StorageError::Full => {
            ApiError::busy(RETRY_AFTER, "There is no room for the file. Send it again later.")
        }
        StorageError::Failed(reason) => {
            tracing::error!(reason, "an uploaded file could not be stored");
            ApiError::busy(RETRY_AFTER, "The file could not be stored. Send it again later.")
        }
    }
}

/// In units of 1,048,576 bytes with one or two decimals, as clients know the sentence.
fn too_large(limit: u64) -> ApiError {
    let hundredths = (limit as f64 / 1_048_576.0 * 100.0).round() / 100.0;
    ApiError::bad(format!("File is too large, it must be below {hundredths:?}Mb"))
}

fn not_requested(release: &str, name: &str) -> ApiError {
    ApiError::bad(format!("File {name} not requested in release {release}"))
}

/// Airlock looks for the words of this sentence and takes them as success.
fn already_uploaded(name: &str, expected: &Expected) -> ApiError {
    let backend = &expected.backend_slug;
    ApiError::bad(format!("This version of '{name}' has already been uploaded from backend '{backend}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_in_the_units_that_clients_know() {
        for (limit, expected) in [
            (16 * 1_048_576, "File is too large, it must be below 16.0Mb"),
            (10_000_000, "File is too large, it must be below 9.54Mb"),
            (1_000, "File is too large, it must be below 0.0Mb"),
        ] {
            assert_eq!(too_large(limit).to_string(), expected);
        }
    }
}
