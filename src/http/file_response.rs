//! Hands out the bytes of a released file: whole or in part, only if the client does not have them already, and in a way
//! that a file which researchers made cannot act as a page of ours. Whether somebody may have it is decided before.

use std::{
    ops::Range,
    time::{Duration, SystemTime},
};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{
        StatusCode,
        header::{self, EntityTag, HttpDate},
    },
};
use clients::storage::{StorageError, Stored};
use domain::file_content::FileContent;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{content_disposition, error::Error};
use crate::app::App;

/// Who may keep a copy, and for how long without asking again. A file never changes, but it can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// The browser that asked, which asks each time whether it may still show it.
    Private,
    /// Everybody, for a minute.
    Public,
}

impl Caching {
    fn header(self) -> &'static str {
        match self {
            Caching::Private => "private, no-cache",
            Caching::Public => "public, max-age=60, must-revalidate",
        }
    }
}

/// What a file may do when it is shown as a page of its own or in a frame: it has an origin of its own, so neither our
/// cookies nor our pages are within its reach, and it loads nothing from anywhere.
const DOCUMENT_POLICY: &str = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; \
                               style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; \
                               worker-src blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/// A picture needs no scripts.
const PICTURE_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; \
                              form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/// What stays as it is in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What the viewer is told of a file that is only promised so far.
const NOT_YET: &str = "\"File not yet uploaded\"";

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Error {
        Error::Busy(error.to_string())
    }
}

/// The answer for one file; none if its bytes are missing.
pub async fn answer(
    app: &App,
    request: &HttpRequest,
    file: &FileContent,
    caching: Caching,
) -> Result<Option<HttpResponse>, Error> {
    if !file.is_uploaded {
        let cache = ("Cache-Control", "no-store");
        return Ok(Some(
            HttpResponse::Ok().content_type("application/json").insert_header(cache).body(NOT_YET),
        ));
    }
    let facts = Facts::of(file);
    if facts.is_known_to(request) {
        return Ok(Some(facts.begin(StatusCode::NOT_MODIFIED, caching).finish()));
    }
    // A proxy drops the policy, so what needs one is not left to it.
    if let Some(prefix) = app.config.releases.redirect.as_deref().filter(|_| facts.policy().is_none()) {
        let place = format!("{prefix}/{}", utf8_percent_encode(&file.path, PATH));
        let mut response = facts.begin(StatusCode::OK, caching);
        facts.describe(&mut response);
        return Ok(Some(response.insert_header(("X-Accel-Redirect", place)).finish()));
    }
    match app.storage.open(&file.path).await? {
        None => {
            tracing::warn!(file = file.id, path = file.path, "a released file is missing in the storage");
            Ok(None)
        }
        Some(stored) => Ok(Some(facts.send(request, stored, caching).await?)),
    }
}

/// What the headers say of a file.
struct Facts {
    name: String,
    tag: EntityTag,
    modified: SystemTime,
    content_type: &'static str,
}

impl Facts {
    fn of(file: &FileContent) -> Facts {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let seconds = u64::try_from(file.created_at.as_second()).unwrap_or_default();
        let is_hash = !file.sha256.is_empty() && file.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        Facts {
            name: name.to_owned(),
            tag: EntityTag::new_strong(if is_hash { file.sha256.clone() } else { file.id.clone() }),
            modified: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
            content_type: content_type(name),
        }
    }

    /// Restrictions for what a browser would run.
    fn policy(&self) -> Option<&'static str> {
        match self.content_type {
            "text/html; charset=utf-8" => Some(DOCUMENT_POLICY),
            "image/svg+xml" => Some(PICTURE_POLICY),
            _ => None,
        }
    }

    /// `If-None-Match` goes before `If-Modified-Since` (RFC 9110, 13.2.2).
    fn is_known_to(&self, request: &HttpRequest) -> bool {
        if let Some(tags) = text(request, header::IF_NONE_MATCH) {
            let ours = self.tag.to_string();
            return tags
                .split(',')
                .map(str::trim)
                .any(|tag| tag == "*" || tag.trim_start_matches("W/") == ours);
        }
        let since = text(request, header::IF_MODIFIED_SINCE).and_then(|date| date.parse::<HttpDate>().ok());
        since.is_some_and(|since| SystemTime::from(since) >= self.modified)
    }

    fn begin(&self, status: StatusCode, caching: Caching) -> HttpResponseBuilder {
        let mut response = HttpResponseBuilder::new(status);
        response
            .insert_header((header::ETAG, self.tag.to_string()))
            .insert_header((header::LAST_MODIFIED, HttpDate::from(self.modified)))
            .insert_header((header::CACHE_CONTROL, caching.header()));
        response
    }

    fn describe(&self, response: &mut HttpResponseBuilder) {
        response
            .content_type(self.content_type)
            .insert_header((header::CONTENT_DISPOSITION, content_disposition::inline(&self.name)));
        if let Some(policy) = self.policy() {
            response.insert_header((header::CONTENT_SECURITY_POLICY, policy));
        }
    }

    async fn send(
        &self,
        request: &HttpRequest,
        stored: Stored,
        caching: Caching,
    ) -> Result<HttpResponse, StorageError> {
        let size = stored.size();
        let (status, range) = match self.wanted(request, size) {
            Wanted::Whole => (StatusCode::OK, 0..size),
            Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
            Wanted::Nothing => {
                let mut response = self.begin(StatusCode::RANGE_NOT_SATISFIABLE, caching);
                return Ok(response
                    .insert_header((header::CONTENT_RANGE, format!("bytes */{size}")))
                    .finish());
            }
        };
        let mut response = self.begin(status, caching);
        self.describe(&mut response);
        response.insert_header((header::ACCEPT_RANGES, "bytes"));
        // Compressing on the way would change the length that is announced.
        response.insert_header((header::CONTENT_ENCODING, "identity"));
        if status == StatusCode::PARTIAL_CONTENT {
            let place = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            response.insert_header((header::CONTENT_RANGE, place));
        }
        let length = range.end - range.start;
        Ok(response.body(SizedStream::new(length, stored.stream(range).await?)))
    }

    /// Several ranges at once are answered with the whole, as a server may.
    fn wanted(&self, request: &HttpRequest, size: u64) -> Wanted {
        if text(request, header::IF_RANGE).is_some_and(|condition| !self.fulfils(condition)) {
            return Wanted::Whole;
        }
        let range = text(request, header::RANGE).and_then(|range| range.parse().ok());
        let Some(header::Range::Bytes(ranges)) = range else { return Wanted::Whole };
        match ranges.as_slice() {
            [range] => match range.to_satisfiable_range(size) {
                Some((first, last)) => Wanted::Part(first..last + 1),
                None => Wanted::Nothing,
            },
            _ => Wanted::Whole,
        }
    }

    /// Whether a client that asks for the rest of a file has the beginning of this one.
    fn fulfils(&self, condition: &str) -> bool {
        condition == self.tag.to_string()
            || condition.parse::<HttpDate>().is_ok_and(|date| SystemTime::from(date) == self.modified)
    }
}

