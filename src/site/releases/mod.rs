//! Released files: lists of releases, a release, the latest outputs of a workspace, snapshots and what is public of them.
//! Who may see what is decided here, page by page; what a file looks like is the viewer's business.

pub mod address;
pub mod decide;
pub mod delete;
pub mod download;
mod download_names;
mod download_stream;
pub mod file_list;
mod files;
pub mod latest;
mod list;
pub mod outputs;
pub mod project_list;
pub mod release;
pub mod snapshot;
pub mod workspace_list;
