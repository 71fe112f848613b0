//! Says in words for researchers what the YAML parser found.
//!
//! The mistakes people make in project files get a sentence that names the remedy; the rest keep the parser's words.

use granit_parser::{ErrorKind, ScanError};

use super::scalar::shortened;
use super::{MAX_DEPTH, characters};
use crate::error::Position;

/// For an alias whose name no anchor before it has.
pub(super) const UNKNOWN_ALIAS: &str = "a value that begins with '*' is an alias, and there is no anchor of this name; put quotes around the value";

/// For a tab outside quotes, block scalars and comments.
pub(super) const TAB: &str = "a tab stands where only spaces may; YAML is indented with spaces";

/// For a text in quotes that the file ends in.
pub(super) fn unclosed_quote(begun: Position) -> String {
    format!(
        "the file ends inside a text in quotes, which begins at line {}, column {} and has no closing quote",
        begun.line, begun.column
    )
}

/// For a key without a colon that begins at a place.
pub(super) fn missing_colon(text: &str, begun: Position) -> String {
    let key = shortened(line(text, begun.line as usize));
    format!(
        "a ':' is missing after the key that begins at line {}, column {} ('{key}')",
        begun.line, begun.column
    )
}

/// Where a missing colon shows. A text without quotes goes on until a line has a key of its own or is a comment; after
/// anything else it is the next line with content.
pub(super) fn where_colon_is_missed(text: &str, begun: Position) -> Position {
    let is_bare = !line(text, begun.line as usize).starts_with(['[', '{', '"', '\'']);
    let shows = |line: &str| match line.trim() {
        "" => false,
        line if is_bare => line.starts_with('#') || line.ends_with(':') || line.contains(": "),
        line => !line.starts_with('#'),
    };
    let after =
        (begun.line as usize..).zip(text.lines().skip(begun.line as usize)).find(|(_, line)| shows(line));
    match after {
        Some((before, line)) => {
            let indentation = line.chars().take_while(|c| c.is_whitespace()).count();
            let narrow = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
            Position { line: narrow(before), column: narrow(indentation) }
        }
        None => characters::position(text, text.len()),
    }
}

fn line(text: &str, number: usize) -> &str {
    text.lines().nth(number.saturating_sub(1)).map(str::trim).unwrap_or_default()
}

/// What is wrong, without the place and without a full stop.
pub(super) fn describe(text: &str, error: &ScanError) -> String {
    match error.kind() {
        ErrorKind::UnclosedFlowCollection { open } => {
            let (line, column) = (error.marker().line(), error.marker().col() + 1);
            format!("the file ends, but the bracket '{open}' of line {line}, column {column} is not closed")
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            format!("the bracket '{open}' is closed by '{close}'")
        }
        ErrorKind::UnexpectedCharacter { character } => {
            format!("a value cannot begin with the character '{character}'; put quotes around it")
        }
        ErrorKind::RecursionLimitExceeded => format!("values are nested more than {MAX_DEPTH} levels deep"),
        kind => match (common_mistake(kind), line(text, error.marker().line())) {
            (None, _) => kind.to_string(),
            (Some(sentence), "") => sentence.to_owned(),
            (Some(sentence), line) => format!("{sentence} ('{}')", shortened(line)),
        },
    }
}

/// The sentence for a mistake that people make in project files.
fn common_mistake(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::UnknownAnchor => UNKNOWN_ALIAS,
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabNotAllowed => TAB,
        ErrorKind::MappingValueNotAllowed => {
            "a ':' followed by a space begins a value, which is not allowed here; put quotes around a text that \
             contains one, and check the indentation"
        }
        ErrorKind::MappingKeyNotAllowed => "a key is not allowed here; check the indentation",
        ErrorKind::ExpectedBlockMappingKey => {
            "this does not belong to the mapping above it; check the indentation, and that nothing follows a quoted text"
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            "a list item beginning with '-' is expected; check the indentation"
        }
        ErrorKind::BlockSequenceEntryNotAllowed => "a list item is not allowed here; check the indentation",
        ErrorKind::InvalidIndentation
        | ErrorKind::InvalidFlowScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::InvalidBlockScalarIndent => "this line is not indented as far as it must be",
        ErrorKind::ExpectedFlowSequenceSeparator => {
            "a ',' or ']' is expected; a list may not have been closed"
        }
        ErrorKind::ExpectedFlowMappingSeparator => {
            "a ',' or '}' is expected; a mapping may not have been closed"
        }
        ErrorKind::ExpectedNodeContent => "a value is expected here",
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            "a text in quotes has no closing quote"
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "nothing may follow a quoted text; put quotes around the whole value"
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            "this escape is unknown; write '\\\\' for a backslash in double quotes, or use single quotes"
        }
        ErrorKind::UnexpectedEof
        | ErrorKind::UnexpectedEofBlockMapping
        | ErrorKind::UnexpectedEofBlockSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofImplicitFlowMapping => "the file ends too early",
        ErrorKind::MissingAnchorOrAliasName => {
            "a value that begins with '*' or '&' names an alias or an anchor, and no name follows; put quotes around \
             the value"
        }
        ErrorKind::ExpectedDocumentStart | ErrorKind::InvalidDocumentEnd => {
            "the document has ended, and nothing may follow it"
        }
        ErrorKind::MisplacedFlowCollectionEnd => "this bracket closes nothing",
        _ => return None,
    })
}
