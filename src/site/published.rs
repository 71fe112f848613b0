//! Published files: what the public may read, by the address that links all over the world use.

use actix_web::{HttpRequest, web};
use domain::file_content;

use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        file_response::{self, Caching},
    },
};

/// `GET /{project}/{workspace}/published/{file}/`
pub async fn show(app: App, request: HttpRequest, path: web::Path<(String, String, String)>) -> PageResult {
    let (project, workspace, id) = path.into_inner();
    let file = file_content::find_published(&app.db().await?, &project, &workspace, &id).await?;
    let file = file.ok_or(Error::NotFound)?;
    file_response::answer(&app, &request, &file, Caching::Public).await?.ok_or(Error::NotFound)
}
