//! Which part of a list a runner asks for, and where the parts beside it are: `limit` and `offset` in the query.

use std::collections::BTreeMap;

use url::form_urlencoded;

const LIMIT: &str = "limit";
const OFFSET: &str = "offset";
const USUAL_LIMIT: i64 = 100;

/// A part of a list. Of a key given twice the last counts; what is no positive number counts as absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub limit: i64,
    pub offset: i64,
    /// The whole query, by key.
    query: BTreeMap<String, Vec<String>>,
}

impl Part {
    pub fn of(pairs: Vec<(String, String)>) -> Part {
        let mut query: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in pairs {
            query.entry(key).or_default().push(value);
        }
        let number =
            |key: &str| query.get(key).and_then(|values| values.last()).and_then(|text| positive(text));
        Part { limit: number(LIMIT).unwrap_or(USUAL_LIMIT), offset: number(OFFSET).unwrap_or(0), query }
    }

    /// The query of the part after this one, if there are more than `count`.
    pub fn next(&self, count: i64) -> Option<String> {
        let offset = self.offset.saturating_add(self.limit);
        (offset < count).then(|| self.at(Some(offset)))
    }

    /// The query of the part before this one, if this is not the first.
    pub fn previous(&self) -> Option<String> {
        (self.offset > 0).then(|| self.at(Some(self.offset - self.limit).filter(|offset| *offset > 0)))
    }

    /// All other keys are kept, in alphabetical order.
    fn at(&self, offset: Option<i64>) -> String {
        let mut query = self.query.clone();
        query.insert(LIMIT.to_owned(), vec![self.limit.to_string()]);
        query.remove(OFFSET);
        query.extend(offset.map(|offset| (OFFSET.to_owned(), vec![offset.to_string()])));
        let mut text = form_urlencoded::Serializer::new(String::new());
        for (key, values) in &query {
            text.extend_pairs(values.iter().map(|value| (key, value)));
        }
        text.finish()
    }
}

/// A number above 0; one that is too large to count with is the largest.
fn positive(text: &str) -> Option<i64> {
    let digits = text.trim().trim_start_matches('+');
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(i64::MAX)).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(query: &str) -> Part {
        Part::of(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    #[test]
    fn what_is_no_positive_number_counts_as_absent() {
        for (query, limit, offset) in [
            ("", 100, 0),
            ("limit=0&offset=0", 100, 0),
            ("limit=-1&offset=-1", 100, 0),
            ("limit=x&offset=1.5", 100, 0),
            ("limit=2&offset=3", 2, 3),
            ("limit=2&limit=7", 7, 0),
            ("limit=%2B5", 5, 0),
            ("limit=99999999999999999999", i64::MAX, 0),
        ] {
            let part = part(query);
            assert_eq!((part.limit, part.offset), (limit, offset), "{query}");
        }
    }

    #[test]
    fn neighbours_keep_the_rest_of_the_query_in_order() {
        let first = part("limit=2&backend=tpp&a=b%20c");
        assert_eq!(first.next(3).as_deref(), Some("a=b+c&backend=tpp&limit=2&offset=2"));
        assert_eq!(first.next(2), None);
        assert_eq!(first.previous(), None);
        assert_eq!(part("offset=2&limit=2").previous().as_deref(), Some("limit=2"));
        assert_eq!(part("offset=1&limit=2").previous().as_deref(), Some("limit=2"));
        assert_eq!(part("offset=5&limit=2").previous().as_deref(), Some("limit=2&offset=3"));
        assert_eq!(part("offset=150").next(151), None);
        assert_eq!(part("limit=99999999999999999999&offset=5").next(9), None);
    }
}
