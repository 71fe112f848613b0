//! What is wrong with a form, field by field, as the error summary and the fields show it.

use serde::Serialize;

/// What is wrong with a field, for the summary above a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// None: it is about the form as a whole.
    pub field: Option<&'static str>,
    pub text: String,
}

impl FieldError {
    pub fn new(field: &'static str, text: impl Into<String>) -> FieldError {
        FieldError { field: Some(field), text: text.into() }
    }

    pub fn of_form(text: impl Into<String>) -> FieldError {
        FieldError { field: None, text: text.into() }
    }

    /// The text for `field` among `errors`.
    pub fn find(errors: &[FieldError], field: &str) -> Option<String> {
        errors.iter().find(|error| error.field == Some(field)).map(|error| error.text.clone())
    }
}
