//! Looks at what stands between values, where this format is narrower than YAML.
//!
//! The runner's reader takes no tab outside quotes, brackets, block scalars and comments, and none in a value without
//! quotes, while YAML allows some. The parser hands out values and their ranges, so tabs are looked for between them.

use granit_parser::{Event, ScalarStyle, ScanError, Span, StructureStyle};

use super::{characters, quotes, sentences};
use crate::error::Error;

/// How far a text has been read.
pub(super) struct Gaps<'t> {
    text: &'t str,
    read: usize,
    /// Whether each open collection is written in brackets.
    in_brackets: Vec<bool>,
}

impl<'t> Gaps<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, read: 0, in_brackets: Vec::new() }
    }

    /// Look at what stands before an event, and step over it.
    ///
    /// # Errors
    /// A tab where none may be.
    pub(super) fn pass(&mut self, event: &Event<'_>, span: &Span) -> Result<(), Error> {
        let Some(range) = span.byte_range() else { return Ok(()) };
        self.check_gap(range.start)?;
        match event {
            Event::Scalar(_, ScalarStyle::Plain, ..) => self.check(range.end, |value| value.find('\t'))?,
            Event::SequenceStart(style, ..) | Event::MappingStart(style, ..) => {
                self.in_brackets.push(*style == StructureStyle::Flow);
            }
            Event::SequenceEnd | Event::MappingEnd => drop(self.in_brackets.pop()),
            _ => {}
        }
        self.read = self.read.max(range.end);
        Ok(())
    }

    /// Look at what stands before a place where reading ends.
    ///
    /// # Errors
    /// A tab where none may be.
    pub(super) fn end(&mut self, offset: usize) -> Result<(), Error> {
        self.check_gap(offset)
    }

    /// Where the quoted text begins in which the parser has stopped.
    pub(super) fn open_quote(&self, error: &ScanError) -> Option<usize> {
        let stopped = error.marker().byte_offset().unwrap_or(self.text.len());
        let mut from = self.read;
        loop {
            let open = from + find_outside_comments(self.text.get(from..)?, &['"', '\''])?;
            match quotes::closing(self.text, open) {
                Some(close) if close <= stopped => from = close,
                _ => return Some(open),
            }
        }
    }

    fn check_gap(&mut self, end: usize) -> Result<(), Error> {
        if self.in_brackets.last() == Some(&true) {
            self.read = self.read.max(end);
            return Ok(());
        }
        self.check(end, |gap| find_outside_comments(gap, &['\t']))
    }

    fn check(&mut self, end: usize, find_tab: impl Fn(&str) -> Option<usize>) -> Result<(), Error> {
        let Some(part) = self.text.get(self.read..end) else { return Ok(()) };
        if let Some(tab) = find_tab(part) {
            let at = characters::position(self.text, self.read + tab);
            return Err(Error::yaml(at, sentences::TAB));
        }
        self.read = self.read.max(end);
        Ok(())
    }
}

/// The first of some characters outside comments. The text begins outside a comment.
fn find_outside_comments(text: &str, wanted: &[char]) -> Option<usize> {
    let mut in_comment = false;
    let mut before = ' ';
    for (offset, character) in text.char_indices() {
        in_comment = character != '\n' && (in_comment || character == '#' && before.is_whitespace());
        if !in_comment && wanted.contains(&character) {
            return Some(offset);
        }
        before = character;
    }
    None
}
