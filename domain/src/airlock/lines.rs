//! The lines that say what happened: the event itself, then each update that came with it. One text serves GitHub, Slack
//! and e-mails; each of them escapes it in its own way.

use super::Event;

/// One of the things that happened together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    pub what: String,
    /// The filegroup that it concerns.
    pub group: Option<String>,
    pub user: Option<String>,
}

impl Update {
    pub(super) fn line(&self) -> String {
        let mut line = one_line(&self.what);
        if let Some(group) = &self.group {
            line.push_str(&format!(" (filegroup {})", one_line(group)));
        }
        if let Some(user) = &self.user {
            line.push_str(&format!(" by user {}", one_line(user)));
        }
        line
    }
}

/// The event, then its updates.
pub(super) fn of(event: &Event) -> Vec<String> {
    let mut lines = vec![format!("{} by user {}", event.kind.description(), event.user)];
    lines.extend(updates(event));
    lines
}

/// The updates alone.
pub(super) fn updates(event: &Event) -> Vec<String> {
    event.updates.iter().map(Update::line).collect()
}

/// A bullet a line, as many as fit into `room` characters; a last line then counts those left out.
pub(super) fn bullets(lines: &[String], room: usize) -> String {
    let mut text = String::new();
    let mut used = 0;
    for (index, line) in lines.iter().enumerate() {
        used += line.chars().count() + 3;
        if used > room && index > 0 {
            text.push_str(&format!("\n- and {} more", lines.len() - index));
            break;
        }
        if index > 0 {
            text.push('\n');
        }
        text.push_str("- ");
        text.extend(line.chars().take(room));
    }
    text
}

/// A line break in a name must not look like another update.
fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::airlock::{EventType, messages::tests::event};

    fn update(what: &str, group: Option<&str>, user: Option<&str>) -> Update {
        Update { what: what.to_owned(), group: group.map(str::to_owned), user: user.map(str::to_owned) }
    }

    #[test]
    fn the_event_comes_first_and_each_update_names_what_is_known() {
        let mut event = event(EventType::Returned);
        event.updates = vec![
            update("comment added", Some("group 1"), Some("octo-checker")),
            update("3 files will be uploaded", None, None),
        ];
        let expected = "- request returned by user octo-checker\n\
                        - comment added (filegroup group 1) by user octo-checker\n\
                        - 3 files will be uploaded";
        assert_eq!(bullets(&of(&event), 1_000), expected);
        assert_eq!(updates(&event).len(), 2);
    }

    #[test]
    fn an_update_stays_on_its_line() {
        assert_eq!(update("a\n- b\r\n\0c", None, Some("x\ty")).line(), "a - b c by user x y");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let lines: Vec<String> = (0..10).map(|number| format!("line {number}")).collect();
        assert_eq!(bullets(&lines, 27), "- line 0\n- line 1\n- line 2\n- and 7 more");
        assert_eq!(bullets(&["x".repeat(100)], 10), format!("- {}", "x".repeat(10)));
    }
}
