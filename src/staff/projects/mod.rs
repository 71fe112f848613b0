//! Projects: finding them, making and editing them, and who belongs to them.

mod announcement;
pub mod create;
mod create_page;
pub mod created;
pub mod detail;
pub mod edit;
mod edit_page;
pub mod link;
pub mod list;
pub mod members;
pub mod membership;
mod overtaken;
mod status;

use actix_web::HttpRequest;
use serde::Serialize;

use crate::http::{error::Error, field_error::FieldError, form, form::Fields, next_url};

/// Where the list is.
const PATH: &str = "/staff/projects/";

/// The words of Django's empty choice.
const BLANK: &str = "---------";

/// An option of a select, or a box to tick.
#[derive(Debug, Clone, Serialize)]
struct Choice {
    value: String,
    label: String,
    hint: String,
    selected: bool,
    checked: bool,
}

impl Choice {
    fn new(value: impl ToString, label: impl Into<String>, is_chosen: bool) -> Choice {
        Choice {
            value: value.to_string(),
            label: label.into(),
            hint: String::new(),
            selected: is_chosen,
            checked: is_chosen,
        }
    }
}

/// What is wrong with a field, for its own place in the form.
fn error_of(errors: &[FieldError], field: &str) -> String {
    FieldError::find(errors, field).unwrap_or_default()
}

/// Where to go after saving: `next` of the form or the address if it is a path of ours, else `otherwise`.
fn next_of(request: &HttpRequest, fields: &Fields, otherwise: String) -> Result<String, Error> {
    let query = form::query_pairs(request.query_string())?;
    let asked = query.iter().rev().find(|(name, _)| name == "next").map(|(_, value)| value.as_str());
    let next = fields.raw("next").or(asked).and_then(next_url::own_path);
    Ok(next.map_or(otherwise, str::to_owned))
}
