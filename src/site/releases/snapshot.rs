//! A snapshot: files that were chosen for the public. Once published everybody sees it; before, those who may see
//! released files, and from here it is published, rejected or taken back.

use actix_web::web;
use domain::{
    db::GenericClient,
    permissions::Permission,
    projects::Project,
    users::Person,
    views::{
        release_files::{self, ReleaseFile, distinct_names},
        release_page::{self, Publication, SnapshotPage},
    },
};
use serde::Serialize;

use super::{
    address::{self, SnapshotAddress},
    files::ViewerFile,
    release::selected,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        shell::Page,
        times::Moment,
        visitor::Visitor,
    },
    site::workspaces::place::Place,
};

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    place: Place,
    outputs_url: String,
    id: i32,
    url: String,
    heading: &'static str,
    is_published: bool,
    is_rejected: bool,
    prepared_by: String,
    prepared: Moment,
    /// Who decided last, and when.
    decided_by: Option<String>,
    decided: Option<Moment>,
    /// Why somebody who is signed in may see this.
    reason: Option<String>,
    /// None: there is no file in it.
    download_url: Option<String>,
    base_path: String,
    files_url: String,
    /// Where scripts publish, for those who may.
    publish_url: Option<String>,
    /// Whether this visitor may decide against it.
    takes_back: bool,
    files: Vec<ViewerFile>,
    selected: Option<String>,
}

/// `GET /{project}/{workspace}/outputs/{snapshot}/` and, with a file chosen, `…/{path}`
pub async fn show(app: App, visitor: Visitor, wanted: web::Path<SnapshotAddress>) -> PageResult {
    let db = app.db().await?;
    let (snapshot, files) = visible(&db, &visitor, &wanted).await?;
    drop(db);
    let page = Page::titled(format!("Snapshot: {}", snapshot.id));
    let view = view(&visitor, snapshot, &files, &wanted.path);
    visitor.render(&app, "site/releases/snapshot", page, &view)
}

/// The snapshot in the address and its files, which may be none, if this visitor may see them.
pub async fn visible(
    db: &impl GenericClient,
    visitor: &Visitor,
    wanted: &SnapshotAddress,
) -> Result<(SnapshotPage, Vec<ReleaseFile>), Error> {
    let snapshot = found(db, wanted)
        .await?
        .filter(|snapshot| snapshot.is_published() || may_view(visitor, &snapshot.project))
        .ok_or(Error::NotFound)?;
    let files = release_files::of_snapshot(db, snapshot.id).await?;
    Ok((snapshot, files))
}

/// The snapshot in the address, whoever asks.
pub async fn found(db: &impl GenericClient, wanted: &SnapshotAddress) -> Result<Option<SnapshotPage>, Error> {
    let id = wanted.snapshot.parse().map_err(|_| Error::NotFound)?;
    Ok(release_page::find_snapshot(db, &wanted.project, &wanted.workspace, id).await?)
}

fn may_view(visitor: &Visitor, project: &Project) -> bool {
    visitor.may(Permission::ReleaseFileView, Some(project.id))
}

fn view(visitor: &Visitor, snapshot: SnapshotPage, files: &[ReleaseFile], path: &str) -> View {
    let workspace_url = snapshot.workspace_url();
    let (base_path, is_published) = (snapshot.url(), snapshot.is_published());
    let may_decide = visitor.may(Permission::SnapshotPublish, Some(snapshot.project.id));
    let is_rejected = matches!(snapshot.publication, Publication::Rejected(_));
    let api_url = format!("/api/v2/workspaces/{}/snapshots/{}", snapshot.workspace, snapshot.id);
    let content = |file: &ReleaseFile| match is_published {
        true => address::published(&workspace_url, &file.id),
        false => address::content(&file.id),
    };
    let named = files.iter().zip(distinct_names(files));
    let decision = match &snapshot.publication {
        Publication::Approved(decision) | Publication::Rejected(decision) => Some(decision),
        Publication::Pending | Publication::NotRequested => None,
    };
    View {
        place: address::place(&snapshot.project, &snapshot.workspace),
        outputs_url: format!("{workspace_url}outputs/"),
        id: snapshot.id,
        is_published,
        is_rejected,
        heading: match (visitor.person(), is_published) {
            (None, _) => "Published outputs",
            (Some(_), true) => "Published snapshot",
            (Some(_), false) => "Draft snapshot",
        },
        decided_by: decision.map(|decision| decision.by.clone()),
        decided: decision.map(|decision| Moment::date_and_time(decision.at)),
        prepared: Moment::date_and_time(snapshot.created_at),
        reason: visitor.person().map(|person| reason(person, &snapshot.project, is_published)),
        download_url: (!files.is_empty()).then(|| format!("{base_path}download/")),
        publish_url: (may_decide && !is_published).then(|| format!("{api_url}/publish")),
        files_url: api_url,
        takes_back: may_decide && (is_published || snapshot.publication == Publication::Pending),
        files: named.map(|(file, name)| ViewerFile::new(file, name, content(file), &base_path)).collect(),
        selected: selected(path),
        url: base_path.clone(),
        base_path,
        prepared_by: snapshot.created_by,
    }
}

/// Why they may see it: because everybody may, or by the roles that let them.
fn reason(person: &Person, project: &Project, is_published: bool) -> String {
    if is_published {
        return "Everybody can see these files.".to_owned();
    }
    let of_project = person.project_roles.iter().filter(|(id, _)| *id == project.id).map(|(_, roles)| roles);
    let mut roles: Vec<&str> = std::iter::once(&person.roles)
        .chain(of_project)
        .flat_map(|roles| roles.iter())
        .filter(|role| role.grants().contains(&Permission::ReleaseFileView))
        .map(|role| role.display_name())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    format!("The public cannot see these files. You can, as {}.", roles.join(" and "))
}
