//! Released files as templates show them: in the viewer and in lists.

use domain::views::release_files::{FileState, ReleaseFile};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::address;

/// A file in the viewer; fields as `components/outputs_viewer` wants them.
#[derive(Debug, Serialize)]
pub struct ViewerFile {
    name: String,
    url: String,
    page_url: String,
    is_deleted: bool,
    size: i32,
    size_text: String,
    date: String,
    date_text: String,
    kind: &'static str,
    note: Option<String>,
}

impl ViewerFile {
    /// `name` is what the page calls the file, `url` where its content is.
    pub fn new(file: &ReleaseFile, name: String, url: String, base_path: &str) -> ViewerFile {
        ViewerFile {
            page_url: format!("{base_path}{}", address::encoded(&name)),
            is_deleted: file.state() == FileState::Deleted,
            size: file.size,
            size_text: size_text(file.size),
            date: file.created_at.to_string(),
            date_text: format(file.created_at, "%d/%m/%Y, %H:%M"),
            kind: kind(&name),
            note: note(file),
            name,
            url,
        }
    }
}

/// A file in a list of a release.
#[derive(Debug, Serialize)]
pub struct ListedFile {
    name: String,
    /// None: there is nothing to see.
    url: Option<String>,
    size_text: String,
    note: Option<String>,
    /// Where to post for its deletion, for those who may and while there is something to delete.
    delete_url: Option<String>,
}

impl ListedFile {
    pub fn new(file: &ReleaseFile, name: String, base_path: &str, delete_url: Option<String>) -> ListedFile {
        let is_there = file.state() == FileState::Uploaded;
        ListedFile {
            url: is_there.then(|| format!("{base_path}{}", address::encoded(&name))),
            size_text: size_text(file.size),
            note: note(file),
            delete_url: delete_url.filter(|_| is_there),
            name,
        }
    }
}

/// Why there is no content.
fn note(file: &ReleaseFile) -> Option<String> {
    match &file.deletion {
        Some(deletion) => {
            Some(format!("Deleted by {} at {}", deletion.by, format(deletion.at, "%Y-%m-%d %H:%M:%S+0000")))
        }
        None if file.uploaded_at.is_none() => Some("Not yet uploaded".to_owned()),
        None => None,
    }
}

/// How the viewer shows a file, by its extension.
fn kind(name: &str) -> &'static str {
    let extension = name.rsplit('/').next().and_then(|base| base.rsplit_once('.')).map_or("", |(_, end)| end);
    match extension.to_ascii_lowercase().as_str() {
        "csv" => "csv",
        "txt" | "log" => "text",
        "json" => "json",
        "gif" | "jpg" | "jpeg" | "png" | "svg" => "image",
        "html" | "htm" => "html",
        "pdf" => "pdf",
        _ => "other",
    }
}

/// `2.1 kB`: decimal units.
fn size_text(bytes: i32) -> String {
    match bytes {
        ..=0 => "unknown size".to_owned(),
        1..1_000 => format!("{bytes} B"),
        _ => {
            let bytes = f64::from(bytes);
            let (value, unit) = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
                .into_iter()
                .find(|(size, _)| bytes >= *size)
                .map_or((bytes, "B"), |(size, unit)| (bytes / size, unit));
            if value < 10.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
        }
    }
}

fn format(at: Timestamp, pattern: &str) -> String {
    at.to_zoned(TimeZone::UTC).strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use domain::views::release_files::Deletion;

    use super::*;

    fn file() -> ReleaseFile {
        let at: Timestamp = "2024-05-01T10:00:00.5Z".parse().unwrap();
        ReleaseFile {
            id: "01F".to_owned(),
            name: "output/ü 1.CSV".to_owned(),
            release_id: "01R".to_owned(),
            backend_slug: "tpp".to_owned(),
            backend_name: "TPP".to_owned(),
            path: "w/releases/01R/output/ü 1.CSV".to_owned(),
            size: 2_048,
            sha256: String::new(),
            metadata: None,
            created_at: at,
            created_by: "checker".to_owned(),
            uploaded_at: Some(at),
            deletion: None,
        }
    }

    #[test]
    fn a_file_in_the_viewer_says_all_that_the_viewer_needs() {
        let file = file();
        let shown =
            ViewerFile::new(&file, file.name.clone(), address::content(&file.id), "/p/w/releases/01R/");
        assert_eq!(shown.page_url, "/p/w/releases/01R/output/%C3%BC%201.CSV");
        assert_eq!(shown.url, "/api/v2/releases/file/01F");
        assert_eq!((shown.kind, shown.size_text.as_str()), ("csv", "2.0 kB"));
        assert_eq!(shown.date_text, "01/05/2024, 10:00");
        assert_eq!(shown.note, None);
    }

    #[test]
    fn what_is_not_there_is_neither_linked_nor_deleted() {
        let deleted = ReleaseFile {
            deletion: Some(Deletion { at: "2024-05-02T00:00:00Z".parse().unwrap(), by: "<Bo>".to_owned() }),
            ..file()
        };
        let promised = ReleaseFile { uploaded_at: None, ..file() };
        for (file, expected) in
            [(&deleted, "Deleted by <Bo> at 2024-05-02 00:00:00+0000"), (&promised, "Not yet uploaded")]
        {
            let listed = ListedFile::new(file, file.name.clone(), "/", Some("/delete/".to_owned()));
            assert_eq!(listed.note.as_deref(), Some(expected));
            assert_eq!((listed.url, listed.delete_url), (None, None));
        }
        let listed = ListedFile::new(&file(), "a".to_owned(), "/", Some("/delete/".to_owned()));
        assert_eq!((listed.url.as_deref(), listed.delete_url.as_deref()), (Some("/a"), Some("/delete/")));
    }

    #[test]
    fn sizes_have_decimal_units() {
        for (bytes, text) in [
            (0, "unknown size"),
            (-1, "unknown size"),
            (1, "1 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (15_400, "15 kB"),
            (16_777_216, "17 MB"),
            (i32::MAX, "2.1 GB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
    }

    #[test]
    fn the_extension_decides_how_a_file_is_shown() {
        for (name, expected) in [
            ("a.csv", "csv"),
            ("a.CSV.gz", "other"),
            ("dir.csv/readme", "other"),
            ("log.txt", "text"),
            ("x/plot.SVG", "image"),
            ("report.html", "html"),
            ("noext", "other"),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
    }
}
