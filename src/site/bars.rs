//! The bars of a small chart, as the `bar_chart` component draws them: one unit wide each, 100 high.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Bar {
    x: usize,
    y: i64,
    height: i64,
    title: String,
}

/// A bar for each week of a project's pulse, the last of which is now.
pub fn weeks(jobs_per_week: &[i64]) -> Vec<Bar> {
    bars(jobs_per_week, |jobs, weeks| format!("{jobs} jobs, {weeks} weeks ago"))
}

/// A bar for each count, the highest as high as the chart. `title` gets a count and how many bars follow.
pub fn bars(counts: &[i64], title: impl Fn(i64, usize) -> String) -> Vec<Bar> {
    let highest = counts.iter().copied().max().unwrap_or(0).max(1);
    let bar = |(x, count): (usize, &i64)| {
        let height = count * 100 / highest;
        Bar { x, y: 100 - height, height, title: title(*count, counts.len() - x - 1) }
    };
    counts.iter().enumerate().map(bar).collect()
}
