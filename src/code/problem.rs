//! Why the code of a workspace cannot be used now, in the words of the researcher who has to do something about it.

use clients::github::GitHubError;

/// Lines shown before and after the one with the mistake.
const AROUND: usize = 2;
const LINE_CHARS: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    /// May have several lines.
    pub message: String,
    /// Where in project.yaml it is, if it is there.
    pub excerpt: Vec<ExcerptLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// GitHub gave no answer, or not in time: trying again may help.
    Unreachable,
    /// Repository, branch, commit or project.yaml is not there.
    Missing,
    /// project.yaml has a mistake.
    Definition,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcerptLine {
    pub number: usize,
    pub text: String,
    pub is_culprit: bool,
}

impl Problem {
    pub fn missing(message: impl Into<String>) -> Problem {
        Problem { kind: ProblemKind::Missing, message: message.into(), excerpt: Vec::new() }
    }

    pub fn unreachable(message: impl Into<String>) -> Problem {
        Problem { kind: ProblemKind::Unreachable, message: message.into(), excerpt: Vec::new() }
    }

    /// A refusal of the parser, with the lines around its place in `text`.
    pub fn definition(error: &pipeline::Error, text: &str) -> Problem {
        Problem {
            kind: ProblemKind::Definition,
            message: error.message.clone(),
            excerpt: error.line.map(|line| excerpt(text, line)).unwrap_or_default(),
        }
    }
}

impl From<GitHubError> for Problem {
    fn from(error: GitHubError) -> Self {
        match error {
            GitHubError::BadName(_) => Problem::missing(error.to_string()),
            error => Problem::unreachable(error.to_string()),
        }
    }
}

fn excerpt(text: &str, culprit: usize) -> Vec<ExcerptLine> {
    let first = culprit.saturating_sub(AROUND).max(1);
    text.lines()
        .zip(1..)
        .skip(first - 1)
        .take_while(|(_, number)| *number <= culprit + AROUND)
        .map(|(line, number)| ExcerptLine {
            number,
            text: line.chars().take(LINE_CHARS).filter(|c| *c == '\t' || !c.is_control()).collect(),
            is_culprit: number == culprit,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_shows_the_line_and_its_neighbours() {
        let text = "one\ntwo\nthree\nfour\nfive\nsix";
        let numbers = |line| excerpt(text, line).iter().map(|line| line.number).collect::<Vec<_>>();
        assert_eq!(numbers(1), [1, 2, 3]);
        assert_eq!(numbers(4), [2, 3, 4, 5, 6]);
        assert_eq!(numbers(7), [5, 6], "the end of the file may be to blame");
        assert_eq!(excerpt(text, 4).iter().find(|line| line.is_culprit).unwrap().text, "four");
    }

    #[test]
    fn endless_lines_are_cut() {
        assert_eq!(excerpt(&"x".repeat(10_000), 1)[0].text.len(), LINE_CHARS);
    }
}
