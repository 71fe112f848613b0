//! Whether a form still shows what is stored. A form carries the version of what it was filled from; who saves it later
//! than somebody else is told, instead of overwriting them unseen.

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A digest of what a form shows; 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// The same for equal content. The order of fields and of list items counts.
    pub fn of(content: &impl Serialize) -> Version {
        let bytes = serde_json::to_vec(content).unwrap_or_default();
        let digest = Sha256::digest(&bytes);
        Version(HEXLOWER.encode(&digest[..16]))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a form that was sent with `sent` may be saved. Scripts send none: they replace what is there.
    pub fn admits(&self, sent: Option<&str>) -> bool {
        sent.is_none_or(|sent| sent == self.0)
    }
}

/// A text of several lines with plain line ends and without white space around it.
pub(crate) fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

/// Whether texts of several lines say the same: browsers send line ends of their own, and forms trim.
pub fn is_same_text(stored: &str, typed: &str) -> bool {
    stored == typed || plain(stored) == plain(typed)
}

/// What to store when `typed` came from a form: what is stored already, if it says the same.
pub fn kept<'a>(stored: &'a str, typed: &'a str) -> &'a str {
    if is_same_text(stored, typed) { stored } else { typed }
}

/// What became of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited<T> {
    Saved,
    /// Nothing differed from what is stored; nothing was written.
    Unchanged,
    /// Somebody else saved first; this is what is stored now. Nothing was written.
    Overtaken(T),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_admitted_while_its_content_is_stored() {
        let version = Version::of(&("Asthma", 7));
        assert!(version.admits(Some(Version::of(&("Asthma", 7)).as_str())));
        assert!(!version.admits(Some(Version::of(&("Asthma", 8)).as_str())));
        assert!(!version.admits(Some("")));
        assert!(version.admits(None));
    }

    #[test]
    fn line_ends_alone_are_no_change() {
        assert_eq!(kept("a\nb\n", "a\r\nb"), "a\nb\n");
        assert_eq!(kept("a\nb", "a\r\nc"), "a\r\nc");
        assert_eq!(kept("a\nb", "a b"), "a b");
    }
}