/// How much of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    /// A range that lies outside the file.
    Nothing,
}

fn text(request: &HttpRequest, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

/// The same on every machine: what is not in this table is bytes.
fn content_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "csv" => "text/csv; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "gz" => "application/gzip",
        "bz2" => "application/x-bzip",
        "xz" => "application/x-xz",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use jiff::Timestamp;

    use super::*;

    const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    const MODIFIED: &str = "Wed, 04 Mar 2026 10:00:00 GMT";

    fn facts() -> Facts {
        Facts::of(&FileContent {
            id: "01JNG0W1".to_owned(),
            name: "output/age.csv".to_owned(),
            path: "ws/releases/r/output/age.csv".to_owned(),
            sha256: HASH.to_owned(),
            created_at: "2026-03-04T10:00:00.123456Z".parse().unwrap_or(Timestamp::UNIX_EPOCH),
            is_uploaded: true,
            workspace: "ws".to_owned(),
            project: domain::ids::ProjectId(1),
            project_slug: "p".to_owned(),
        })
    }

    fn request(headers: &[(&'static str, &str)]) -> HttpRequest {
        let request = TestRequest::default();
        headers.iter().fold(request, |request, header| request.insert_header(*header)).to_http_request()
    }

    #[test]
    fn a_client_that_has_the_file_is_told_so() {
        let tag = format!("\"{HASH}\"");
        for (headers, expected) in [
            (vec![], false),
            (vec![("if-none-match", tag.as_str())], true),
            (vec![("if-none-match", "\"other\"")], false),
            (vec![("if-none-match", &format!("\"other\", W/{tag}"))], true),
            (vec![("if-none-match", "*")], true),
            (vec![("if-modified-since", MODIFIED)], true),
            (vec![("if-modified-since", "Wed, 04 Mar 2026 09:59:59 GMT")], false),
            (vec![("if-modified-since", "nonsense")], false),
            (vec![("if-none-match", "\"other\""), ("if-modified-since", MODIFIED)], false),
        ] {
            assert_eq!(facts().is_known_to(&request(&headers)), expected, "{headers:?}");
        }
    }

    #[test]
    fn single_ranges_are_understood_at_their_ends() {
        for (range, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=0-9", Wanted::Part(0..10)),
            ("bytes=0-10", Wanted::Part(0..10)),
            ("bytes=9-", Wanted::Part(9..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-1", Wanted::Part(9..10)),
            ("bytes=-11", Wanted::Part(0..10)),
            ("bytes=-0", Wanted::Nothing),
            // Not a range at all (RFC 9110, 14.1.1).
            ("bytes=5-4", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("nonsense", Wanted::Whole),
        ] {
            assert_eq!(facts().wanted(&request(&[("range", range)]), 10), expected, "{range}");
        }
        assert_eq!(facts().wanted(&request(&[("range", "bytes=0-")]), 0), Wanted::Nothing);
    }

    #[test]
    fn the_rest_of_another_file_is_not_sent() {
        let tag = format!("\"{HASH}\"");
        for (condition, expected) in [
            (tag.as_str(), Wanted::Part(5..10)),
            (MODIFIED, Wanted::Part(5..10)),
            ("\"other\"", Wanted::Whole),
            ("Wed, 04 Mar 2026 10:00:01 GMT", Wanted::Whole),
        ] {
            let request = request(&[("range", "bytes=5-"), ("if-range", condition)]);
            assert_eq!(facts().wanted(&request, 10), expected, "{condition}");
        }
    }

    #[test]
    fn types_come_from_a_fixed_table() {
        for (name, expected) in [
            ("a.csv", "text/csv; charset=utf-8"),
            ("a.HTML", "text/html; charset=utf-8"),
            ("a.csv.gz", "application/gzip"),
            ("a.log", "application/octet-stream"),
            ("a.feather", "application/octet-stream"),
            ("csv", "application/octet-stream"),
            ("a.xhtml", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), expected, "{name}");
        }
    }
}
