//! The times of co-pilot support on one axis: half a year back, half a year ahead.

use domain::views::staff_dashboards::ProjectFigures;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::Serialize;

use super::cells::{self, Link};
use crate::http::times::{self, Moment};

const HALF_A_YEAR: i64 = 182 * 24;
/// A window that is over stays in view for so long.
const STAYS: i64 = 30 * 24;
/// A window that ends so soon is marked.
const SOON: i64 = 14 * 24;
/// What is shorter would not be seen, in per cent of the axis.
const NARROWEST: f64 = 0.8;

/// The picture.
#[derive(Debug, Serialize)]
pub struct Windows {
    from: String,
    to: String,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    project: Link,
    copilot: Option<Link>,
    label: String,
    /// Colours the bar as the state of a job does.
    state: &'static str,
    whole: Option<Stretch>,
    passed: Option<Stretch>,
    ends: Moment,
    ends_in: String,
    tone: &'static str,
}

/// A part of the axis, in per cent of its length.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Stretch {
    x: f64,
    width: f64,
}

impl Windows {
    /// The windows that are open or were until lately, the one that ends first on top. A window begins with its project.
    pub fn new<'a>(projects: impl Iterator<Item = &'a ProjectFigures>, now: Timestamp) -> Windows {
        let axis = Axis { start: moved(now, -HALF_A_YEAR), end: moved(now, HALF_A_YEAR) };
        let shown_from = moved(now, -STAYS);
        let mut open: Vec<(Timestamp, &ProjectFigures)> = projects
            .filter_map(|project| Some((project.copilot_support_ends_at?, project)))
            .filter(|(ends, _)| *ends >= shown_from)
            .collect();
        open.sort_by_key(|(ends, project)| (*ends, project.project.id));
        Windows {
            from: axis.label(axis.start),
            to: axis.label(axis.end),
            lines: open.into_iter().map(|(ends, project)| line(project, ends, axis, now)).collect(),
        }
    }
}

fn line(project: &ProjectFigures, ends: Timestamp, axis: Axis, now: Timestamp) -> Line {
    let (state, tone) = if ends < now {
        ("none", "danger")
    } else if ends < moved(now, SOON) {
        ("pending", "warning")
    } else {
        ("running", "")
    };
    let begins = project.created_at.min(ends);
    Line {
        project: cells::project(&project.project),
        copilot: project.copilot.as_ref().map(Link::person),
        label: format!("support from {} until {}", axis.label(begins), axis.label(ends)),
        state,
        whole: axis.stretch(begins, ends),
        passed: axis.stretch(begins, ends.min(now)),
        ends: Moment::date(ends),
        ends_in: times::ago(ends, now),
        tone,
    }
}

#[derive(Debug, Clone, Copy)]
struct Axis {
    start: Timestamp,
    end: Timestamp,
}

impl Axis {
    fn label(self, at: Timestamp) -> String {
        at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y").to_string()
    }

    /// None if nothing of it lies on the axis.
    fn stretch(self, from: Timestamp, to: Timestamp) -> Option<Stretch> {
        let (from, to) = (from.max(self.start), to.min(self.end));
        if to < from {
            return None;
        }
        let whole = self.end.duration_since(self.start).as_secs_f64();
        let percent = |from: Timestamp, to: Timestamp| {
            (to.duration_since(from).as_secs_f64() / whole * 10_000.0).round() / 100.0
        };
        let width = percent(from, to).max(NARROWEST);
        Some(Stretch { x: percent(self.start, from).min(100.0 - width), width })
    }
}

/// Years before and after any time that we hold are times as well.
fn moved(at: Timestamp, hours: i64) -> Timestamp {
    at.checked_add(hours.hours()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_stays_on_the_axis() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let axis = Axis { start: at("2026-01-01T00:00:00Z"), end: at("2026-01-11T00:00:00Z") };
        let stretch = |from: &str, to: &str| axis.stretch(at(from), at(to));
        let middle = stretch("2026-01-03T00:00:00Z", "2026-01-06T00:00:00Z");
        assert_eq!(middle, Some(Stretch { x: 20.0, width: 30.0 }));
        let beyond = stretch("2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
        assert_eq!(beyond, Some(Stretch { x: 0.0, width: 100.0 }));
        assert_eq!(stretch("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"), None);
        let end = stretch("2026-01-11T00:00:00Z", "2026-01-11T00:00:00Z").unwrap();
        assert!(end.x + end.width <= 100.0, "{end:?}");
    }
}
