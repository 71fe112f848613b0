//! Downloads of several files at once, as a zip: of a release, of the latest outputs, of a snapshot. What is not there any
//! more, or not yet, is represented by a note under its name, so that unpacking over an older copy replaces it.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE},
    web,
};
use domain::views::release_files::{FileState, ReleaseFile};

use super::{
    address::{self, LatestAddress, ReleaseAddress, SnapshotAddress},
    download_names::{self, Naming, archive_name},
    download_stream::{Content, Entry, zipped},
    latest, release, snapshot,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        times,
        visitor::Visitor,
    },
};

/// `GET /{project}/{workspace}/releases/{release}/download/`
pub async fn of_release(app: App, visitor: Visitor, wanted: web::Path<ReleaseAddress>) -> PageResult {
    let db = app.db().await?;
    let (release, files) = release::visible(&db, &visitor, &wanted).await?;
    drop(db);
    let name = archive_name("release", &release.id);
    answer(&app, &name, &release.workspace_url(), &files, Naming::OneBackend)
}

/// `GET /{project}/{workspace}/outputs/latest/download/`
pub async fn of_latest(app: App, visitor: Visitor, wanted: web::Path<LatestAddress>) -> PageResult {
    let db = app.db().await?;
    let (workspace, files) = latest::visible(&db, &visitor, &wanted).await?;
    drop(db);
    let name = archive_name("workspace", &workspace.name);
    answer(&app, &name, &workspace.url(), &files, Naming::ByBackend)
}

/// `GET /{project}/{workspace}/outputs/{snapshot}/download/`
pub async fn of_snapshot(app: App, visitor: Visitor, wanted: web::Path<SnapshotAddress>) -> PageResult {
    let db = app.db().await?;
    let (snapshot, files) = snapshot::visible(&db, &visitor, &wanted).await?;
    drop(db);
    let name = archive_name("release", &snapshot.id.to_string());
    answer(&app, &name, &snapshot.workspace_url(), &files, Naming::ByBackend)
}

fn answer(
    app: &App,
    archive_name: &str,
    workspace_url: &str,
    files: &[ReleaseFile],
    naming: Naming,
) -> PageResult {
    if files.is_empty() {
        return Err(Error::NotFound);
    }
    let names = download_names::names(files, naming);
    let entries =
        files.iter().zip(names).map(|(file, name)| entry(file, name, &page_of(app, workspace_url, file)));
    let bytes = zipped(&app.background, app.storage.clone(), entries.collect())?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/zip"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{archive_name}\"")))
        // Who may have it depends on who asks, and tomorrow it may be redacted.
        .insert_header((CACHE_CONTROL, "private, no-store"))
        // It is compressed already.
        .insert_header((CONTENT_ENCODING, "identity"))
        .streaming(bytes))
}

/// The absolute address of a file's own page.
fn page_of(app: &App, workspace_url: &str, file: &ReleaseFile) -> String {
    let release_url = address::release(workspace_url, &file.release_id);
    app.absolute(&format!("{release_url}{}", address::encoded(&file.name)))
}

fn entry(file: &ReleaseFile, name: String, page: &str) -> Entry {
    let (modified, content) = match (&file.deletion, file.state()) {
        (Some(deletion), _) => {
            let at = times::exact(deletion.at);
            let note = format!("This file was redacted by {} on {at}.\n\n{page}\n", deletion.by);
            (deletion.at, Content::Note(note))
        }
        (None, FileState::Uploaded) => {
            let if_missing = format!(
                "This file was released, but its content cannot be found. Please tell support.\n\n{page}\n"
            );
            let path = file.path.clone();
            (file.uploaded_at.unwrap_or(file.created_at), Content::Stored { path, if_missing })
        }
        (None, _) => {
            let note =
                format!("This file has been released, but not yet uploaded. Try again later.\n\n{page}\n");
            (file.created_at, Content::Note(note))
        }
    };
    Entry { name, modified, content }
}
