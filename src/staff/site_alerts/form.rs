//! The form for a notice: what was typed, what is wrong with it, and the choices. Shared by adding and editing.

use domain::site_alerts::{Authored, Content, LEVELS, MESSAGE_LIMIT, SiteAlert, TITLE_LIMIT};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use crate::{
    http::{field_error::FieldError, form::Fields},
    staff::entered::Entered,
};

/// Chosen in an empty form.
const USUAL_LEVEL: &str = "warning";

/// What was typed and chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub title: String,
    pub message: String,
    pub level: String,
}

impl Typed {
    pub fn nothing() -> Typed {
        Typed { title: String::new(), message: String::new(), level: USUAL_LEVEL.to_owned() }
    }

    /// As it was sent, to be shown again.
    pub fn posted(fields: &Fields) -> Typed {
        let text = |name| fields.text(name).to_owned();
        Typed { title: text("title"), message: text("message"), level: text("level") }
    }

    pub fn of(alert: &SiteAlert) -> Typed {
        Typed { title: alert.title.clone(), message: alert.message.clone(), level: alert.level.clone() }
    }

    pub fn content(&self) -> Content<'_> {
        Content { title: &self.title, message: &self.message, level: &self.level }
    }

    /// What is wrong with it.
    pub fn check(form: &mut Entered<'_>) {
        let title = form.optional("title");
        form.at_most("title", &title, TITLE_LIMIT);
        let message = form.required("message");
        form.at_most("message", &message, MESSAGE_LIMIT);
        form.choice("level", &LEVELS.map(|(level, _)| level));
    }
}

/// The fields as the template `staff/site_alerts/fields` shows them.
#[derive(Serialize)]
pub struct FormView {
    title: String,
    title_error: Option<String>,
    message: String,
    message_error: Option<String>,
    levels: Vec<LevelChoice>,
    level_error: Option<String>,
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct LevelChoice {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
    checked: bool,
}

impl FormView {
    pub fn new(typed: Typed, errors: Vec<FieldError>) -> FormView {
        let choice = |(value, label): (&'static str, &'static str)| LevelChoice {
            value,
            label,
            hint: hint(value),
            checked: value == typed.level,
        };
        FormView {
            levels: LEVELS.into_iter().map(choice).collect(),
            title_error: FieldError::find(&errors, "title"),
            message_error: FieldError::find(&errors, "message"),
            level_error: FieldError::find(&errors, "level"),
            title: typed.title,
            message: typed.message,
            errors,
        }
    }
}

fn hint(level: &str) -> &'static str {
    match level {
        "danger" => "Something is broken, or data is at risk.",
        "info" => "Good to know; nobody has to do anything.",
        "success" => "Something that was broken works again.",
        _ => "Something will be interrupted, or works worse than usual.",
    }
}

/// A stored level as a look that there is.
pub fn tone(level: &str) -> &'static str {
    LEVELS.iter().find(|(known, _)| *known == level).map_or("info", |(known, _)| known)
}

/// When and by whom: `Mon, Jan 5 2026 14:03 by Ada Lovelace`.
pub fn written(at: Timestamp, by: Option<&str>) -> String {
    let at = at.to_zoned(TimeZone::UTC).strftime("%a, %b %-d %Y %H:%M");
    by.map_or(at.to_string(), |by| format!("{at} by {by}"))
}

/// A stored notice as a page about it shows it.
#[derive(Serialize)]
pub struct Shown {
    title: String,
    message: String,
    tone: &'static str,
    level: String,
    created: String,
    updated: String,
}

impl From<&Authored> for Shown {
    fn from(authored: &Authored) -> Self {
        let alert = &authored.alert;
        Shown {
            title: alert.title.clone(),
            message: alert.message.clone(),
            tone: tone(&alert.level),
            level: domain::site_alerts::level_label(&alert.level).to_owned(),
            created: written(alert.created_at, authored.created_by.as_deref()),
            updated: written(authored.updated_at, authored.updated_by.as_deref()),
        }
    }
}
