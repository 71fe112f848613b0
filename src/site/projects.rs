use crate::http::error::{Error, PageResult};
pub async fn detail() -> PageResult { Err(Error::NotFound) }
