//! The releases of all workspaces of a project.

use actix_web::{HttpRequest, web};
use domain::{
    permissions::Permission,
    projects,
    views::{self, release_list},
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
    site::workspaces::place::ProjectPlace,
};

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    place: ProjectPlace,
    entries: Vec<Entry>,
    pages: PageLinks,
    total: String,
}

/// `GET /{project}/releases/?page=`
pub async fn show(app: App, visitor: Visitor, slug: web::Path<String>, request: HttpRequest) -> PageResult {
    let wanted = PageNumber::from_query(&form::query_pairs(request.query_string())?)?;
    let db = app.db().await?;
    let (project, total) =
        tokio::try_join!(projects::find(&db, &slug), release_list::count_of_project(&db, &slug))?;
    let project = project.ok_or(Error::NotFound)?;
    if total == 0 {
        return Err(Error::NotFound);
    }
    let slice = wanted.slice(total, views::PAGE_SIZE)?;
    let may_view = visitor.may(Permission::ReleaseFileView, Some(project.id));
    let lines = release_list::of_project(&db, project.id, may_view, slice.offset).await?;
    drop(db);
    let view = View {
        place: ProjectPlace::of(&project),
        entries: lines.into_iter().map(|line| Entry::of_project(&project, line)).collect(),
        pages: PageLinks::new(slice, request.query_string()),
        total: counted(total, "release", "releases"),
    };
    visitor.render(
        &app,
        "site/releases/project_list",
        Page::titled(format!("Releases: {}", project.name)),
        &view,
    )
}
