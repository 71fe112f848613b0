//! Static files, read and compressed once at start. Names that Vite put a hash into are cached for good.

use std::{collections::HashMap, fs, io::Write, path::Path};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ETAG, IF_NONE_MATCH},
    web,
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{Error, PageResult};
use crate::app::App;

const FOREVER: &str = "max-age=315360000, public, immutable";
const FOR_A_MINUTE: &str = "max-age=60, public";

/// The script and the styles that every page links to.
#[derive(Debug, Clone, Serialize)]
pub struct Bundle {
    js: String,
    css: Vec<String>,
}

pub struct Assets {
    files: HashMap<String, File>,
    bundle: Bundle,
    debug: bool,
}

struct File {
    plain: Bytes,
    gzipped: Option<Bytes>,
    etag: String,
    content_type: String,
    is_hashed: bool,
}

#[derive(Deserialize)]
struct ManifestEntry {
    file: String,
    #[serde(default)]
    css: Vec<String>,
}

impl Assets {
    /// Reads everything under `root`. Fails if the built assets are missing, since no page would look right.
    pub fn load(root: &Path, debug: bool) -> Result<Assets, String> {
        let manifest = root.join("dist/.vite/manifest.json");
        let text = fs::read_to_string(&manifest).map_err(|error| {
            format!("{}: {error}. Run `npm ci && npm run build` first", manifest.display())
        })?;
        let entries: HashMap<String, ManifestEntry> =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", manifest.display()))?;
        let entry = entries.get("main.ts").ok_or_else(|| format!("{} has no main.ts", manifest.display()))?;
        let url = |file: &String| format!("/static/dist/{file}");
        let bundle = Bundle { js: url(&entry.file), css: entry.css.iter().map(url).collect() };
        let mut files = HashMap::new();
        read_folder(root, "", &mut files).map_err(|error| format!("{}: {error}", root.display()))?;
        Ok(Assets { files, bundle, debug })
    }

    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }
}

/// Reads a folder and those below it; names that start with a dot are not for the public.
fn read_folder(folder: &Path, prefix: &str, files: &mut HashMap<String, File>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else {
            files.insert(
                format!("{prefix}{name}"),
                read_file(&entry.path(), prefix.starts_with("dist/assets/"))?,
            );
        }
    }
    Ok(())
}

fn read_file(path: &Path, is_hashed: bool) -> std::io::Result<File> {
    let plain = fs::read(path)?;
    let content_type = mime_guess::from_path(path).first_or_octet_stream();
    let is_text = content_type.type_() == "text"
        || ["javascript", "json", "svg+xml", "manifest+json"]
            .iter()
            .any(|kind| content_type.as_ref().contains(kind));
    let gzipped = if is_text { Some(gzip(&plain)?) } else { None };
    Ok(File {
        etag: format!("\"{}\"", data_encoding::HEXLOWER.encode(&Sha256::digest(&plain)[..16])),
        content_type: if content_type.type_() == "text" {
            format!("{content_type}; charset=utf-8")
        } else {
            content_type.to_string()
        },
        gzipped: gzipped.filter(|gzipped| gzipped.len() < plain.len()).map(Bytes::from),
        plain: Bytes::from(plain),
        is_hashed,
    })
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

/// `GET /static/{path}`
pub async fn serve(app: App, request: HttpRequest, path: web::Path<String>) -> PageResult {
    let file = app.assets.files.get(path.as_str()).ok_or(Error::NotFound)?;
    let mut response = HttpResponse::Ok();
    let cache = match (file.is_hashed, app.assets.debug) {
        (true, _) => FOREVER,
        (false, true) => "max-age=0, public",
        (false, false) => FOR_A_MINUTE,
    };
    response
        .insert_header(("Cache-Control", cache))
        .insert_header(("Access-Control-Allow-Origin", "*"))
        .insert_header(("Vary", "Accept-Encoding"))
        .insert_header((ETAG, file.etag.as_str()));
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == file.etag))
    {
        return Ok(response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish());
    }
    response.content_type(file.content_type.as_str());
    match (&file.gzipped, accepts_gzip(&request)) {
        (Some(gzipped), true) => {
            Ok(response.insert_header(("Content-Encoding", "gzip")).body(gzipped.clone()))
        }
        _ => Ok(response.insert_header(("Content-Encoding", "identity")).body(file.plain.clone())),
    }
}

fn accepts_gzip(request: &HttpRequest) -> bool {
    request
        .headers()
        .get("accept-encoding")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|coding| coding.trim().starts_with("gzip")))
}
