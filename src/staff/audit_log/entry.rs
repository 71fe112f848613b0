//! A line of the log as the page shows it.

use domain::views::audit_log::{Change, Event, names::Names};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::sentence::{self, Part};

/// The most of a value that a line shows; the rest is in the CSV file.
const MOST_CHARS: usize = 200;

#[derive(Serialize)]
pub struct Entry {
    /// `Today`, `Yesterday`, or `05 Jan 2026`.
    day: String,
    /// `14:03`
    clock: String,
    /// `2026-01-05 14:03:00+0000`
    at: String,
    parts: Vec<Part>,
    changes: Vec<Changed>,
}

#[derive(Serialize)]
struct Changed {
    field: String,
    old: String,
    new: String,
}

impl Entry {
    pub fn new(event: &Event, names: &Names, now: Timestamp) -> Entry {
        let at = event.at.to_zoned(TimeZone::UTC);
        Entry {
            day: day(event.at, now),
            clock: at.strftime("%H:%M").to_string(),
            at: at.strftime("%Y-%m-%d %H:%M:%S+0000").to_string(),
            parts: sentence::parts(event, names),
            changes: event.changes.iter().map(Changed::new).collect(),
        }
    }
}

impl Changed {
    fn new(change: &Change) -> Changed {
        let value = |text: &str| {
            if change.field == "roles" { role_names(text) } else { shortened(text) }
        };
        Changed { field: words(&change.field), old: value(&change.old), new: value(&change.new) }
    }
}

/// The day of an event, next to `now`.
fn day(at: Timestamp, now: Timestamp) -> String {
    let (date, today) = (at.to_zoned(TimeZone::UTC).date(), now.to_zoned(TimeZone::UTC).date());
    let is = |other: Result<jiff::civil::Date, jiff::Error>| other.is_ok_and(|other| other == date);
    if date == today {
        "Today".to_owned()
    } else if is(today.yesterday()) {
        "Yesterday".to_owned()
    } else if is(today.tomorrow()) {
        "Tomorrow".to_owned()
    } else {
        date.strftime("%d %b %Y").to_string()
    }
}

/// `copilot_support_ends_at` as people write it.
fn words(field: &str) -> String {
    let mut words = field.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// The last part of each of the dotted names.
fn role_names(paths: &str) -> String {
    let names: Vec<&str> =
        paths.split(',').map(|path| path.rsplit('.').next().unwrap_or(path).trim()).collect();
    names.join(", ")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_near_now_have_names() {
        let now: Timestamp = "2026-03-01T00:30:00Z".parse().unwrap();
        for (at, expected) in [
            ("2026-03-01T23:59:59Z", "Today"),
            ("2026-02-28T23:59:59Z", "Yesterday"),
            ("2026-03-02T00:00:00Z", "Tomorrow"),
            ("2026-02-27T12:00:00Z", "27 Feb 2026"),
            ("2026-01-05T12:00:00Z", "05 Jan 2026"),
        ] {
            assert_eq!(day(at.parse().unwrap(), now), expected, "{at}");
        }
    }

    #[test]
    fn roles_are_named_by_their_last_part() {
        let stored = "jobserver.authorization.roles.OutputChecker,jobserver.authorization.roles.TechSupport";
        assert_eq!(role_names(stored), "OutputChecker, TechSupport");
        assert_eq!(role_names(""), "");
        assert_eq!(role_names("Odd"), "Odd");
    }

    #[test]
    fn fields_are_words_and_long_values_are_cut() {
        assert_eq!(words("copilot_support_ends_at"), "Copilot support ends at");
        assert_eq!(words(""), "");
        assert_eq!(words("été"), "été");
        assert_eq!(shortened(&"é".repeat(300)).chars().count(), 201);
    }
}
