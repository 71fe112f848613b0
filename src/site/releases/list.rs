//! One release in a list. What is in it is shown only to those who may see its files, not even as a number.

use domain::{projects::Project, views::release_list::ReleaseLine};
use serde::Serialize;

use super::{address, files};
use crate::http::times::Moment;

#[derive(Debug, Serialize)]
pub struct Entry {
    created_by: String,
    backend: String,
    created: Moment,
    workspace: String,
    workspace_url: String,
    files: Option<EntryFiles>,
}

/// What can be done with the files of an entry.
#[derive(Debug, Serialize)]
pub struct EntryFiles {
    url: String,
    download_url: String,
    list_url: String,
    /// `3 files`
    count: String,
}

impl Entry {
    pub fn new(project: &Project, line: ReleaseLine) -> Entry {
        let workspace_url = format!("{}{}/", project.url(), line.workspace);
        let url = address::release(&workspace_url, &line.id);
        Entry {
            files: EntryFiles::at(url, line.file_count),
            created_by: line.created_by,
            backend: line.backend_name,
            created: Moment::relative(line.created_at),
            workspace: line.workspace,
            workspace_url,
        }
    }
}

impl EntryFiles {
    /// None for those who may not know how many there are, and where there are none.
    pub fn at(url: String, count: Option<i64>) -> Option<EntryFiles> {
        let count = count.filter(|count| *count > 0)?;
        Some(EntryFiles {
            download_url: format!("{url}download/"),
            list_url: format!("{url}files/"),
            count: files::counted(count),
            url,
        })
    }
}
