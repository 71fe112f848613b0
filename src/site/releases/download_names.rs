//! What files are called in a zip. Names come from the database, where older ones were never checked: none may lead out of
//! the folder in which somebody unpacks it, and no two may be the same.

use std::collections::HashSet;

use domain::views::release_files::ReleaseFile;

/// Whether files of several backends may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Files of one backend: by their names.
    OneBackend,
    /// Each below a folder of its backend.
    ByBackend,
}

/// The names of the entries, in the order of the files.
pub fn names(files: &[ReleaseFile], naming: Naming) -> Vec<String> {
    let mut taken = HashSet::new();
    files
        .iter()
        .map(|file| {
            let plain = match naming {
                Naming::OneBackend => safe(&file.name),
                Naming::ByBackend => safe(&file.name_with_backend()),
            };
            let name = if taken.contains(&plain) {
                safe(&format!("{}/{}/{}", file.backend_slug, file.id, file.name))
            } else {
                plain
            };
            taken.insert(name.clone());
            name
        })
        .collect()
}

/// A relative path without tricks.
fn safe(name: &str) -> String {
    let segments = name.split(['/', '\\']).filter(|segment| !matches!(*segment, "" | "." | ".."));
    let joined = segments.collect::<Vec<_>>().join("/").replace(char::is_control, "_");
    if joined.is_empty() { "unnamed".to_owned() } else { joined }
}

/// `release-01ABC.zip`, without anything that a header or a file system could take for something else.
pub fn archive_name(kind: &str, id: &str) -> String {
    let id: String = id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    format!("{kind}-{id}.zip")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn file(id: &str, backend: &str, name: &str) -> ReleaseFile {
        ReleaseFile {
            id: id.to_owned(),
            name: name.to_owned(),
            release_id: "R".to_owned(),
            backend_slug: backend.to_owned(),
            backend_name: backend.to_uppercase(),
            path: String::new(),
            size: 1,
            sha256: String::new(),
            metadata: None,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: "checker".to_owned(),
            uploaded_at: None,
            deletion: None,
        }
    }

    #[test]
    fn no_two_entries_have_one_name() {
        let files = [
            file("1", "tpp", "a.csv"),
            file("2", "emis", "a.csv"),
            file("3", "tpp", "a.csv"),
            file("4", "tpp", "b.csv"),
        ];
        assert_eq!(names(&files, Naming::OneBackend), ["a.csv", "emis/2/a.csv", "tpp/3/a.csv", "b.csv"]);
        assert_eq!(names(&files, Naming::ByBackend), ["tpp/a.csv", "emis/a.csv", "tpp/3/a.csv", "tpp/b.csv"]);
    }

    #[test]
    fn no_entry_leads_out_of_the_folder() {
        for (name, expected) in [
            ("output/ü 1.csv", "output/ü 1.csv"),
            ("../../etc/passwd", "etc/passwd"),
            ("/etc/passwd", "etc/passwd"),
            (r"..\..\x", "x"),
            ("a//./b/", "a/b"),
            ("line\nbreak", "line_break"),
            ("..", "unnamed"),
        ] {
            assert_eq!(safe(name), expected);
        }
    }

    #[test]
    fn archives_have_names_that_headers_can_hold() {
        assert_eq!(archive_name("release", "01ABC"), "release-01ABC.zip");
        assert_eq!(archive_name("release", "a\"b/c\r\nü"), "release-a-b-c---.zip");
    }
}
