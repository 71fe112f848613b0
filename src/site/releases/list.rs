//! One release in a list. What is in it is shown only to those who may see its files, not even as a number.

use domain::{projects::Project, views::release_list::ReleaseLine};
use serde::Serialize;

use super::address;
use crate::http::{times::Moment, words::counted};

#[derive(Debug, Serialize)]
pub struct Entry {
    title: String,
    /// None for what grows with each release.
    created: Option<Moment>,
    /// Where that is not clear from the page.
    workspace: Option<WorkspaceLink>,
    /// None for those who may not see them, and where there are none.
    files: Option<EntryFiles>,
}

#[derive(Debug, Serialize)]
struct WorkspaceLink {
    name: String,
    url: String,
}

/// What can be done with the files of an entry.
#[derive(Debug, Serialize)]
struct EntryFiles {
    url: String,
    download_url: String,
    list_url: String,
    /// `3 files`
    count: String,
}

impl Entry {
    /// In the list of its workspace.
    pub fn of_workspace(project: &Project, line: ReleaseLine) -> Entry {
        Entry { workspace: None, ..Entry::of_project(project, line) }
    }

    /// In a list of several workspaces.
    pub fn of_project(project: &Project, line: ReleaseLine) -> Entry {
        let workspace_url = format!("{}{}/", project.url(), line.workspace);
        Entry {
            title: format!("Files released by {} from {}", line.created_by, line.backend_name),
            created: Some(Moment::relative(line.created_at)),
            files: files_at(address::release(&workspace_url, &line.id), line.file_count),
            workspace: Some(WorkspaceLink { name: line.workspace, url: workspace_url }),
        }
    }

    /// The newest version of every file of a workspace; none if there is nothing to see for this visitor.
    pub fn latest(workspace_url: &str, file_count: Option<i64>) -> Option<Entry> {
        let files = files_at(address::latest(workspace_url), file_count)?;
        Some(Entry {
            title: "All outputs, the most recent version of each file".to_owned(),
            created: None,
            workspace: None,
            files: Some(files),
        })
    }
}

fn files_at(url: String, count: Option<i64>) -> Option<EntryFiles> {
    let count = count.filter(|count| *count > 0)?;
    Some(EntryFiles {
        download_url: format!("{url}download/"),
        list_url: format!("{url}files/"),
        count: counted(count, "file", "files"),
        url,
    })
}
