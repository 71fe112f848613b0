//! A list of released files, the shape in which releases, latest outputs and snapshots are read by bots and by the outputs
//! viewer.

use domain::views::release_files::{FileState, ReleaseFile};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::json;

#[derive(Serialize, ToSchema)]
pub struct Index {
    pub files: Vec<Entry>,
}

/// One file. Files that have been deleted or have not arrived yet are listed too.
#[derive(Serialize, ToSchema)]
pub struct Entry {
    /// Different for each file of the list.
    #[schema(example = "output/tables/age.csv")]
    name: String,
    #[schema(example = "01JNG0W1V4T1Q0D4Y3N6K7M8PB")]
    id: String,
    /// Where its content is, on this host.
    #[schema(example = "/api/v2/releases/file/01JNG0W1V4T1Q0D4Y3N6K7M8PB")]
    url: String,
    /// Username of who released it.
    user: String,
    /// When it was released, in ISO 8601.
    #[schema(example = "2026-03-04T10:00:00.123456+00:00")]
    date: String,
    /// SHA-256 in hex.
    sha256: String,
    /// In bytes.
    size: i32,
    is_deleted: bool,
    /// Name of the backend it comes from.
    #[schema(example = "TPP")]
    backend: String,
    metadata: Option<Value>,
    /// Always null.
    review: Option<Value>,
}

impl Entry {
    pub fn new(file: ReleaseFile, name: String, url: String) -> Entry {
        Entry {
            name,
            url,
            is_deleted: file.state() == FileState::Deleted,
            date: json::moment(file.created_at),
            id: file.id,
            user: file.created_by,
            sha256: file.sha256,
            size: file.size,
            backend: file.backend_name,
            metadata: file.metadata,
            review: None,
        }
    }
}

/// Where those who may see unpublished files find their content.
pub fn content_url(file: &str) -> String {
    format!("/api/v2/releases/file/{file}")
}
