use crate::http::error::{Error, PageResult};
pub async fn detail() -> PageResult { Err(Error::NotFound) }
pub async fn cancel() -> PageResult { Err(Error::NotFound) }
pub async fn redirect() -> PageResult { Err(Error::NotFound) }
