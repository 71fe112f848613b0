//! Names of released files, such as `output/tables/age.csv`: the one place that judges them. A name becomes part of a
//! path below the storage root, so whatever could leave that root, be read differently by another system, or upset a
//! page or a header is refused when a release is made, and again when its file arrives.

use std::fmt;

/// In characters. What an object store can take as a key leaves room for the folders around it.
pub const LONGEST_NAME: usize = 1_000;
/// In bytes of UTF-8: what file systems take between two slashes.
pub const LONGEST_SEGMENT: usize = 255;

/// A name that can safely become a path: relative, segments separated by single slashes. Otherwise as it was given,
/// with all its Unicode.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(String);

/// Why a name is no [`FileName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a file name {reason}")]
pub struct NameRefused {
    /// Completes the sentence "a file name …".
    pub reason: &'static str,
}

impl FileName {
    pub fn new(name: &str) -> Result<FileName, NameRefused> {
        match fault_in(name) {
            Some(reason) => Err(NameRefused { reason }),
            None => Ok(FileName(name.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What comes after the last slash.
    pub fn base(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn fault_in(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("must not be empty");
    }
    if name.chars().nth(LONGEST_NAME).is_some() {
        return Some("must not have more than 1,000 characters");
    }
    if name.chars().any(char::is_control) {
        return Some("must not hold control characters or line breaks");
    }
    if name.contains('\\') {
        return Some("must not hold backslashes");
    }
    if name.starts_with('/') {
        return Some("must not begin with a slash");
    }
    name.split('/').find_map(fault_in_segment)
}

fn fault_in_segment(segment: &str) -> Option<&'static str> {
    match segment {
        "" => Some("must not hold two slashes in a row or end in one"),
        "." | ".." => Some("must not hold `.` or `..` as a part"),
        long if long.len() > LONGEST_SEGMENT => Some("must not have parts of more than 255 bytes"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(name: &str) -> bool {
        FileName::new(name).is_ok()
    }

    #[test]
    fn ordinary_names_are_kept_as_they_are() {
        for name in [
            "t.csv",
            "output/tables/age.csv",
            "output/größe 100%.csv",
            "output/日本語/表.csv",
            "output/#1.csv",
            "output/a#2",
            "output/...",
            "output/..hidden",
            "output/q\"uote's.csv",
            " output/ spaced .csv ",
            "C:file.csv",
        ] {
            assert_eq!(FileName::new(name).map(|name| name.to_string()).as_deref(), Ok(name));
        }
    }

    #[test]
    fn names_that_could_leave_their_folder_are_refused() {
        for name in [
            "..",
            ".",
            "../x",
            "output/..",
            "output/../../x",
            "output/./x",
            "/etc/passwd",
            "//x",
            "output//x",
            "output/",
            "/",
            "",
            "..\\x",
            "output\\x.csv",
            "C:\\x",
        ] {
            assert!(!is_accepted(name), "{name:?}");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        for character in ['\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{80}', '\u{85}', '\u{9f}'] {
            assert!(!is_accepted(&format!("output/a{character}b.csv")), "{character:?}");
        }
        for character in ['\u{20}', '\u{7e}', '\u{a0}'] {
            assert!(is_accepted(&format!("output/a{character}b.csv")), "{character:?}");
        }
    }

    #[test]
    fn a_part_has_at_most_255_bytes() {
        assert!(is_accepted(&format!("output/{}", "a".repeat(255))));
        assert!(!is_accepted(&format!("output/{}", "a".repeat(256))));
        assert!(is_accepted(&format!("output/{}a", "é".repeat(127))));
        assert!(!is_accepted(&format!("output/{}", "é".repeat(128))));
    }

    #[test]
    fn a_name_has_at_most_1000_characters() {
        let of = |length: usize| {
            let folders = "éé/".repeat(300);
            format!("{folders}{}", "a".repeat(length - folders.chars().count()))
        };
        assert_eq!((of(1_000).chars().count(), of(1_001).chars().count()), (1_000, 1_001));
        assert!(is_accepted(&of(1_000)));
        assert!(!is_accepted(&of(1_001)));
    }

    #[test]
    fn the_base_is_what_follows_the_last_slash() {
        for (name, base) in [("a/b/c.csv", "c.csv"), ("c.csv", "c.csv")] {
            assert_eq!(FileName::new(name).map(|name| name.base().to_owned()).as_deref(), Ok(base));
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong() {
        let refused = FileName::new("a\nb").map_err(|refused| refused.to_string());
        assert_eq!(refused, Err("a file name must not hold control characters or line breaks".to_owned()));
    }
}
