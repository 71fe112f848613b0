//! Bounds what checking a project may cost.
//!
//! Aliases let a small text name the same long list in thousands of actions. Without aliases no text that passes the
//! size limit reaches this bound.

use crate::error::{Error, Position};

/// A unit is about a byte copied or compared.
const UNITS: usize = 64 * 1024 * 1024;

/// What an entry costs besides its text.
const ENTRY: usize = 16;

pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { left: UNITS }
    }

    /// Pay for an entry and its text.
    ///
    /// # Errors
    /// Too much has been read already.
    pub(super) fn entry(&mut self, text: &str, at: Position) -> Result<(), Error> {
        self.steps(ENTRY + text.len(), at)
    }

    /// Pay for steps of a comparison.
    ///
    /// # Errors
    /// Too many have been made already.
    pub(super) fn steps(&mut self, steps: usize, at: Position) -> Result<(), Error> {
        self.left = self.left.checked_sub(steps).ok_or_else(|| {
            let message =
                "The project file is too large once its aliases are replaced by what they stand for.";
            Error::internal(Some(at), message)
        })?;
        Ok(())
    }
}
