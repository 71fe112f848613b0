//! The `version` of the file format.

use super::Section;
use crate::error::Error;
use crate::yaml::{Document, Scalar, python_float};

/// The latest version of the format.
pub(super) const LATEST: f64 = 5.0;

/// Read the version: a number, or a text that is one.
///
/// # Errors
/// It is missing, no number, or later than the latest.
pub(super) fn read(document: &Document<'_>, project: &Section<'_, '_>) -> Result<f64, Error> {
    let Some(id) = project.optional("version") else {
        let text = format!(
            "Project file must have a `version` attribute specifying which version of the project configuration format \
             it uses (current latest version is {LATEST})"
        );
        return Err(Error::validation(None, text));
    };
    let at = Some(document.at(id));
    let version = document.scalar(id).and_then(number).filter(|version| *version > f64::NEG_INFINITY);
    match version {
        None => Err(Error::validation(at, format!("`version` must be a number between 1 and {LATEST}"))),
        Some(version) if version > LATEST => Err(Error::internal(
            at,
            format!("The latest version is v{LATEST}, but got v{}", python_float(version)),
        )),
        Some(version) => Ok(version),
    }
}

/// The number a scalar is or spells.
fn number(scalar: &Scalar<'_>) -> Option<f64> {
    match scalar {
        Scalar::Bool(value) => Some(f64::from(u8::from(*value))),
        Scalar::Integer(integer) => Some(integer.to_f64()),
        Scalar::Float(float) => Some(*float),
        Scalar::Text(text) => decimal(text.trim()).parse().ok(),
        _ => None,
    }
}

/// A decimal number without the underscores that may stand between digits. Anything wrong is left for the parser of
/// numbers to refuse.
fn decimal(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |index: Option<usize>| index.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    let separates = |index: usize| digit(index.checked_sub(1)) && digit(index.checked_add(1));
    let kept = text.char_indices().filter(|(index, character)| *character != '_' || !separates(*index));
    kept.map(|(_, character)| character).collect()
}

#[cfg(test)]
mod tests {
    use super::number;
    use crate::yaml::Scalar;

    #[test]
    fn a_version_may_be_spelled_as_text() {
        let spelled = |text: &'static str| number(&Scalar::Text(text.into()));
        assert_eq!(spelled(" 4.0 "), Some(4.0));
        assert_eq!(spelled("0_4"), Some(4.0));
        assert_eq!(spelled("v4"), None);
        assert_eq!(spelled("4_"), None);
        assert_eq!(spelled(""), None);
        assert_eq!(spelled("0x4"), None);
    }
}
