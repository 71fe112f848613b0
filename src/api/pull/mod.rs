//! The API of older job-runners: they fetch the job requests of their backend every few seconds and report all their jobs,
//! instead of being called. Field names, paging and the sentences of refusals are what they have always been.

pub mod job_requests;
pub mod jobs;
pub mod users;

mod flags;
mod paging;

use actix_web::HttpRequest;

use super::{
    access::FromBackend,
    error::{ApiError, ApiResult},
};

/// What a wrong method gets where the token is looked at before the method.
pub async fn wrong_method(_backend: FromBackend, request: HttpRequest) -> ApiResult {
    Err(ApiError::Method(request.method().to_string()))
}
