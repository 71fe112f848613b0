//! Issues as people read them: a page for each repository and each issue.

use super::issues::Issue;
use crate::standins::smtp::escape;

/// What is at `/<owner>/<name>/issues` (`rest` empty) or `/<owner>/<name>/issues/<number>`; none if there is no such issue.
pub(super) fn page(all: &[Issue], slug: &str, rest: &[&str]) -> Option<String> {
    let mut own = all.iter().filter(|issue| issue.repository == slug);
    match rest {
        [] => Some(list(slug, own)),
        [number] => own.find(|issue| issue.number.to_string() == *number).map(one),
        _ => None,
    }
}

fn list<'a>(slug: &str, issues: impl DoubleEndedIterator<Item = &'a Issue>) -> String {
    let items: String = issues
        .rev()
        .map(|issue| {
            format!(
                "<li><a href='{}'>#{} {}</a> {}{} · {} comments</li>",
                escape(&issue.path()),
                issue.number,
                escape(&issue.title),
                escape(&issue.state),
                labels(issue),
                issue.comments.len()
            )
        })
        .collect();
    format!("<h1>Issues of {}</h1><ul>{items}</ul>", escape(slug))
}

fn one(issue: &Issue) -> String {
    let comments: String = issue
        .comments
        .iter()
        .enumerate()
        .map(|(index, text)| {
            format!("<article id='issuecomment-{}'><pre>{}</pre></article>", index + 1, escape(text))
        })
        .collect();
    format!(
        "<p><a href='/{slug}/issues'>Issues of {slug}</a></p><h1>{} #{}</h1><p>{}{} · {}</p><pre>{}</pre>{comments}",
        escape(&issue.title),
        issue.number,
        escape(&issue.state),
        labels(issue),
        issue.created_at,
        escape(&issue.body),
        slug = escape(&issue.repository),
    )
}

fn labels(issue: &Issue) -> String {
    issue.labels.iter().map(|label| format!(" <mark>{}</mark>", escape(label))).collect()
}
