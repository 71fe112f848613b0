//! The weekly note to the co-pilots' channel: whose support ends within the next seven days. A week begins on Sunday, as the
//! timetable that starts this has it; a second run in one week says nothing again.

use domain::{
    copilots::{self, EndingWindow},
    outbox::{self, Kind, NewMessage},
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use super::operator::{Operator, Outcome};
use crate::{config::Config, slack, staff::addresses};

/// Days that a note looks ahead: until the next one.
const DAYS: i32 = 7;

pub async fn announce(operator: &Operator) -> Outcome {
    let db = operator.db().await?;
    let windows = copilots::ending_within(&db, DAYS).await?;
    if windows.is_empty() {
        tracing::info!("no project's co-pilot support ends within a week");
        return Ok(());
    }
    let today = day(Timestamp::now());
    let queued = outbox::enqueue(&db, &[note(&operator.config, &windows, today)]).await?;
    if queued == 0 {
        tracing::info!("the co-pilots were told this week already");
    } else {
        tracing::info!(projects = windows.len(), "the co-pilots are told whose support ends");
    }
    Ok(())
}

fn note(config: &Config, windows: &[EndingWindow], today: Date) -> NewMessage {
    let mut text = "*Co-pilot support ends soon for:*".to_owned();
    for window in windows {
        let url = format!("{}{}", config.base_url, addresses::project(&window.slug));
        let project = slack::link(&url, &window.name);
        text.push_str(&format!("\n• {project} ({})", in_words(day(window.ends_at), today)));
    }
    NewMessage {
        kind: Kind::Slack,
        ordering_key: None,
        payload: serde_json::json!({"channel": config.slack.copilots_channel, "text": text}),
        marker: format!("copilot-windows:{}", week_of(today)),
    }
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The Sunday with which the week of `today` began.
fn week_of(today: Date) -> Date {
    today.saturating_sub(i64::from(today.weekday().since(Weekday::Sunday)).days())
}

/// `today`, `tomorrow`, or `5 Jan 2026`.
fn in_words(end: Date, today: Date) -> String {
    if end == today {
        "today".to_owned()
    } else if today.tomorrow().is_ok_and(|tomorrow| tomorrow == end) {
        "tomorrow".to_owned()
    } else {
        end.strftime("%-d %b %Y").to_string()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_week_begins_on_sunday() {
        for (today, sunday) in [(22, 22), (23, 22), (28, 22), (29, 29)] {
            assert_eq!(week_of(date(2026, 11, today)), date(2026, 11, sunday));
        }
    }

    #[test]
    fn near_days_have_names() {
        let today = date(2026, 12, 31);
        for (end, words) in [
            (today, "today"),
            (date(2027, 1, 1), "tomorrow"),
            (date(2027, 1, 5), "5 Jan 2027"),
            (date(2026, 12, 30), "30 Dec 2026"),
        ] {
            assert_eq!(in_words(end, today), words);
        }
    }
}
