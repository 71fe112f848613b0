//! Printing what would have been sent, for development.

use std::io::Write as _;

/// In one write, so that two messages do not mix. That nobody reads standard output any more stops nothing.
pub(crate) fn print(text: &str) {
    let printed = writeln!(std::io::stdout().lock(), "{text}");
    if let Err(error) = printed {
        tracing::warn!(%error, "standard output is closed");
    }
}
