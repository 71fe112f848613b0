//! The snapshots of a workspace: what was published, and, for those who may see released files, what may yet be.

use actix_web::{HttpRequest, web};
use domain::{
    permissions::Permission,
    views::{
        self,
        outputs_list::{self, SnapshotLine},
    },
    workspaces,
};
use serde::Serialize;

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        form,
        page_links::{PageLinks, PageNumber},
        shell::Page,
        times::Moment,
        visitor::Visitor,
        words::counted,
    },
    site::workspaces::place::Place,
};

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    place: Place,
    org_name: Option<String>,
    org_logo: Option<String>,
    shows_drafts: bool,
    lines: Vec<Line>,
    pages: PageLinks,
    total: String,
    nothing_title: String,
}

#[derive(Serialize)]
struct Line {
    url: String,
    created: Moment,
    created_by: String,
    is_published: bool,
    is_rejected: bool,
    files: String,
}

/// `GET /{project}/{workspace}/outputs/?page=`
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
    let shows_drafts = visitor.may(Permission::ReleaseFileView, Some(workspace.project.id));
    let overview = outputs_list::overview(&db, workspace.id, shows_drafts).await?;
    let slice = wanted.slice(overview.total, views::PAGE_SIZE)?;
    let lines = outputs_list::of_workspace(&db, workspace.id, shows_drafts, slice.offset).await?;
    drop(db);
    let view = View {
        place: Place::of(&workspace),
        org_name: overview.org_name,
        org_logo: overview.org_logo.map(|file| format!("/uploads/{file}")),
        shows_drafts,
        lines: lines.into_iter().map(|snapshot| line(&workspace.url(), snapshot)).collect(),
        pages: PageLinks::new(slice, request.query_string()),
        total: counted(overview.total, "snapshot", "snapshots"),
        nothing_title: format!("Nothing has been published for {} yet", workspace.name),
    };
    let page = Page::titled(format!("Published outputs: {}", workspace.name));
    visitor.render(&app, "site/releases/outputs", page, &view)
}

fn line(workspace_url: &str, snapshot: SnapshotLine) -> Line {
    Line {
        url: format!("{workspace_url}outputs/{}/", snapshot.id),
        created: Moment::date(snapshot.created_at),
        created_by: snapshot.created_by,
        is_published: snapshot.is_published,
        is_rejected: snapshot.is_rejected,
        files: counted(snapshot.file_count, "file", "files"),
    }
}
