//! Deleting (redacting) a released file. Its row stays and says who did it and when; its content goes for good.

use actix_web::web;
use domain::{permissions::Permission, uploads, users::Person, views::release_files};

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
        visitor::Visitor,
    },
};

/// `POST /{project}/{workspace}/releases/{release}/{file}/delete/`
pub async fn submit(
    app: App,
    visitor: Visitor,
    path: web::Path<(String, String, String, String)>,
) -> PageResult {
    let (project, workspace, release, file) = path.into_inner();
    let db = app.db().await?;
    let file = release_files::find_uploaded(&db, &project, &workspace, &release, &file).await?;
    drop(db);
    let file = file.ok_or(Error::NotFound)?;
    let person = visitor
        .person()
        .filter(|person| person.may(Permission::ReleaseFileDelete, Some(file.project)))
        .ok_or(Error::NotFound)?;
    let stored = app.storage.open(&file.path).await.map_err(|error| Error::Busy(error.to_string()))?;
    if stored.is_none() {
        return Err(Error::NotFound);
    }
    if !delete(&app, &file.id, person).await? {
        return Err(Error::NotFound);
    }
    tracing::info!(file = file.id, name = file.name, by = person.username, "released file deleted");
    let notice = Flash::success(format!("{} was deleted.", file.name));
    redirect::to(&app, &visitor, &format!("/{project}/{workspace}/releases/"), vec![notice])
}

/// Whether there still was something to delete. Goes on to its end when the browser leaves: first the row, then the bytes.
/// Bytes that remain because the storage fails are not handed out any more, and are swept later.
async fn delete(app: &App, file: &str, by: &Person) -> Result<bool, Error> {
    let (app_for_work, file, by) = (app.clone(), file.to_owned(), by.id);
    app.in_background(async move {
        let app = app_for_work;
        let Some(path) = uploads::redact(&app.db().await?, &file, by).await? else { return Ok(false) };
        if let Err(error) = app.storage.delete(&path).await {
            tracing::error!(%error, path, "the content of a deleted file is still in the storage");
        }
        Ok(true)
    })
    .await?
}
