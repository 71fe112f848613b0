//! `POST /api/v2/releases/release/{id}/reviews`: what output checkers decided about the files of a release, for the record.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use domain::{
    permissions::Permission,
    releases::{
        place,
        review::{self, FileReview},
    },
};
use serde_json::{Value, json};

use super::requested::{Requested, RequestedFile};
use crate::{
    api::{
        access,
        error::{ApiError, ApiResult},
        json,
    },
    app::App,
};

/// Record a review
///
/// The body is that of the release's creation, with a `review` for each file that was looked at. Each review is added to
/// those before.
#[utoipa::path(
    post,
    path = "/api/v2/releases/release/{id}/reviews",
    tag = "Releases",
    params(("id" = String, Path, description = "Id of the release")),
    request_body(content = Value, description = "The files with their reviews", example = json!({
        "files": [{
            "name": "output/tables/age.csv",
            "url": "output/tables/age.csv",
            "size": 2048,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "date": "2026-03-04T09:30:00+00:00",
            "metadata": {},
            "review": {"status": "APPROVED", "comments": {}},
        }],
        "metadata": {},
        "review": null,
    })),
    security(("session" = [])),
    responses(
        (status = 200, description = "Recorded; no body"),
        (status = 400, description = "Something is wrong with the body, told field by field; or a list of sentences about \
                                      files that are not of this release"),
        (status = 403, description = "Nobody is signed in, or not an output checker"),
        (status = 404, description = "There is no such release"),
        (status = 413, description = "The body is larger than 2.5 MiB"),
        (status = 415, description = "The body is not JSON"),
    ),
)]
pub async fn review(
    app: App,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> ApiResult {
    let person = access::session(&app, &request).await?;
    let place = place::of_release(&app.db().await?, &id).await?.ok_or(ApiError::not_found("Release"))?;
    let person = person
        .filter(|person| person.may(Permission::ReleaseFileUpload, Some(place.project)))
        .ok_or_else(ApiError::no_credentials)?;
    let body = json::body(payload, &request, json::LIMIT).await?;
    let requested = Requested::read(&body, app.config.releases.file_size_limit).map_err(ApiError::fields)?;
    let (release_review, files) = (requested.review, reviews(requested.files)?);
    let mut db = app.db().await?;
    match review::record(&mut db, &id, release_review.as_ref(), &files, person.id).await? {
        Ok(()) => Ok(HttpResponse::Ok().finish()),
        Err(problems) => Ok(json::answer(StatusCode::BAD_REQUEST, &problems)),
    }
}

/// Each file must have been reviewed.
fn reviews(files: Vec<RequestedFile>) -> Result<Vec<FileReview>, ApiError> {
    let unreviewed: serde_json::Map<String, Value> = files
        .iter()
        .enumerate()
        .filter(|(_, file)| file.review.is_none())
        .map(|(index, _)| (index.to_string(), json!({"review": ["This field may not be null."]})))
        .collect();
    if !unreviewed.is_empty() {
        return Err(ApiError::fields(json!({"files": unreviewed})));
    }
    let review = |file: RequestedFile| {
        let review = file.review?;
        Some(FileReview {
            name: file.name,
            sha256: file.sha256,
            status: review.status,
            comments: review.comments,
        })
    };
    Ok(files.into_iter().filter_map(review).collect())
}
