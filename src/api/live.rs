use crate::http::error::{Error, PageResult};
pub async fn job_request() -> PageResult { Err(Error::NotFound) }
