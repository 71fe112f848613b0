//! Reading what was posted, field by field, with the messages that people know from the Django pages. Everything that is
//! wrong is collected, so that it can be said at once; what was typed stays with the caller, who shows it again.

use domain::users::is_email;
use domain::version::Version;
use jiff::{Timestamp, civil, tz::TimeZone};
use url::Url;

use crate::http::{field_error::FieldError, form::Fields};

pub const REQUIRED: &str = "This field is required.";
/// For a picker of one thing.
pub const NO_SUCH_CHOICE: &str = "Select a valid choice. That choice is not one of the available choices.";
const NUL: &str = "Null characters are not allowed.";
const NOT_A_SLUG: &str = "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.";
const NOT_A_DATE: &str = "Enter a valid date/time.";
const NOT_A_URL: &str = "Enter a valid URL.";
const NOT_AN_EMAIL: &str = "Enter a valid email address.";
/// The field with the version of what the form shows.
const VERSION: &str = "version";

pub fn not_a_choice(value: &str) -> String {
    format!("Select a valid choice. {value} is not one of the available choices.")
}

pub fn taken(model: &str, label: &str) -> String {
    format!("{model} with this {label} already exists.")
}

pub fn too_long(most: usize, has: usize) -> String {
    format!("Ensure this value has at most {most} characters (it has {has}).")
}

/// A posted form while it is read.
pub struct Entered<'a> {
    fields: &'a Fields,
    errors: Vec<FieldError>,
}

impl<'a> Entered<'a> {
    pub fn new(fields: &'a Fields) -> Self {
        Entered { fields, errors: Vec::new() }
    }

    pub fn error(&mut self, field: &'static str, text: impl Into<String>) {
        self.errors.push(FieldError::new(field, text));
    }

    pub fn is_ok(&self) -> bool {
        self.errors.is_empty()
    }

