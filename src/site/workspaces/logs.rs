use crate::http::error::{Error, PageResult};
pub async fn show() -> PageResult { Err(Error::NotFound) }
