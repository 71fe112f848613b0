//! The files of one entry of a list of releases: a page of its own, and for pages with scripts the list alone.

use actix_web::{HttpRequest, web};
use domain::{permissions::Permission, projects::Project, views::release_files::ReleaseFile};
use serde::Serialize;

use super::{
    address::{self, LatestAddress, ReleaseAddress},
    files::ListedFile,
    latest, release,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        visitor::Visitor,
        words::counted,
    },
    site::workspaces::place::Place,
};

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    place: Place,
    releases_url: String,
    title: &'static str,
    /// The page with the viewer.
    url: String,
    count: String,
    files: Vec<ListedFile>,
}

/// `GET /{project}/{workspace}/releases/{release}/files/`
pub async fn of_release(
    app: App,
    visitor: Visitor,
    wanted: web::Path<ReleaseAddress>,
    request: HttpRequest,
) -> PageResult {
    let db = app.db().await?;
    let (release, files) = release::visible(&db, &visitor, &wanted).await?;
    drop(db);
    let place = address::place(&release.project, &release.workspace);
    let url = address::release(&place.workspace_url, &release.id);
    let may_delete = may_delete(&visitor, &release.project);
    let listed = files
        .iter()
        .map(|file| ListedFile::new(file, file.name.clone(), &url, deletion(file, &place, may_delete)))
        .collect();
    let view = view(place, "Files of a release", url, listed);
    answer(&app, &visitor, &request, &view)
}

/// `GET /{project}/{workspace}/outputs/latest/files/`
pub async fn of_latest(
    app: App,
    visitor: Visitor,
    wanted: web::Path<LatestAddress>,
    request: HttpRequest,
) -> PageResult {
    let db = app.db().await?;
    let (workspace, files) = latest::visible(&db, &visitor, &wanted).await?;
    drop(db);
    if files.is_empty() {
        return Err(Error::NotFound);
    }
    let place = Place::of(&workspace);
    let url = address::latest(&place.workspace_url);
    let may_delete = may_delete(&visitor, &workspace.project);
    let listed = files
        .iter()
        .map(|file| ListedFile::new(file, file.name_with_backend(), &url, deletion(file, &place, may_delete)))
        .collect();
    let view = view(place, "Latest version of every file", url, listed);
    answer(&app, &visitor, &request, &view)
}

fn may_delete(visitor: &Visitor, project: &Project) -> bool {
    visitor.may(Permission::ReleaseFileDelete, Some(project.id))
}

fn deletion(file: &ReleaseFile, place: &Place, may_delete: bool) -> Option<String> {
    let release_url = address::release(&place.workspace_url, &file.release_id);
    may_delete.then(|| format!("{release_url}{}/delete/", address::encoded(&file.id)))
}

fn view(place: Place, title: &'static str, url: String, files: Vec<ListedFile>) -> View {
    View {
        releases_url: format!("{}releases/", place.workspace_url),
        count: counted(files.len(), "file", "files"),
        place,
        title,
        url,
        files,
    }
}

fn answer(app: &App, visitor: &Visitor, request: &HttpRequest, view: &View) -> PageResult {
    let is_fragment = request.headers().contains_key("hx-request");
    let template = if is_fragment { "site/releases/file_rows" } else { "site/releases/file_list" };
    let page = Page::titled(format!("{}: {}", view.title, view.place.workspace_name));
    let mut response = visitor.render(app, template, page, view)?;
    // The same address gives two answers.
    let vary = actix_web::http::header::HeaderValue::from_static("Cookie, HX-Request");
    response.headers_mut().insert(actix_web::http::header::VARY, vary);
    Ok(response)
}
