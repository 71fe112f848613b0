//! Refuses characters that YAML does not allow in a text, before anything reads it.
//!
//! The set is `c-printable` of YAML 1.2, section 5.1.

use crate::error::{Error, Position};

/// Find the first character that YAML forbids.
///
/// # Errors
/// Names the character and its place.
pub(super) fn check(text: &str) -> Result<(), Error> {
    let Some((offset, character)) = text.char_indices().find(|(_, character)| !is_printable(*character))
    else {
        return Ok(());
    };
    let at = position(text, offset);
    Err(Error::yaml(at, format!("the character U+{:04X} is not allowed in YAML", u32::from(character))))
}

/// The place of an offset in bytes.
pub(super) fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: count(before.matches('\n').count()),
        column: count(before.get(line_start..).unwrap_or_default().chars().count()),
    }
}

/// A count from 1 out of the number of things before; the size limit keeps it far below the type's.
fn count(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

fn is_printable(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_control_character_is_refused_with_its_place() {
        let error = check("a: 1\nbé: \u{7}").unwrap_err();
        assert_eq!((error.line, error.column), (Some(2), Some(5)));
        assert!(error.message.contains("U+0007"), "{}", error.message);
    }

    #[test]
    fn letters_of_every_alphabet_are_fine() {
        assert!(check("分析: 😀\té\r\n").is_ok());
    }
}
