//! A project's status as a word with a tone.

use domain::edit_project::status_label;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Status {
    text: &'static str,
    tone: &'static str,
    /// The whole of it, for the tooltip.
    title: String,
}

impl Status {
    pub fn of(stored: &str) -> Status {
        let (text, tone) = match stored {
            "completed-and-awaiting" | "completed-and-linked" => ("Completed", "success"),
            "ongoing" | "ongoing-and-linked" => ("Ongoing", "info"),
            "postponed" => ("Postponed", "warning"),
            "retired" => ("Retired", "danger"),
            _ => ("Unknown", ""),
        };
        Status { text, tone, title: status_label(stored).to_owned() }
    }
}
