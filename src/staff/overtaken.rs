//! What somebody is told whose form was overtaken: somebody else saved the same thing after the form was opened.

use crate::http::field_error::FieldError;

/// How much of the stored value is quoted, in characters.
const QUOTED: usize = 200;

/// A complaint for each field, given as name, typed value and stored value, in which the two differ.
pub fn differences(fields: &[(&'static str, &str, &str)]) -> Vec<FieldError> {
    fields
        .iter()
        .filter(|(_, typed, stored)| typed != stored)
        .map(|(field, _, stored)| error(field, stored))
        .collect()
}

/// The complaint about one field, in which `stored` stands now.
pub fn error(field: &'static str, stored: &str) -> FieldError {
    FieldError::new(field, complaint(stored))
}

fn complaint(stored: &str) -> String {
    if stored.is_empty() {
        return "Somebody emptied this meanwhile. Save again to replace it.".to_owned();
    }
    let mut quoted: String = stored.chars().take(QUOTED).collect();
    if quoted.len() < stored.len() {
        quoted.push('…');
    }
    format!("Somebody saved “{quoted}” here meanwhile. Save again to replace it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_differ_are_complained_about() {
        let errors = differences(&[("name", "a", "b"), ("slug", "c", "c"), ("title", "d", "")]);
        assert_eq!(
            errors,
            [
                FieldError::new("name", "Somebody saved “b” here meanwhile. Save again to replace it."),
                FieldError::new("title", "Somebody emptied this meanwhile. Save again to replace it."),
            ]
        );
    }
}
