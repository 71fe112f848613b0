//! A text that must not be printed: tokens, passwords, URLs with a password in them.

use std::fmt;

/// In bytes.
const SHORTEST_REAL_SECRET: usize = 12;

/// Prints as `…`. There is no `Display` and no `Serialize`: whoever needs the text says so with [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text itself, to be handed to the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `text` with every occurrence of this secret made unreadable, for what a peer sent back to us. A secret as short
    /// as a word stays: only a trial set-up has one, and the word may belong to the message.
    pub(crate) fn scrub(&self, text: &str) -> String {
        if self.0.len() < SHORTEST_REAL_SECRET { text.to_owned() } else { text.replace(&self.0, "…") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
