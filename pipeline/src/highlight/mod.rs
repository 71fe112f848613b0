//! Cuts a project file into coloured pieces for display.
//!
//! It is a light reader that knows one line at a time and little of what went before, because it must show broken files
//! too. It never changes, drops or adds a character.

use serde::Serialize;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    /// What the piece is.
    pub class: TokenClass,
    /// Its text, to be escaped like any other.
    pub text: String,
    /// For [`TokenClass::Path`], the file in the repository that the piece names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenClass {
    /// Blanks.
    Space,
    /// The key of a mapping.
    Key,
    /// Colons, dashes, brackets and the like, block scalar headers included.
    Punctuation,
    /// A value without quotes.
    Plain,
    /// A number, boolean, null or date without quotes.
    Literal,
    /// A value in quotes.
    Quoted,
    /// An anchor, an alias or a tag.
    Reference,
    /// A comment.
    Comment,
    /// A `---`, a `...` or a directive.
    Marker,
    /// A file that a `run` line names.
    Path,
}

impl TokenClass {
    /// The name of the class, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Space => "space",
            Self::Key => "key",
            Self::Punctuation => "punctuation",
            Self::Plain => "plain",
            Self::Literal => "literal",
            Self::Quoted => "quoted",
            Self::Reference => "reference",
            Self::Comment => "comment",
            Self::Marker => "marker",
            Self::Path => "path",
        }
    }
}

mod line;
mod scripts;

/// Cut a text into pieces, line by line. The pieces of the lines, joined by line breaks, are the text.
pub fn highlight(text: &str) -> Vec<Vec<Token>> {
    let mut reader = line::Reader::default();
    text.split('\n').map(|line| reader.line(line)).collect()
}
