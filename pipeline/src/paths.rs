//! Patterns of output paths, and the `--output` argument that must match them.
//!
//! The rules are those of the runner, which copies what the patterns find out of an action's folder.

use std::borrow::Cow;

use crate::model::PrivacyLevel;

/// The file types that may be reviewed and released.
const MODERATELY_SENSITIVE_TYPES: [&str; 11] =
    [".csv", ".jpg", ".jpeg", ".png", ".svg", ".svgz", ".html", ".txt", ".log", ".json", ".md"];

/// Check a pattern of output paths.
///
/// # Errors
/// The reason why the runner would not take it.
pub(crate) fn check(pattern: &str, level: PrivacyLevel) -> Result<(), Cow<'static, str>> {
    if pattern.contains('\\') {
        return Err("contains back slashes (use forward slashes only)".into());
    }
    for wildcard in ["**", "?", "["] {
        if pattern.contains(wildcard) {
            return Err(format!("contains '{wildcard}' (only the * wildcard character is supported)").into());
        }
    }
    let extension = extension(pattern);
    if extension.is_empty() || extension.ends_with('*') {
        return Err("output paths must have a file type extension at the end".into());
    }
    if level == PrivacyLevel::Moderately && !MODERATELY_SENSITIVE_TYPES.contains(&extension) {
        return Err(format!("{pattern} is not an allowed file type for moderately_sensitive outputs").into());
    }
    if !is_normal(pattern) {
        return Err("is not in standard form (contains double slashes or '..' elements)".into());
    }
    if pattern == "metadata" || pattern.starts_with("metadata/") {
        return Err("should not include the metadata directory".into());
    }
    if is_absolute(pattern) {
        return Err("is an absolute path".into());
    }
    Ok(())
}

/// The last component of a path, a trailing slash ignored.
fn last_component(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

/// The last component from its last dot, unless that is its first or last character.
fn extension(path: &str) -> &str {
    let name = last_component(path);
    match name.rfind('.') {
        Some(dot) if dot > 0 && dot + 1 < name.len() => name.get(dot..).unwrap_or_default(),
        _ => "",
    }
}

/// Whether a path has no component that says nothing: empty, `.`, or `..` after a name.
fn is_normal(path: &str) -> bool {
    let relative = path.strip_prefix("//").filter(|rest| !rest.starts_with('/')).or(path.strip_prefix('/'));
    let mut named = relative.is_some();
    relative.unwrap_or(path).split('/').all(|component| match component {
        "" | "." => false,
        ".." => !named,
        _ => {
            named = true;
            true
        }
    })
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || matches!(path.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic())
}

/// The folder a path stands in, `.` if it names none.
pub(crate) fn parent(path: &str) -> Cow<'_, str> {
    match pure(path) {
        Cow::Borrowed(path) => match path.rsplit_once('/') {
            Some(("", _)) => "/".into(),
            Some((parent, _)) => parent.into(),
            None => ".".into(),
        },
        Cow::Owned(path) => parent(&path).into_owned().into(),
    }
}

/// A path without empty and `.` components.
fn pure(path: &str) -> Cow<'_, str> {
    let root = if path.starts_with('/') { "/" } else { "" };
    let kept = |component: &&str| !matches!(*component, "" | ".");
    let unrooted = path.strip_prefix('/').unwrap_or(path);
    if unrooted.split('/').all(|component| kept(&component)) {
        return path.into();
    }
    let components: Vec<&str> = path.split('/').filter(kept).collect();
    format!("{root}{}", components.join("/")).into()
}

