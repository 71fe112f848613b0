use crate::http::error::{Error, PageResult};
pub async fn form() -> PageResult { Err(Error::NotFound) }
pub async fn submit() -> PageResult { Err(Error::NotFound) }
