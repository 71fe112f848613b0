//! The latest outputs of a workspace: the newest version of every file, in the viewer. From here a draft is prepared.

use actix_web::web;
use domain::{
    db::GenericClient,
    permissions::Permission,
    views::release_files::{self, ReleaseFile},
    workspaces::{self, Workspace},
};
use serde::Serialize;

use super::{
    address::{self, LatestAddress},
    files::ViewerFile,
    release::selected,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        visitor::Visitor,
    },
    site::workspaces::place::Place,
};

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    place: Place,
    releases_url: String,
    /// None while there is nothing to download.
    download_url: Option<String>,
    base_path: String,
    files_url: String,
    /// Where scripts prepare a draft of these files, for those who may.
    prepare_url: Option<String>,
    /// Where a form does the same.
    prepare_form: Option<String>,
    files: Vec<ViewerFile>,
    selected: Option<String>,
}

/// `GET /{project}/{workspace}/outputs/latest/` and, with a file chosen, `…/{backend}/{path}`
pub async fn show(app: App, visitor: Visitor, wanted: web::Path<LatestAddress>) -> PageResult {
    let db = app.db().await?;
    let (workspace, files) = visible(&db, &visitor, &wanted).await?;
    drop(db);
    let base_path = address::latest(&workspace.url());
    let may_prepare =
        visitor.may(Permission::SnapshotCreate, Some(workspace.project.id)) && !files.is_empty();
    let view = View {
        place: Place::of(&workspace),
        releases_url: format!("{}releases/", workspace.url()),
        download_url: (!files.is_empty()).then(|| format!("{base_path}download/")),
        files_url: format!("/api/v2/releases/workspace/{}", workspace.name),
        prepare_url: may_prepare.then(|| format!("/api/v2/workspaces/{}/snapshots", workspace.name)),
        prepare_form: may_prepare.then(|| format!("{base_path}prepare/")),
        files: files
            .iter()
            .map(|file| {
                ViewerFile::new(file, file.name_with_backend(), address::content(&file.id), &base_path)
            })
            .collect(),
        selected: selected(&wanted.path),
        base_path,
    };
    let page = Page::titled(format!("Latest released outputs: {}", workspace.name));
    visitor.render(&app, "site/releases/latest", page, &view)
}

/// The workspace in the address and its latest files, which may be none, if this visitor may see them.
pub async fn visible(
    db: &impl GenericClient,
    visitor: &Visitor,
    wanted: &LatestAddress,
) -> Result<(Workspace, Vec<ReleaseFile>), Error> {
    let workspace = workspaces::find(db, &wanted.project, &wanted.workspace)
        .await?
        .filter(|workspace| visitor.may(Permission::ReleaseFileView, Some(workspace.project.id)))
        .ok_or(Error::NotFound)?;
    let files = release_files::latest(db, workspace.id).await?;
    Ok((workspace, files))
}
