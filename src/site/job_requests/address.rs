use crate::http::error::{Error, PageResult};
pub async fn redirect() -> PageResult { Err(Error::NotFound) }
