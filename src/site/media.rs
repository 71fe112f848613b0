//! `/uploads/`: logos of organisations.

use std::path::{Component, Path};

use actix_web::{HttpResponse, web};

use crate::{
    app::App,
    http::error::{Error, PageResult},
};

/// Serves a file below the media folder. Pictures only: nothing that a browser could run.
pub async fn serve(app: App, path: web::Path<String>) -> PageResult {
    let relative = Path::new(path.as_str());
    let is_plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let content_type = mime_guess::from_path(relative).first_or_octet_stream();
    if !is_plain || content_type.type_() != "image" {
        return Err(Error::NotFound);
    }
    let file = app.config.web.media_root.join(relative);
    let bytes =
        app.in_background(async move { tokio::fs::read(file).await }).await?.map_err(|_| Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(content_type.to_string())
        .insert_header(("Cache-Control", "max-age=3600, public"))
        .insert_header(("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'"))
        .body(bytes))
}
