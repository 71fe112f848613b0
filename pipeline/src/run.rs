//! The `run` line of an action: its words, its image, and whether it reads patients' data.
//!
//! Words are those of a POSIX shell without expansion and comments, which is how the RAP runner splits the line.

use std::borrow::Cow;

/// A `run` line that a shell could not split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsplittable {
    #[error("a quote is opened and not closed")]
    UnclosedQuote,
    #[error("it ends in a backslash")]
    TrailingBackslash,
}

/// The words of a `run` line, found one at a time so that a long line costs no memory.
pub(crate) struct Words<'a> {
    rest: &'a str,
}

/// Split a `run` line. After an error there are no more words.
pub(crate) fn words(run: &str) -> Words<'_> {
    Words { rest: run }
}

const SEPARATORS: [char; 4] = [' ', '\t', '\r', '\n'];

impl<'a> Iterator for Words<'a> {
    type Item = Result<Cow<'a, str>, Unsplittable>;

    fn next(&mut self) -> Option<Self::Item> {
        let word = self.rest.trim_start_matches(SEPARATORS);
        if word.is_empty() {
            self.rest = "";
            return None;
        }
        let special = |c: char| SEPARATORS.contains(&c) || matches!(c, '\'' | '"' | '\\');
        let end = word.find(special).unwrap_or(word.len());
        let (bare, rest) = word.split_at(end);
        if rest.is_empty() || rest.starts_with(SEPARATORS) {
            self.rest = rest;
            return Some(Ok(bare.into()));
        }
        let mut text = bare.to_owned();
        Some(match quoted(rest, &mut text) {
            Ok(rest) => {
                self.rest = rest;
                Ok(text.into())
            }
            Err(error) => {
                self.rest = "";
                Err(error)
            }
        })
    }
}

/// Read the rest of a word that has quotes or backslashes, and return what follows the word.
fn quoted<'a>(word: &'a str, text: &mut String) -> Result<&'a str, Unsplittable> {
    let mut chars = word.chars();
    loop {
        let rest = chars.as_str();
        match chars.next() {
            None => return Ok(rest),
            Some(c) if SEPARATORS.contains(&c) => return Ok(rest),
            Some('\\') => text.push(chars.next().ok_or(Unsplittable::TrailingBackslash)?),
            Some('\'') => loop {
                match chars.next().ok_or(Unsplittable::UnclosedQuote)? {
                    '\'' => break,
                    c => text.push(c),
                }
            },
            Some('"') => loop {
                match chars.next().ok_or(Unsplittable::UnclosedQuote)? {
                    '"' => break,
                    '\\' => match chars.next().ok_or(Unsplittable::UnclosedQuote)? {
                        c @ ('"' | '\\') => text.push(c),
                        c => text.extend(['\\', c]),
                    },
                    c => text.push(c),
                }
            },
            Some(c) => text.push(c),
        }
    }
}

/// Name and version of the image that the first word names. The version is empty if there is no colon.
pub(crate) fn image(word: &str) -> (&str, &str) {
    word.split_once(':').unwrap_or((word, ""))
}

/// Whether the version of an image has a form that the runner takes: `v` with digits and dots and perhaps `-pre`, `dev`
/// or `latest`.
pub(crate) fn is_version(version: &str) -> bool {
    let numbered = version.strip_prefix('v').map(|number| number.strip_suffix("-pre").unwrap_or(number));
    let is_number =
        |number: &str| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    matches!(version, "dev" | "latest") || numbered.is_some_and(is_number)
}

/// Whether a command needs the database of a backend.
pub(crate) fn is_database_command(image: &str, command: Option<&str>) -> bool {
    match (image, command) {
        ("sqlrunner", _) => true,
        ("ehrql", Some(command)) => matches!(command, "generate-dataset" | "generate-measures"),
        ("cohortextractor", Some(command)) => {
            matches!(command, "generate_cohort" | "generate_codelist_report")
        }
        ("databuilder", Some(command)) => command == "generate-dataset",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Unsplittable, is_database_command, is_version, words};

    fn split(run: &str) -> Result<Vec<String>, Unsplittable> {
        words(run).map(|word| word.map(|word| word.into_owned())).collect()
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        for (run, expected) in [
            ("", vec![]),
            (" \t\r\n", vec![]),
            ("a  b\tc\nd", vec!["a", "b", "c", "d"]),
            ("python:v2 # c", vec!["python:v2", "#", "c"]),
            ("a#b '# c'", vec!["a#b", "# c"]),
            (r#""a\"b\\c\d" e"#, vec![r#"a"b\c\d"#, "e"]),
            (r"'a\b' x\ty \ z", vec![r"a\b", "xty", " z"]),
            ("a\\\nb", vec!["a\nb"]),
            ("a'b'\"c\"d ''", vec!["abcd", ""]),
            ("$HOME `x` *", vec!["$HOME", "`x`", "*"]),
        ] {
            assert_eq!(split(run).unwrap(), expected, "{run:?}");
        }
    }

    #[test]
    fn an_open_quote_or_backslash_is_an_error() {
        assert_eq!(split("a 'b"), Err(Unsplittable::UnclosedQuote));
        assert_eq!(split("a \"b\\"), Err(Unsplittable::UnclosedQuote));
        assert_eq!(split("a b\\"), Err(Unsplittable::TrailingBackslash));
    }

    #[test]
    fn versions_have_one_of_three_forms() {
        for version in ["v2", "v1.2.3", "v1-pre", "v2.", "v...", "dev", "latest"] {
            assert!(is_version(version), "{version}");
        }
        for version in ["", "v", "2", "v1x", "v2:x", "pre", "v-pre", "latest ", "V2"] {
            assert!(!is_version(version), "{version}");
        }
    }

    #[test]
    fn commands_that_read_the_database_are_known() {
        assert!(is_database_command("sqlrunner", None));
        assert!(is_database_command("ehrql", Some("generate-measures")));
        assert!(!is_database_command("ehrql", Some("dump-dataset-sql")));
        assert!(!is_database_command("ehrql", None));
        assert!(!is_database_command("python", Some("generate-dataset")));
    }
}
