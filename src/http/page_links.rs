//! Lists in pages: which rows to show, and links that keep the rest of the query.

use serde::Serialize;

use super::error::Error;

/// Which part of a list is asked for, from the query parameter `page`.
#[derive(Debug, Clone, Copy)]
pub struct PageNumber(Asked);

#[derive(Debug, Clone, Copy)]
enum Asked {
    Number(i64),
    Last,
}

impl PageNumber {
    /// `page` may be a number from 1 or `last`; anything else leads nowhere.
    pub fn from_query(pairs: &[(String, String)]) -> Result<PageNumber, Error> {
        match pairs.iter().rev().find(|(name, _)| name == "page").map(|(_, value)| value.as_str()) {
            None => Ok(PageNumber(Asked::Number(1))),
            Some("last") => Ok(PageNumber(Asked::Last)),
            Some(text) => match text.parse::<i64>() {
                Ok(number) if number >= 1 => Ok(PageNumber(Asked::Number(number))),
                _ => Err(Error::NotFound),
            },
        }
    }

    /// Where the page begins, if that can be said without knowing how many rows there are.
    pub fn offset(self, page_size: i64) -> Option<i64> {
        match self.0 {
            Asked::Number(number) => (number - 1).checked_mul(page_size),
            Asked::Last => None,
        }
    }

    /// The slice of a list of `total` rows; a page beyond the end leads nowhere.
    pub fn slice(self, total: i64, page_size: i64) -> Result<Slice, Error> {
        let pages = ((total + page_size - 1) / page_size).max(1);
        let number = match self.0 {
            Asked::Last => pages,
            Asked::Number(number) => number,
        };
        if number > pages {
            return Err(Error::NotFound);
        }
        Ok(Slice { number, pages, total, offset: (number - 1) * page_size })
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Slice {
    pub number: i64,
    pub pages: i64,
    pub total: i64,
    pub offset: i64,
}

/// What the pagination component shows.
#[derive(Debug, Serialize)]
pub struct PageLinks {
    number: i64,
    pages: i64,
    total: i64,
    is_single: bool,
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    last: Option<String>,
}

impl PageLinks {
    pub fn new(slice: Slice, query: &str) -> PageLinks {
        let link = |number: i64| link_to(number, query);
        let before = (slice.number > 1).then_some(slice.number - 1);
        let after = (slice.number < slice.pages).then_some(slice.number + 1);
        PageLinks {
            number: slice.number,
            pages: slice.pages,
            total: slice.total,
            is_single: slice.pages == 1,
            first: before.map(|_| link(1)),
            previous: before.map(link),
            next: after.map(link),
            last: after.map(|_| link(slice.pages)),
        }
    }
}

fn link_to(number: i64, query: &str) -> String {
    let mut link = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "page") {
        link.append_pair(&name, &value);
    }
    link.append_pair("page", &number.to_string());
    link.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(page: &str) -> Result<PageNumber, Error> {
        PageNumber::from_query(&[("page".to_owned(), page.to_owned())])
    }

    #[test]
    fn pages_run_from_one_to_the_last() {
        for (page, exists) in
            [("1", true), ("4", true), ("5", false), ("0", false), ("abc", false), ("last", true)]
        {
            let slice = asked(page).and_then(|page| page.slice(76, 25));
            assert_eq!(slice.is_ok(), exists, "page {page}");
        }
        assert!(asked("1").unwrap().slice(0, 25).is_ok(), "an empty list has one page");
        assert_eq!(asked("last").unwrap().slice(75, 25).unwrap().offset, 50);
    }

    #[test]
    fn links_keep_the_rest_of_the_query() {
        let slice = asked("2").unwrap().slice(75, 25).unwrap();
        let links = PageLinks::new(slice, "q=a+b&backend=tpp&backend=emis&page=2");
        assert_eq!(links.previous.as_deref(), Some("?q=a+b&backend=tpp&backend=emis&page=1"));
        assert_eq!(links.next.as_deref(), Some("?q=a+b&backend=tpp&backend=emis&page=3"));
        assert_eq!(links.last, links.next);
    }
}
