//! What the log was asked for in the address: kinds, people, a time, and a name. Days are days in UTC.

use domain::{
    db::GenericClient,
    views::audit_log::{Filter, names},
};
use jiff::{
    Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use serde::Serialize;

use crate::{http::error::Error, staff::listing::Asked};

/// The days as typed, for the form, and what is wrong with them.
#[derive(Debug, Default, Serialize)]
pub struct Days {
    from: String,
    to: String,
    problem: Option<String>,
}

impl Days {
    pub fn are_given(&self) -> bool {
        !(self.from.is_empty() && self.to.is_empty())
    }
}

/// Reads the filter. A day that is none restricts nothing and is complained about.
pub async fn read(db: &impl GenericClient, asked: &Asked) -> Result<(Filter, Days), Error> {
    let mut days = Days {
        from: asked.last("from").unwrap_or_default().to_owned(),
        to: asked.last("to").unwrap_or_default().to_owned(),
        problem: None,
    };
    let about = match asked.q().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Some((text.to_owned(), names::projects_like(db, text).await?)),
        None => None,
    };
    let from = days.read(&days.from.clone()).and_then(start_of);
    let until = days.read(&days.to.clone()).and_then(|day| day.tomorrow().ok()).and_then(start_of);
    let filter = Filter {
        kinds: asked.all("types"),
        by: asked.all("by"),
        whom: asked.all("whom"),
        about,
        from,
        until,
    };
    Ok((filter, days))
}

impl Days {
    fn read(&mut self, typed: &str) -> Option<Date> {
        if typed.is_empty() {
            return None;
        }
        // Years as PostgreSQL and browsers know them.
        let known = date(1, 1, 1)..=date(9998, 12, 31);
        let day = Date::strptime("%Y-%m-%d", typed.trim()).ok().filter(|day| known.contains(day));
        if day.is_none() {
            self.problem = Some(format!("“{typed}” is not a day. Write it as 2026-01-31."));
        }
        day
    }
}

fn start_of(day: Date) -> Option<Timestamp> {
    day.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp())
}

/// The same events as a file.
pub fn csv_link(path: &str, query: &str) -> String {
    let mut link = url::form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if !matches!(&*name, "page" | "format") && !value.is_empty() {
            link.append_pair(&name, &value);
        }
    }
    link.append_pair("format", "csv");
    link.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_day_is_complained_about() {
        for typed in
            ["yesterday", "2026-02-30", "0000-01-01", "-0001-01-01", "99999-01-01", "9999-12-31", "1/2/2026"]
        {
            let mut days = Days::default();
            assert_eq!(days.read(typed), None, "{typed}");
            assert!(days.problem.is_some_and(|problem| problem.contains(typed)));
        }
        let mut days = Days::default();
        assert_eq!(days.read("2026-01-31"), Some(date(2026, 1, 31)));
        assert_eq!(days.read(""), None);
        assert_eq!(days.problem, None);
    }

    #[test]
    fn the_file_holds_what_the_page_was_asked_for() {
        assert_eq!(
            csv_link("/log/", "q=a+b&types=x&types=y&by=&page=3"),
            "/log/?q=a+b&types=x&types=y&format=csv"
        );
    }
}
