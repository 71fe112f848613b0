//! Why a project file is refused.
//!
//! The message is exactly what a researcher sees, so it says what is wrong and where. The kinds are those that the
//! format's reference library distinguishes: callers may count them, never parse the message.

use serde::Serialize;

/// The kind of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorKind {
    /// The text cannot be read as YAML.
    Yaml,
    /// A rule of the project file format is broken.
    Validation,
    /// Neither YAML nor the format foresees it: the reference library stops with an error of its own.
    Internal,
}

/// A refused project file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind of rule is broken.
    pub kind: ErrorKind,
    /// The text for the researcher.
    pub message: String,
    /// The line it is about, counted from 1.
    pub line: Option<usize>,
    /// The column it is about, in characters from 1.
    pub column: Option<usize>,
}

/// A place in the text, both counted from 1; columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub line: u32,
    pub column: u32,
}

impl Error {
    /// The text is not YAML. `sentence` says what was found, without a place and without a full stop.
    pub(crate) fn yaml(at: Position, sentence: impl AsRef<str>) -> Self {
        Self {
            kind: ErrorKind::Yaml,
            message: format!("Line {}, column {}: {}.", at.line, at.column, sentence.as_ref()),
            line: Some(at.line as usize),
            column: Some(at.column as usize),
        }
    }

    /// The text as a whole cannot be read as YAML.
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Yaml, message: message.into(), line: None, column: None }
    }

    /// A rule of the format is broken. The first line of the text is the format's own: a file name would follow the
    /// colon if there were one.
    pub(crate) fn validation(at: Option<Position>, text: impl AsRef<str>) -> Self {
        Self {
            kind: ErrorKind::Validation,
            message: shortened(format!("Invalid project: \n{}", text.as_ref())),
            line: at.map(|at| at.line as usize),
            column: at.map(|at| at.column as usize),
        }
    }

    /// Something the format does not foresee.
    pub(crate) fn internal(at: Option<Position>, message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Internal,
            message: shortened(message.into()),
            line: at.map(|at| at.line as usize),
            column: at.map(|at| at.column as usize),
        }
    }

    /// A rule that the site adds to those of the format.
    pub(crate) fn site_rule(at: Position, message: &str) -> Self {
        Self {
            kind: ErrorKind::Validation,
            message: message.to_owned(),
            line: Some(at.line as usize),
            column: Some(at.column as usize),
        }
    }
}

/// A message cut to what can be shown. Messages quote the file, and a hostile file is long.
fn shortened(mut message: String) -> String {
    const LONGEST: usize = 20_000;
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
        message.push('…');
    }
    message
}
