//! Times and durations as people read them, in UTC and English.

use std::time::Duration;

use jiff::{Timestamp, Unit, Zoned, tz::TimeZone};
use serde::Serialize;

const NBSP: char = '\u{a0}';

/// A moment as the `time` component shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Moment {
    /// For the `datetime` attribute.
    iso: String,
    /// The exact time, for the tooltip.
    title: String,
    /// What is read.
    text: String,
}

impl Moment {
    /// Relative: `2 hours ago`.
    pub fn relative(at: Timestamp) -> Moment {
        Moment { iso: at.to_string(), title: exact(at), text: ago(at, Timestamp::now()) }
    }

    /// A date: `05 May 2024`.
    pub fn date(at: Timestamp) -> Moment {
        Moment { iso: at.to_string(), title: exact(at), text: format(at, "%d %b %Y") }
    }

    /// Relative on the same day, else date and time: `05 May 2024 at 09:57`.
    pub fn event(at: Timestamp) -> Moment {
        let now = Timestamp::now();
        let is_today = utc(at).date() == utc(now).date();
        let text = if is_today { ago(at, now) } else { format(at, "%d %b %Y at %H:%M") };
        Moment { iso: at.to_string(), title: exact(at), text }
    }

    /// Date and time: `21 Nov 2026 at 14:02 UTC`.
    pub fn date_and_time(at: Timestamp) -> Moment {
        Moment { iso: at.to_string(), title: exact(at), text: format(at, "%-d %b %Y at %H:%M UTC") }
    }
}

/// `05 May 2024 09:57:00 UTC`
pub fn exact(at: Timestamp) -> String {
    format(at, "%d %b %Y %H:%M:%S UTC")
}

/// `14:02`
pub fn clock(at: Timestamp) -> String {
    format(at, "%H:%M")
}

fn format(at: Timestamp, pattern: &str) -> String {
    utc(at).strftime(pattern).to_string()
}

fn utc(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::UTC)
}

/// `now`, `3 minutes ago`, `1 day, 2 hours ago`, `2 hours from now`.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - at.as_second();
    if seconds == 0 {
        return "now".to_owned();
    }
    let suffix = if seconds > 0 { "ago" } else { "from now" };
    let distance = seconds.abs();
    let amount = match distance {
        1..60 => one_or_many(distance, "a second", "seconds"),
        60..3_600 => one_or_many(distance / 60, "a minute", "minutes"),
        3_600..86_400 => one_or_many(distance / 3_600, "an hour", "hours"),
        _ => days_and_more(at.min(now), at.max(now)),
    };
    format!("{amount} {suffix}")
}

fn one_or_many(number: i64, one: &str, many: &str) -> String {
    if number == 1 { one.to_owned() } else { format!("{number}{NBSP}{many}") }
}

/// Up to two adjacent units of the calendar.
fn days_and_more(earlier: Timestamp, later: Timestamp) -> String {
    let span = match utc(earlier).until((Unit::Year, &utc(later))) {
        Ok(span) => span,
        Err(_) => return format!("{}{NBSP}days", (later.as_second() - earlier.as_second()) / 86_400),
    };
    let days = i64::from(span.get_days());
    let units = [
        (i64::from(span.get_years()), "year"),
        (i64::from(span.get_months()), "month"),
        (days / 7, "week"),
        (days % 7, "day"),
        (i64::from(span.get_hours()), "hour"),
        (span.get_minutes(), "minute"),
    ];
    let Some(first) = units.iter().position(|(number, _)| *number > 0) else { return "a day".to_owned() };
    units[first..]
        .iter()
        .take(2)
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number}{NBSP}{unit}{}", if *number == 1 { "" } else { "s" }))
        .collect::<Vec<_>>()
        .join(", ")
}

/// How long something took: `2h 05m`, `29m 57s`, `12s`.
pub fn duration(took: Duration) -> String {
    let seconds = took.as_secs();
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

/// The time between two moments; none if the later one is missing, zero if they are the wrong way round.
pub fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn relative_times_use_up_to_two_adjacent_units() {
        let now = at("2024-05-06T12:00:00Z");
        for (then, text) in [
            ("2024-05-06T12:00:00Z", "now"),
            ("2024-05-06T11:59:59Z", "a second ago"),
            ("2024-05-06T11:59:01Z", "59 seconds ago"),
            ("2024-05-06T11:59:00Z", "a minute ago"),
            ("2024-05-06T11:00:00Z", "an hour ago"),
            ("2024-05-05T12:00:01Z", "23 hours ago"),
            ("2024-05-05T10:00:00Z", "1 day, 2 hours ago"),
            ("2024-04-20T12:00:00Z", "2 weeks, 2 days ago"),
            ("2023-04-06T12:00:00Z", "1 year, 1 month ago"),
            ("2023-05-05T12:00:00Z", "1 year ago"),
            ("2024-05-06T14:00:00Z", "2 hours from now"),
        ] {
            assert_eq!(ago(at(then), now).replace(NBSP, " "), text, "{then}");
        }
    }

    #[test]
    fn durations_name_two_units() {
        for (seconds, text) in
            [(0, "0s"), (59, "59s"), (61, "1m 01s"), (7_500, "2h 05m"), (360_000, "100h 00m")]
        {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_job_that_ended_before_it_began_took_no_time() {
        assert_eq!(between(at("2024-05-06T12:00:00Z"), at("2024-05-06T11:00:00Z")), Duration::ZERO);
    }
}
