//! Whether a form still shows what is stored. A form carries the version of what it was filled from; who saves it later
//! than somebody else is told, instead of overwriting them unseen.

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
        Version(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a form that was sent with `sent` may be saved. Scripts send none: they replace what is there.
    pub fn admits(&self, sent: Option<&str>) -> bool {
        sent.is_none_or(|sent| sent == self.0)
    }
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
}
