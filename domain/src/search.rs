//! Finding things by a fragment of their name, for the search boxes of the site and of the staff area. Names are looked
//! for in tables that stay small (people, projects, workspaces); of what grows without end (job requests, jobs,
//! releases) only ids and beginnings of identifiers are looked up, in indexes, so that a search takes the same time on
//! any database. Who may see what is the caller's to say: see [`Reach`].

mod named;
mod people;
mod runs;

pub use named::{BackendHit, OrgHit, RepoHit, WorkspaceHit, backends, orgs, projects, repos, workspaces};
pub use people::{ApplicationHit, UserHit, applications, users};
pub use runs::{JobHit, JobRequestHit, Reach, ReleaseHit, job_requests, jobs, releases};

use tokio_postgres::Row;

use crate::Result;

/// The most characters that are searched for.
pub const MAX_CHARS: usize = 200;
/// The most that is found of a kind.
pub const LIMIT: usize = 8;
/// A shorter beginning of an identifier says nothing.
const MIN_PREFIX: usize = 4;
/// No identifier is longer.
const MAX_PREFIX: usize = 64;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    text: String,
    /// The key that the text may be.
    id: Option<i32>,
    is_identifier: bool,
}

impl Term {
    /// `typed` without surrounding white space; none if that leaves nothing, or something that no search serves: more
    /// than [`MAX_CHARS`], or characters that the database cannot hold.
    pub fn new(typed: &str) -> Option<Term> {
        let text = typed.trim();
        if text.is_empty() || text.contains('\0') || text.chars().nth(MAX_CHARS).is_some() {
            return None;
        }
        let id = text.strip_prefix('#').unwrap_or(text);
        let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
        let is_identifier = (MIN_PREFIX..=MAX_PREFIX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Some(Term { id: is_number.then(|| id.parse().ok()).flatten(), is_identifier, text: text.to_owned() })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The smallest text that begins with this one, and the smallest after all that do, in byte order; none when this
    /// cannot be the beginning of an identifier. `spelled` gives the case that identifiers of the kind are in.
    fn range(&self, spelled: fn(&str) -> String) -> Option<(String, String)> {
        let from = self.is_identifier.then(|| spelled(&self.text))?;
        let last = from.chars().last()?;
        let next = char::from_u32(u32::from(last) + 1)?;
        let until = format!("{}{next}", &from[..from.len() - last.len_utf8()]);
        Some((from, until))
    }
}

/// What was found of a kind, best first.
#[derive(Debug)]
pub struct Found<T> {
    /// At most [`LIMIT`].
    pub hits: Vec<T>,
    pub has_more: bool,
}

// Not derived: that would ask for a default of `T`.
impl<T> Default for Found<T> {
    fn default() -> Self {
        Found { hits: Vec::new(), has_more: false }
    }
}

impl<T> Found<T> {
    /// Reads an answer of at most one row more than [`LIMIT`].
    fn read(rows: &[Row], read: impl Fn(&Row) -> Result<T>) -> Result<Found<T>> {
        let hits = rows.iter().take(LIMIT).map(read).collect::<Result<_>>()?;
        Ok(Found { hits, has_more: rows.len() > LIMIT })
    }
}

/// How well `column` fits `term`: 0 it is the text, 1 begins with it, 2 has a word that begins with it, 3 contains it;
/// NULL if not at all. Any case.
macro_rules! rank {
    ($column:literal) => {
        concat!(
            "CASE strpos(upper(coalesce(",
            $column,
            ", '')), term.whole)
                 WHEN 0 THEN NULL
                 WHEN 1 THEN CASE WHEN upper(",
            $column,
            ") = term.whole THEN 0 ELSE 1 END
                 ELSE CASE
                     WHEN strpos(translate(upper(",
            $column,
            "), '-_./:@(', '       '), term.word) > 0 THEN 2
                     ELSE 3
                 END
             END"
        )
    };
}
pub(crate) use rank;

/// The statement for the best of the rows that `from` gives, by the best `rank` of the columns. $1: the text. `more` are
/// further ranks, or NULL.
macro_rules! best {
    (
        columns: $columns:literal,
        from: $from:literal,
        ranked: [$($column:literal),* $(,)?],
        more: $more:literal,
        order: $order:literal $(,)?
    ) => {
        concat!(
            "WITH term AS MATERIALIZED (
                 SELECT upper($1::text) AS whole,
                        ' ' || translate(upper($1::text), '-_./:@(', '       ') AS word
             )
             SELECT *
             FROM (
                 SELECT ", $columns, ",
                        least(", $($crate::search::rank!($column), ", ",)* $more, ") AS rank
                 FROM term, ", $from, "
             ) AS hit
             WHERE rank IS NOT NULL
             ORDER BY rank, ", $order, "
             LIMIT 9"
        )
    };
}
pub(crate) use best;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_found_is_not_searched_for() {
        for typed in ["", "  \t", "a\0b", &"x".repeat(MAX_CHARS + 1)] {
            assert_eq!(Term::new(typed), None, "{typed:?}");
        }
        assert!(Term::new(&"é".repeat(MAX_CHARS)).is_some());
    }

    #[test]
    fn only_numbers_that_an_id_can_be_are_ids() {
        for (typed, id) in [
            ("12", Some(12)),
            (" #12 ", Some(12)),
            ("-123", None),
            ("+12", None),
            ("2147483648", None),
            ("99999999999999999999", None),
            ("#", None),
        ] {
            assert_eq!(Term::new(typed).unwrap().id, id, "{typed}");
        }
    }

    #[test]
    fn beginnings_of_identifiers_are_ranges() {
        let range = |typed: &str| Term::new(typed).unwrap().range(str::to_lowercase);
        assert_eq!(range("ABCD"), Some(("abcd".to_owned(), "abce".to_owned())));
        assert_eq!(range("abcz"), Some(("abcz".to_owned(), "abc{".to_owned())));
        for typed in ["abc", "ab cd", "ab-cd", "éééé", "%%%%", &"a".repeat(65)] {
            assert_eq!(range(typed), None, "{typed}");
        }
    }
}
