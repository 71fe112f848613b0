//! Texts in quotes that go on over several lines.
//!
//! YAML wants their further lines indented; the runner's reader does not ask for it. Blanks at the start of such a line
//! mean nothing, so adding some makes the text readable and changes no value.

use crate::quotes;

/// Where a quoted text ends, its closing quote included; `open` is where it begins.
pub(super) fn closing(text: &str, open: usize) -> Option<usize> {
    let quote = text.get(open..)?.chars().next()?;
    let inner = open + quote.len_utf8();
    quotes::closing(text.get(inner..)?, quote).map(|length| inner + length)
}

/// The text with the further lines of one quoted text indented so far that any parser takes them.
pub(super) fn indented(text: &str, open: usize, close: usize) -> Option<String> {
    const DEEP: &str = "\n                                                                                ";
    let quoted = text.get(open..close)?;
    Some([text.get(..open)?, &quoted.replace('\n', DEEP), text.get(close..)?].concat())
}
