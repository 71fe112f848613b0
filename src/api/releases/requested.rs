//! The body that asks for a release or reviews one: its files with their hashes, and what the releasing tool has to say.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use crate::api::json::{Fields, Problem, read};

#[derive(Debug)]
pub struct Requested {
    pub files: Vec<RequestedFile>,
    pub metadata: Map<String, Value>,
    pub review: Option<Value>,
}

#[derive(Debug)]
pub struct RequestedFile {
    pub name: String,
    pub url: String,
    /// In bytes.
    pub size: i32,
    pub sha256: String,
    pub date: Timestamp,
    pub metadata: Value,
    pub review: Option<Review>,
}

#[derive(Debug)]
pub struct Review {
    pub status: String,
    pub comments: Value,
}

impl Requested {
    /// Reads a body. Files above `size_limit` bytes are refused.
    pub fn read(body: &Value, size_limit: u64) -> Result<Requested, Problem> {
        let mut fields = Fields::of(body)?;
        let files = fields
            .required("files", |files| read::objects(files, |file| RequestedFile::read(file, size_limit)));
        let metadata = fields.required("metadata", read::mapping);
        let review = fields.nullable("review", |review| read::mapping(review).map(|_| review.clone()));
        fields.finish()?;
        let (files, metadata) = (files.unwrap_or_default(), metadata.cloned().unwrap_or_default());
        Ok(Requested { files, metadata, review: review.flatten() })
    }

    /// The files as they are kept with the release.
    pub fn stored(&self) -> Value {
        self.files.iter().map(RequestedFile::stored).collect()
    }
}

impl RequestedFile {
    fn read(value: &Value, size_limit: u64) -> Result<RequestedFile, Problem> {
        let mut fields = Fields::of(value)?;
        let name = fields.required("name", read::text);
        let url = fields.required("url", read::text);
        let shown = name.as_deref().unwrap_or_default();
        let size = fields.required("size", |size| read_size(size, size_limit, shown));
        let sha256 = fields.required("sha256", read::text);
        let date = fields.required("date", read::moment);
        let metadata = fields.required("metadata", |facts| read::mapping(facts).map(|_| facts.clone()));
        let review = fields.nullable("review", Review::read);
        fields.finish()?;
        Ok(RequestedFile {
            name: name.unwrap_or_default(),
            url: url.unwrap_or_default(),
            size: size.unwrap_or_default(),
            sha256: sha256.unwrap_or_default(),
            date: date.unwrap_or_default(),
            metadata: metadata.unwrap_or_default(),
            review: review.flatten(),
        })
    }

    fn stored(&self) -> Value {
        let review =
            self.review.as_ref().map(|review| json!({"status": review.status, "comments": review.comments}));
        json!({
            "name": self.name,
            "url": self.url,
            "size": self.size,
            "sha256": self.sha256,
            "date": with_millis(self.date),
            "metadata": self.metadata,
            "review": review,
        })
    }
}

impl Review {
    fn read(value: &Value) -> Result<Review, Problem> {
        let mut fields = Fields::of(value)?;
        let status = fields.required("status", |status| read::choice(status, &["APPROVED", "REJECTED"]));
        let comments = fields.required("comments", |comments| read::mapping(comments).map(|_| comments));
        fields.finish()?;
        let comments = comments.cloned().unwrap_or_default();
        Ok(Review { status: status.unwrap_or_default().to_owned(), comments })
    }
}

/// Clients match the beginning of the sentence, up to the first full stop.
fn read_size(value: &Value, limit: u64, name: &str) -> Result<i32, Problem> {
    let size = read::integer(value)?;
    if u64::try_from(size).is_ok_and(|size| size > limit) {
        let (limit, size) = (megabytes(limit), megabytes(size.unsigned_abs()));
        let limit = limit.trim_end_matches(".0");
        return Err(json!([format!("File size should be <{limit}Mb. {name} is {size}MbMb")]));
    }
    read::count(value)
}

/// Bytes as MiB with one or two decimals.
fn megabytes(bytes: u64) -> String {
    let rounded = (bytes as f64 / 1_048_576.0 * 100.0).round() / 100.0;
    format!("{rounded:?}")
}

/// `2026-03-04T09:30:00.123Z`, without the fraction when it is zero, as Django wrote it.
fn with_millis(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    let seconds = zoned.strftime("%Y-%m-%dT%H:%M:%S");
    match (zoned.subsec_nanosecond() / 1_000, zoned.subsec_nanosecond() / 1_000_000) {
        (0, _) => format!("{seconds}Z"),
        (_, millis) => format!("{seconds}.{millis:03}Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 16_777_216;

    fn file() -> Value {
        json!({"name": " output/a.csv ", "url": "output/a.csv", "size": "5", "sha256": "abc",
               "date": "2026-03-04T09:30:00.123456+00:00", "metadata": {"tool": "airlock"}, "review": null})
    }

    fn problem(change: impl FnOnce(&mut Value)) -> Value {
        let mut body = json!({"files": [file(), file()], "metadata": {}, "review": null});
        change(&mut body);
        Requested::read(&body, LIMIT).unwrap_err()
    }

    #[test]
    fn a_body_is_read_and_kept_in_the_old_form() {
        let body =
            json!({"files": [file()], "metadata": {"airlock_id": null}, "review": {"any": 1}, "other": 1});
        let requested = Requested::read(&body, LIMIT).unwrap();
        let expected = json!([{"name": "output/a.csv", "url": "output/a.csv", "size": 5, "sha256": "abc",
                               "date": "2026-03-04T09:30:00.123Z", "metadata": {"tool": "airlock"}, "review": null}]);
        assert_eq!(requested.stored(), expected);
        assert_eq!(requested.files[0].date.subsec_nanosecond(), 123_456_000);
    }

    #[test]
    fn only_the_items_with_a_problem_are_named() {
        assert_eq!(
            problem(|body| body["files"][1]["size"] = json!("big")),
            json!({"files": {"1": {"size": ["A valid integer is required."]}}})
        );
        assert_eq!(
            problem(|body| body["files"][0]["metadata"] = Value::Null),
            json!({"files": {"0": {"metadata": ["This field may not be null."]}}})
        );
        assert_eq!(
            problem(|body| body["files"] = json!({})),
            json!({"files": {"non_field_errors": ["Expected a list of items but got type \"dict\"."]}})
        );
        assert_eq!(
            problem(|body| *body = json!([])),
            json!({"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]})
        );
        assert_eq!(
            problem(|body| *body = json!({"files": []})),
            json!({"metadata": ["This field is required."], "review": ["This field is required."]})
        );
    }

    #[test]
    fn the_size_limit_is_the_largest_size() {
        let refused = problem(|body| body["files"][1]["size"] = json!(100_000_000));
        let expected = "File size should be <16Mb. output/a.csv is 95.37MbMb";
        assert_eq!(refused, json!({"files": {"1": {"size": [expected]}}}));
        let mut body = json!({"files": [file()], "metadata": {}, "review": null});
        body["files"][0]["size"] = json!(LIMIT);
        assert!(Requested::read(&body, LIMIT).is_ok());
        problem(|body| body["files"][0]["size"] = json!(-1));
    }

    #[test]
    fn a_review_needs_a_status_and_comments() {
        assert_eq!(
            problem(|body| body["files"][0]["review"] = json!({"status": "MAYBE"})),
            json!({"files": {"0": {"review": {"status": ["\"MAYBE\" is not a valid choice."],
                                              "comments": ["This field is required."]}}}})
        );
    }
}
