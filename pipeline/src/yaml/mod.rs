//! Reads one YAML document into a tree whose nodes know their places.
//!
//! It knows YAML and nothing of projects. The rules are those of YAML 1.2's core schema with dates and merge keys, as
//! the format's reference library reads it. Every bound that keeps hostile text cheap is named here.

mod characters;
mod compose;
mod gaps;
mod merge;
mod node;
mod number;
mod plain;
mod quotes;
mod scalar;
mod sentences;

use std::borrow::Cow;

use compose::Failure;
pub(crate) use node::{Document, NodeId, Scalar, Value};
pub(crate) use number::{Integer, python_float};
pub(crate) use plain::{Plain, PlainBudget};

use crate::error::Error;

/// The largest text that is read, in bytes. The largest known project files have 1.5 MB.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The most nodes a document may have, entries copied by merge keys included. A file of [`MAX_BYTES`] with one word a
/// line stays below it.
pub(crate) const MAX_NODES: usize = 1_500_000;

/// How deep block collections may be nested, and again how deep flow collections.
const MAX_DEPTH: usize = 128;

/// The most digits of an integer; it is what Python converts.
const MAX_DIGITS: usize = 4300;

/// How many texts in quotes that are not indented as YAML wants are put right. Each costs another reading.
const MAX_REPAIRS: usize = 24;

/// How many bytes are read in all for repairs.
const MAX_BYTES_REPAIRED: usize = 32 * 1024 * 1024;

/// Read a text that holds one YAML document, and hand it on. An empty text is a null.
///
/// # Errors
/// Says what is wrong and where: too large, a forbidden character, a syntax error, a second document, a key given
/// twice, an unknown alias, a merge of something that is no mapping, a bound passed; or what `with` says.
pub(crate) fn read<T>(text: &str, with: impl FnOnce(&Document<'_>) -> Result<T, Error>) -> Result<T, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::unreadable(format!(
            "The project file is too large: {} bytes, and at most {MAX_BYTES} are read.",
            text.len()
        )));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    characters::check(text)?;
    let mut text = Cow::Borrowed(text);
    let mut repairs = MAX_REPAIRS.min(MAX_BYTES_REPAIRED / text.len().max(1));
    loop {
        let repaired = match compose::compose(&text) {
            Ok(document) => return with(&document),
            Err(Failure { repaired: Some(repaired), .. }) if repairs > 0 => repaired,
            Err(Failure { error, .. }) => return Err(error),
        };
        text = Cow::Owned(repaired);
        repairs -= 1;
    }
}
