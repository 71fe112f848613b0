use crate::http::error::{Error, PageResult};
pub async fn submit() -> PageResult { Err(Error::NotFound) }