    /// Whether nothing is wrong with `field` so far.
    pub fn is_ok_so_far(&self, field: &str) -> bool {
        !self.errors.iter().any(|error| error.field == Some(field))
    }

    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// The version of what the form was filled from; none if a script posts.
    pub fn version(&self) -> Option<&'a str> {
        self.fields.raw(VERSION).filter(|version| !version.is_empty())
    }

    /// The version with which the form is shown again: the one it came with, so that what somebody saved meanwhile is
    /// still noticed when it is sent once more.
    pub fn version_or(&self, stored: &Version) -> String {
        self.version().unwrap_or(stored.as_str()).to_owned()
    }

    /// Text without surrounding white space; may be empty.
    pub fn optional(&mut self, field: &'static str) -> String {
        let text = self.fields.text(field);
        if text.contains('\0') {
            self.error(field, NUL);
            return String::new();
        }
        text.to_owned()
    }

    pub fn required(&mut self, field: &'static str) -> String {
        let text = self.optional(field);
        if text.is_empty() && self.is_ok_so_far(field) {
            self.error(field, REQUIRED);
        }
        text
    }

    /// Complains if `text` is longer than `most` characters.
    pub fn at_most(&mut self, field: &'static str, text: &str, most: usize) {
        let has = text.chars().count();
        if has > most {
            self.error(field, too_long(most, has));
        }
    }

    /// A required slug of at most 255 characters.
    pub fn slug(&mut self, field: &'static str) -> String {
        let slug = self.required(field);
        let is_slug = slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !is_slug {
            self.error(field, NOT_A_SLUG);
        }
        self.at_most(field, &slug, 255);
        slug
    }

    /// A required value out of `choices`.
    pub fn choice(&mut self, field: &'static str, choices: &[&str]) -> String {
        let value = self.required(field);
        if !value.is_empty() && !choices.contains(&value.as_str()) {
            self.error(field, not_a_choice(&value));
        }
        value
    }

    /// Yes, no, or nothing said: `true`/`True`, `false`/`False`, absent or empty.
    pub fn optional_bool(&mut self, field: &'static str) -> Option<bool> {
        match self.fields.text(field) {
            "" => None,
            "true" | "True" => Some(true),
            "false" | "False" => Some(false),
            other => {
                self.error(field, not_a_choice(other));
                None
            }
        }
    }

    /// A day, or a day and a time, in UTC: `2026-01-05`, `2026-01-05 14:03[:07[.123456]]`, RFC 3339, or `1/5/2026 …` with
    /// the month first. A day means its first moment.
    pub fn optional_date(&mut self, field: &'static str) -> Option<Timestamp> {
        let text = self.optional(field);
        if text.is_empty() {
            return None;
        }
        let date = read_date(&text);
        if date.is_none() {
            self.error(field, NOT_A_DATE);
        }
        date
    }

    /// A web address of at most `most` characters; `https://` is put before one without a scheme.
    pub fn optional_url(&mut self, field: &'static str, most: usize) -> Option<String> {
        let text = self.optional(field);
        if text.is_empty() {
            return None;
        }
        let address = if text.contains("://") { text } else { format!("https://{text}") };
        let is_valid = Url::parse(&address).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https" | "ftp" | "ftps")
                && url.host_str().is_some_and(|host| host == "localhost" || host.contains(['.', ':']))
        });
        if !is_valid || address.chars().any(char::is_whitespace) {
            self.error(field, NOT_A_URL);
        }
        self.at_most(field, &address, most);
        Some(address)
    }

    /// An e-mail address of at most `most` characters in lower case, or nothing.
    pub fn optional_email(&mut self, field: &'static str, most: usize) -> Option<String> {
        let text = self.optional(field).to_lowercase();
        if text.is_empty() {
            return None;
        }
        if !is_email(&text) {
            self.error(field, NOT_AN_EMAIL);
        }
        self.at_most(field, &text, most);
        Some(text)
    }

    /// The keys of chosen things, once each.
    pub fn keys(&mut self, field: &'static str) -> Vec<i32> {
        let mut keys = Vec::new();
        for value in self.fields.all(field) {
            match value.trim().parse::<i32>() {
                Ok(key) if !keys.contains(&key) => keys.push(key),
                Ok(_) => {}
                // A number that no row can have names nothing, like any other unknown key.
                Err(_) if is_integer(value.trim()) => self.error(field, not_a_choice(value.trim())),
                Err(_) => self.error(field, format!("“{value}” is not a valid value.")),
            }
        }
        keys
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn read_date(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at).filter(is_storable);
    }
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let date = date.parse::<civil::Date>().ok().or_else(|| us_date(date))?;
    let time = time.trim().parse::<civil::Time>().ok()?;
    date.to_datetime(time).to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp()).filter(is_storable)
}

/// Whether it lies in the years 1 to 9999: the database ends not far before them.
fn is_storable(at: &Timestamp) -> bool {
    at.to_zoned(TimeZone::UTC).year() >= 1
}

/// `M/D/YYYY` or `M/D/YY`.
fn us_date(text: &str) -> Option<civil::Date> {
    let mut parts = text.splitn(3, '/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let mut number: i16 = year.parse().ok().filter(|_| matches!(year.len(), 2 | 4))?;
    if year.len() == 2 {
        number += if number < 69 { 2000 } else { 1900 };
    }
    civil::Date::new(number, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_pages_and_people_write_them() {
        for (text, expected) in [
            ("2026-01-05", "2026-01-05T00:00:00Z"),
            ("2026-01-05 14:03", "2026-01-05T14:03:00Z"),
            ("2026-01-05 14:03:07.5", "2026-01-05T14:03:07.5Z"),
            ("2026-01-05T14:03:00+01:00", "2026-01-05T13:03:00Z"),
            ("1/5/2026", "2026-01-05T00:00:00Z"),
            ("01/05/26 14:03", "2026-01-05T14:03:00Z"),
        ] {
            assert_eq!(read_date(text), expected.parse().ok(), "{text}");
        }
        for text in
            ["", "soon", "2026-13-01", "2026-01-05 25:00", "5.1.2026", "99999999999-01-01", "-009998-01-01"]
        {
            assert_eq!(read_date(text), None, "{text}");
        }
    }
}
