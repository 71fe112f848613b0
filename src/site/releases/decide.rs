//! Preparing outputs for publication, publishing them, deciding against it and taking them back: the forms of those pages,
//! which work without scripts. With scripts the viewer calls the API for the first two; the rules are the same, in `domain`.

use std::collections::BTreeSet;

use actix_web::web;
use domain::{
    permissions::Permission,
    publish_requests,
    snapshots::{self, Prepared},
    users::Person,
    views::release_page::SnapshotPage,
};

use super::{
    address::{self, LatestAddress, SnapshotAddress},
    latest, snapshot,
};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
        visitor::Visitor,
    },
};

/// `POST /{project}/{workspace}/outputs/latest/prepare/`: a draft of the latest outputs.
pub async fn prepare(app: App, visitor: Visitor, wanted: web::Path<LatestAddress>) -> PageResult {
    let mut db = app.db().await?;
    let (workspace, files) = latest::visible(&db, &visitor, &wanted).await?;
    let project = Some(workspace.project.id);
    let person = visitor.person().filter(|person| person.may(Permission::SnapshotCreate, project));
    let person = person.ok_or(Error::NotFound)?;
    let ids: BTreeSet<String> = files.into_iter().map(|file| file.id).collect();
    let prepared = snapshots::prepare(&mut db, workspace.id, &ids, person.id).await?;
    drop(db);
    let Prepared::Snapshot(id) = prepared else {
        let notice = Flash::error("There are no files to prepare for publication.");
        return redirect::to(&app, &visitor, &address::latest(&workspace.url()), vec![notice]);
    };
    tracing::info!(snapshot = id, workspace = workspace.name, by = person.username, "snapshot prepared");
    redirect::to(&app, &visitor, &format!("{}outputs/{id}/", workspace.url()), Vec::new())
}

/// `POST /{project}/{workspace}/outputs/{snapshot}/publish/`
pub async fn publish(app: App, visitor: Visitor, wanted: web::Path<SnapshotAddress>) -> PageResult {
    let db = app.db().await?;
    let (snapshot, person) = decidable(&db, &visitor, &wanted).await?;
    let is_new = publish_requests::approve(&db, snapshot.id, person.id).await?;
    drop(db);
    if is_new {
        tracing::info!(snapshot = snapshot.id, by = person.username, "snapshot published");
    }
    let notice = Flash::success("Published: everybody can see these files now.");
    redirect::to(&app, &visitor, &snapshot.url(), if is_new { vec![notice] } else { Vec::new() })
}

/// `POST /{project}/{workspace}/outputs/{snapshot}/reject/`: takes a published one back, decides against one that waits.
pub async fn reject(app: App, visitor: Visitor, wanted: web::Path<SnapshotAddress>) -> PageResult {
    let db = app.db().await?;
    let (snapshot, person) = decidable(&db, &visitor, &wanted).await?;
    let (is_changed, notice) = if snapshot.is_published() {
        let is_taken_back = publish_requests::unpublish(&db, snapshot.id, person.id).await?;
        (is_taken_back, "Taken back: the public cannot see this snapshot any more.")
    } else {
        (publish_requests::reject(&db, snapshot.id, person.id).await?, "Rejected: the files stay a draft.")
    };
    drop(db);
    if !is_changed {
        return redirect::to(&app, &visitor, &snapshot.url(), Vec::new());
    }
    tracing::info!(snapshot = snapshot.id, by = person.username, "snapshot taken back or rejected");
    redirect::to(&app, &visitor, &snapshot.url(), vec![Flash::success(notice)])
}

/// The snapshot in the address and the visitor, who may publish it.
async fn decidable<'a>(
    db: &domain::db::Object,
    visitor: &'a Visitor,
    wanted: &SnapshotAddress,
) -> Result<(SnapshotPage, &'a Person), Error> {
    let snapshot = snapshot::found(db, wanted).await?.ok_or(Error::NotFound)?;
    let project = Some(snapshot.project.id);
    let person = visitor.person().filter(|person| person.may(Permission::SnapshotPublish, project));
    Ok((snapshot, person.ok_or(Error::NotFound)?))
}
