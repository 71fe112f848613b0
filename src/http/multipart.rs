//! Forms with files (`multipart/form-data`), as the form guard reads them. Files are judged by whoever asked for them; here
//! they are only kept from filling the memory: one that is too large is read to its end and not kept, so that the form
//! can be shown again with what was typed.

use std::future::ready;

use actix_multipart::{Multipart, MultipartError};
use actix_web::{dev::Payload, error::PayloadError, http::header::HeaderMap, web::Bytes};
use futures_util::StreamExt;

use super::{
    error::Error,
    form::{MAX_BYTES, MAX_FIELDS},
};

/// The largest file that is kept. 1 MiB.
pub const MAX_FILE_BYTES: usize = 1_048_576;
/// Larger bodies are refused with 400, whatever they hold. 16 MiB.
const MAX_BODY_BYTES: usize = 16_777_216;

/// A file in a form.
#[derive(Debug, Clone, Default)]
pub struct SentFile {
    /// None: it is larger than [`MAX_FILE_BYTES`].
    pub content: Option<Bytes>,
}

/// The texts and the files of a form, in the order they were sent. A file field in which nothing was chosen is left out.
#[derive(Debug, Default)]
pub struct Parts {
    pub texts: Vec<(String, String)>,
    pub files: Vec<(String, SentFile)>,
}

/// Reads a whole body.
///
/// # Errors
/// 413 for too many fields; 400 for too many bytes, or a body that is broken or breaks off.
pub async fn read(headers: &HeaderMap, payload: Payload) -> Result<Parts, Error> {
    let mut body = Multipart::new(headers, limited(payload));
    let mut parts = Parts::default();
    let mut kept = 0;
    while let Some(field) = body.next().await {
        let mut field = field.map_err(broken)?;
        if parts.texts.len() + parts.files.len() == MAX_FIELDS {
            return Err(Error::TooManyFields(MAX_FIELDS));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let filename =
            field.content_disposition().and_then(|disposition| disposition.get_filename()).map(str::to_owned);
        let limit = if filename.is_some() { MAX_FILE_BYTES } else { MAX_BYTES };
        let content = match field.bytes(limit.min(MAX_BYTES - kept)).await {
            Ok(content) => Some(content.map_err(broken)?),
            Err(_) if filename.is_some() => None,
            Err(_) => return Err(too_large()),
        };
        kept += content.as_ref().map_or(0, Bytes::len);
        match filename {
            None => parts.texts.push((name, text(content.unwrap_or_default()))),
            Some(filename) if filename.is_empty() && content.as_ref().is_some_and(Bytes::is_empty) => {}
            Some(_) => parts.files.push((name, SentFile { content })),
        }
    }
    Ok(parts)
}

fn text(content: Bytes) -> String {
    String::from_utf8_lossy(&content).into_owned()
}

/// The body, broken off with an error when it grows too large.
fn limited(payload: Payload) -> impl futures_util::Stream<Item = Result<Bytes, PayloadError>> {
    payload.scan(0, |received, chunk| {
        *received += chunk.as_ref().map_or(0, Bytes::len);
        ready(Some(if *received > MAX_BODY_BYTES { Err(PayloadError::Overflow) } else { chunk }))
    })
}

fn broken(error: MultipartError) -> Error {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => too_large(),
        error => Error::BadRequest(format!("the form did not arrive whole: {error}")),
    }
}

fn too_large() -> Error {
    Error::BadRequest("the form is too large".to_owned())
}
