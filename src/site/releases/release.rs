//! A release: its facts and its files in the viewer.

use actix_web::web;
use domain::{
    db::GenericClient,
    permissions::Permission,
    views::{
        release_files::{self, ReleaseFile, distinct_names},
        release_page::{self, ReleasePage},
    },
};
use serde::Serialize;
use serde_json::Value;

use super::{
    address::{self, ReleaseAddress},
    files::ViewerFile,
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
    releases_url: String,
    id: String,
    created_by: String,
    created: Moment,
    backend: String,
    metadata: Vec<Fact>,
    download_url: String,
    base_path: String,
    files_url: String,
    files: Vec<ViewerFile>,
    selected: Option<String>,
}

/// Something that the releasing tool said.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Fact {
    name: String,
    value: String,
}

/// `GET /{project}/{workspace}/releases/{release}/` and, with a file chosen, `…/{path}`
pub async fn show(app: App, visitor: Visitor, wanted: web::Path<ReleaseAddress>) -> PageResult {
    let db = app.db().await?;
    let (release, files) = visible(&db, &visitor, &wanted).await?;
    drop(db);
    let base_path = address::release(&release.workspace_url(), &release.id);
    let view = View {
        place: address::place(&release.project, &release.workspace),
        releases_url: format!("{}releases/", release.workspace_url()),
        created_by: release.created_by,
        created: Moment::date_and_time(release.created_at),
        backend: release.backend_name,
        metadata: release.metadata.iter().map(|(name, value)| fact(name, value)).collect(),
        download_url: format!("{base_path}download/"),
        files_url: format!("/api/v2/releases/release/{}", address::encoded(&release.id)),
        files: files
            .iter()
            .zip(distinct_names(&files))
            .map(|(file, name)| ViewerFile::new(file, name, address::content(&file.id), &base_path))
            .collect(),
        selected: selected(&wanted.path),
        base_path,
        id: release.id,
    };
    let page = Page::titled(format!("Released outputs: {}", release.workspace));
    visitor.render(&app, "site/releases/release", page, &view)
}

/// The release in the address and its files, if this visitor may see them. A release without files is not shown.
pub async fn visible(
    db: &impl GenericClient,
    visitor: &Visitor,
    wanted: &ReleaseAddress,
) -> Result<(ReleasePage, Vec<ReleaseFile>), Error> {
    let release = release_page::find(db, &wanted.project, &wanted.workspace, &wanted.release)
        .await?
        .filter(|release| visitor.may(Permission::ReleaseFileView, Some(release.project.id)))
        .ok_or(Error::NotFound)?;
    let files = release_files::of_release(db, &release.id).await?;
    if files.is_empty() { Err(Error::NotFound) } else { Ok((release, files)) }
}

/// The chosen file, if the address names one.
pub fn selected(path: &str) -> Option<String> {
    (!path.is_empty()).then(|| path.to_owned())
}

fn fact(name: &str, value: &Value) -> Fact {
    Fact {
        name: titled(name),
        value: match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        },
    }
}

/// `some_key` as `Some Key`.
fn titled(name: &str) -> String {
    let words = name.split(['_', ' ']).filter(|word| !word.is_empty());
    let titled = words.map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    });
    titled.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_tool_said_is_read_out_whatever_its_shape() {
        for (name, value, expected) in [
            ("tool", json!("airlock"), ("Tool", "airlock")),
            ("some_key", json!(3), ("Some Key", "3")),
            ("über", json!({"a": [1]}), ("Über", r#"{"a":[1]}"#)),
            ("", json!(null), ("", "")),
        ] {
            let fact = fact(name, &value);
            assert_eq!((fact.name.as_str(), fact.value.as_str()), expected);
        }
    }
}
