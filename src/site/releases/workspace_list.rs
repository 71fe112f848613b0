//! The releases of a workspace, and above them the newest version of every file.

use actix_web::{HttpRequest, web};
use domain::{
    permissions::Permission,
    views::{self, release_list},
    workspaces,
};
use serde::Serialize;

use super::list::Entry;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        form,
        page_links::{PageLinks, PageNumber},
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
    entries: Vec<Entry>,
    pages: PageLinks,
    total: String,
}

/// `GET /{project}/{workspace}/releases/?page=`
pub async fn show(
    app: App,
    visitor: Visitor,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> PageResult {
    let wanted = PageNumber::from_query(&form::query_pairs(request.query_string())?)?;
    let (project, name) = path.into_inner();
    let db = app.db().await?;
    let workspace = workspaces::find(&db, &project, &name).await?.ok_or(Error::NotFound)?;
    let may_view = visitor.may(Permission::ReleaseFileView, Some(workspace.project.id));
    let counts = release_list::counts_of_workspace(&db, workspace.id, may_view).await?;
    if counts.releases == 0 {
        return Err(Error::NotFound);
    }
    let slice = wanted.slice(counts.releases, views::PAGE_SIZE)?;
    let lines = release_list::of_workspace(&db, workspace.id, may_view, slice.offset).await?;
    drop(db);
    let latest = if slice.number == 1 { Entry::latest(&workspace.url(), counts.latest_files) } else { None };
    let releases = lines.into_iter().map(|line| Entry::of_workspace(&workspace.project, line));
    let view = View {
        place: Place::of(&workspace),
        entries: latest.into_iter().chain(releases).collect(),
        pages: PageLinks::new(slice, request.query_string()),
        total: counted(counts.releases, "release", "releases"),
    };
    let page = Page::titled(format!("Releases: {}", workspace.name));
    visitor.render(&app, "site/releases/workspace_list", page, &view)
}
