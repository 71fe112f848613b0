//! Logos of organisations: which files are taken, and where they are put. A file is judged by what it holds, not by its
//! name, and gets a name of its own in the media folder, from which `/uploads/` serves it as a picture that cannot run
//! scripts. Where several machines serve the site, they must share that folder. Old logos stay there.

use std::{io, path::PathBuf};

use actix_web::web::Bytes;

use crate::http::{form::Fields, multipart::SentFile};

/// Below the media folder.
const FOLDER: &str = "org_logos";
/// How much of the organisation's slug the name of a file tells, in bytes: the column holds 100.
const SLUG_PART: usize = 40;
/// How far into a file its first element is looked for, in bytes.
const SVG_HEAD: usize = 1_024;

/// A picture that was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Picture {
    content: Bytes,
    extension: &'static str,
}

/// The picture in the field `logo_file`; none if no file was chosen.
///
/// # Errors
/// Why it is not taken, for the person who sent it.
pub fn sent(fields: &Fields) -> Result<Option<Picture>, &'static str> {
    match fields.file("logo_file") {
        None => Ok(None),
        Some(SentFile { content: None }) => Err("This file is too large. A logo can have 1 MiB at most."),
        Some(SentFile { content: Some(content) }) if content.is_empty() => Err("This file is empty."),
        Some(SentFile { content: Some(content) }) => match extension_of(content) {
            Some(extension) => Ok(Some(Picture { content: content.clone(), extension })),
            None => {
                Err("This is not a picture that can be shown. Choose a PNG, JPEG, GIF, WebP or SVG file.")
            }
        },
    }
}

/// What kind of picture it is, by the bytes that each format begins with.
fn extension_of(content: &[u8]) -> Option<&'static str> {
    match content {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        content if is_svg(content) => Some("svg"),
        _ => None,
    }
}

/// Text whose first element is `svg`, after declarations and comments.
fn is_svg(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let is_markup = ["<?xml", "<!--", "<!DOCTYPE svg", "<svg"].iter().any(|start| text.starts_with(start));
    let head = text.find("<svg").filter(|at| *at <= SVG_HEAD);
    is_markup && head.is_some_and(|at| text[at + 4..].starts_with([' ', '>', '\n', '\r', '\t', '/']))
}

/// Where a picture of this organisation is going to lie, below the media folder: a name that no other file has.
pub fn new_path(picture: &Picture, slug: &str) -> String {
    let slug: String = slug.chars().filter(char::is_ascii).take(SLUG_PART).collect();
    format!("{FOLDER}/{slug}-{:016x}.{}", rand::random::<u64>(), picture.extension)
}

/// Writes the picture to `file`, which must not be there.
pub async fn store(picture: Picture, file: PathBuf) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let mut options = tokio::fs::OpenOptions::new();
    let mut opened = options.write(true).create_new(true).open(&file).await?;
    tokio::io::AsyncWriteExt::write_all(&mut opened, &picture.content).await?;
    opened.sync_all().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_what_they_hold() {
        for (content, extension) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some("png")),
            (b"\xff\xd8\xff\xe0....", Some("jpg")),
            (b"GIF89a....", Some("gif")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some("webp")),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", Some("svg")),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<svg>", Some("svg")),
            (b"<html><svg></svg></html>", None),
            (b"<svgx>", None),
            (b"%PDF-1.7", None),
            (b"MZ\x90", None),
            (b"", None),
        ] {
            assert_eq!(extension_of(content), extension, "{}", String::from_utf8_lossy(content));
        }
    }

    #[test]
    fn a_path_fits_into_its_column() {
        let picture = Picture { content: Bytes::new(), extension: "webp" };
        let path = new_path(&picture, &"x".repeat(255));
        assert!(path.len() <= 100, "{path}");
        assert_ne!(path, new_path(&picture, &"x".repeat(255)));
    }
}