/// What the `--output` argument of a dataset asks the patterns to be.
#[derive(Debug, PartialEq)]
pub(crate) enum OutputArgument<'a> {
    /// One file: one of the patterns must be this text.
    File(&'a str),
    /// Files of a type in a folder: all patterns must lie there and be of that type.
    Folder { directory: String, extension: &'a str },
}

impl<'a> OutputArgument<'a> {
    /// Read the argument. A colon in its last component makes it a folder and a file type.
    pub(crate) fn read(argument: &'a str) -> Self {
        match last_component(argument).rsplit_once(':') {
            Some((name, extension)) if !extension.is_empty() => {
                let whole = pure(argument);
                let parent = parent(&whole);
                let directory = match (parent.as_ref(), name) {
                    (parent, "") => parent.to_owned(),
                    (".", name) => name.to_owned(),
                    (parent, name) => format!("{}/{name}", parent.trim_end_matches('/')),
                };
                Self::Folder { directory, extension }
            }
            _ => Self::File(argument),
        }
    }

    /// What the patterns were expected to be, as a message writes it.
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::File(path) => (*path).to_owned(),
            Self::Folder { directory, extension } => format!("{directory}/:{extension}"),
        }
    }

    /// Whether the patterns are what the argument asks for. Each step of a comparison is charged to `charge`, which
    /// may refuse to go on.
    ///
    /// # Errors
    /// Those of `charge`.
    pub(crate) fn is_met_by<E>(
        &self,
        patterns: &[String],
        charge: &mut impl FnMut(usize) -> Result<(), E>,
    ) -> Result<bool, E> {
        match self {
            Self::File(path) => Ok(patterns.iter().any(|pattern| pattern == path)),
            Self::Folder { directory, extension } => {
                let glob: Vec<char> = format!("{directory}/*.{extension}").chars().collect();
                for pattern in patterns {
                    if !matches(&glob, pattern, charge)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }
}

/// Whether a text matches a glob in which `*` is any characters, also slashes, and `?` is one.
fn matches<E>(glob: &[char], text: &str, charge: &mut impl FnMut(usize) -> Result<(), E>) -> Result<bool, E> {
    let text: Vec<char> = text.chars().collect();
    let (mut at_glob, mut at_text) = (0, 0);
    // Where the last star stands, and where in the text the part after it was tried last.
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = text.get(at_text) {
        charge(1)?;
        match (glob.get(at_glob), star) {
            (Some('*'), _) => {
                star = Some((at_glob, at_text));
                at_glob += 1;
            }
            (Some(wanted), _) if *wanted == '?' || wanted == character => {
                at_glob += 1;
                at_text += 1;
            }
            (_, Some((star_glob, star_text))) => {
                star = Some((star_glob, star_text + 1));
                at_glob = star_glob + 1;
                at_text = star_text + 1;
            }
            (_, None) => return Ok(false),
        }
    }
    Ok(glob.get(at_glob..).is_none_or(|rest| rest.iter().all(|wanted| *wanted == '*')))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::{OutputArgument, check, parent};
    use crate::model::PrivacyLevel::{Highly, Moderately};

    #[test]
    fn ordinary_and_surprising_patterns_pass() {
        for pattern in [
            "*.csv",
            "a*/b*.csv",
            "x y.csv",
            "../x.csv",
            "../../x.csv",
            "output/metadata/x.csv",
            "metadata.csv",
        ] {
            assert_eq!(check(pattern, Moderately), Ok(()), "{pattern}");
        }
        for pattern in ["c:x.txt", "x.pdf", "x.rds", "x.CSV", "x.csv.gz", "x.c*v"] {
            assert_eq!(check(pattern, Highly), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_breaks_the_first_rule_that_applies() {
        for (pattern, reason) in [
            ("a\\**.csv", "back slashes"),
            ("a/**/?.csv", "contains '**'"),
            ("?[", "contains '?'"),
            ("a[b.csv", "contains '['"),
            ("x", "file type extension"),
            ("*", "file type extension"),
            ("x.*", "file type extension"),
            ("x.csv*", "file type extension"),
            (".csv", "file type extension"),
            ("x.", "file type extension"),
            ("", "file type extension"),
            ("metadata", "file type extension"),
            ("x.pdf", "not an allowed file type"),
            ("x.CSV", "not an allowed file type"),
            ("x.csv.gz", "not an allowed file type"),
            ("a//b.csv", "standard form"),
            ("./x.csv", "standard form"),
            ("a/../b.csv", "standard form"),
            ("x.csv/", "standard form"),
            ("metadata/x.csv", "metadata directory"),
            ("/abs.csv", "absolute path"),
            ("//x.csv", "absolute path"),
            ("c:/x.txt", "absolute path"),
        ] {
            let found = check(pattern, Moderately).unwrap_err();
            assert!(found.contains(reason), "{pattern}: {found}");
        }
    }

    #[test]
    fn the_parent_of_a_path_is_a_folder() {
        for (path, folder) in [("a/b/c.csv", "a/b"), ("c.csv", "."), ("/c.csv", "/"), ("a//./b/c", "a/b")] {
            assert_eq!(parent(path), folder, "{path}");
        }
    }

    #[test]
    fn an_output_argument_is_met_by_a_file_or_by_all_files_of_a_folder() {
        let met = |argument, patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            let free = &mut |_| Ok::<(), Infallible>(());
            OutputArgument::read(argument).is_met_by(&patterns, free).unwrap()
        };
        assert!(met("o/d.csv", &["o/d.csv"]));
        assert!(!met("./o/d.csv", &["o/d.csv"]));
        assert!(met("outputs:arrow", &["outputs/*.arrow"]));
        assert!(!met("outputs:arrow", &["outputs.arrow"]));
        assert!(met("out/:csv", &["out/sub/x.csv", "out/y.csv"]));
        assert!(!met("out/:csv", &["out/y.csv", "OUT/x.csv"]));
        assert!(!met("out/:csv", &["out/*.txt"]));
        assert_eq!(OutputArgument::read("outputs:arrow").expected(), "outputs/:arrow");
        assert_eq!(OutputArgument::read("output//many/:arrow").expected(), "output/many/:arrow");
    }
}
