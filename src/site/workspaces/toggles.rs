use crate::http::error::{Error, PageResult};
pub async fn archive() -> PageResult { Err(Error::NotFound) }
pub async fn notifications() -> PageResult { Err(Error::NotFound) }
