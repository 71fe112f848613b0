//! Lists of the staff area: what is asked for in the address, and the tools above a list that change it. Search and
//! filters are one form, so that neither discards the other.

use std::borrow::Cow;

use actix_web::HttpRequest;
use serde::Serialize;

use crate::{
    app::App,
    http::{
        error::Error,
        form,
        page_links::{PageLinks, PageNumber, Slice},
    },
};

/// Smaller counts are made anew each time.
const WORTH_REMEMBERING: i64 = 100;
/// Rows on a page of a list.
pub const PAGE_SIZE: i64 = 25;

/// What a list was asked for.
#[derive(Debug)]
pub struct Asked {
    pairs: Vec<(String, String)>,
    query: String,
    path: String,
    page: PageNumber,
}

impl Asked {
    /// Reads the query; 400 for characters that the database cannot hold, 404 for a page that cannot be.
    pub fn of(request: &HttpRequest) -> Result<Asked, Error> {
        let pairs = form::query_pairs(request.query_string())?;
        if pairs.iter().any(|(_, value)| value.contains('\0')) {
            return Err(Error::BadRequest("the address holds a NUL character".to_owned()));
        }
        // An empty page is the first here; in public lists it leads nowhere, as it does in Django.
        let pairs: Vec<_> =
            pairs.into_iter().filter(|(name, value)| name != "page" || !value.is_empty()).collect();
        let page = PageNumber::from_query(&pairs)?;
        Ok(Asked { pairs, query: request.query_string().to_owned(), path: request.path().to_owned(), page })
    }

    /// What is searched for, as typed.
    pub fn q(&self) -> Option<&str> {
        self.last("q")
    }

    /// The last value of `name`, if it is not empty.
    pub fn last(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().rev().find(|(known, _)| known == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    /// Every value of `name` that is not empty, once each.
    pub fn all(&self, name: &str) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for (known, value) in &self.pairs {
            if known == name && !value.is_empty() && !values.contains(value) {
                values.push(value.clone());
            }
        }
        values
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|(known, given)| known == name && given == value)
    }

    /// The part of a list of `total` rows that is asked for; 404 beyond its end.
    pub fn slice(&self, total: i64) -> Result<Slice, Error> {
        self.page.slice(total, PAGE_SIZE)
    }

    /// The rows that are asked for, from what counts them and what reads those from an offset on: both at once, unless the
    /// page is named by its end.
    pub async fn part<T>(
        &self,
        app: &App,
        count: impl Future<Output = domain::Result<i64>>,
        page: impl AsyncFnOnce(i64) -> domain::Result<Vec<T>>,
    ) -> Result<(Slice, Vec<T>), Error> {
        match self.page.offset(PAGE_SIZE) {
            Some(offset) => {
                let (total, rows) = tokio::try_join!(self.counted(app, count), page(offset))?;
                Ok((self.slice(total)?, rows))
            }
            None => {
                let slice = self.slice(self.counted(app, count).await?)?;
                Ok((slice, page(slice.offset).await?))
            }
        }
    }

    /// Counting many rows costs more than reading a page of them, so such a number may be a second old.
    async fn counted(
        &self,
        app: &App,
        count: impl Future<Output = domain::Result<i64>>,
    ) -> domain::Result<i64> {
        let key = format!("{}{}", self.path, self.without("page", ""));
        if let Some(known) = app.staff.counts.recall(&key) {
            return Ok(*known);
        }
        let count = count.await?;
        if count >= WORTH_REMEMBERING {
            app.staff.counts.remember(key, count);
        }
        Ok(count)
    }

    pub fn links(&self, slice: Slice) -> PageLinks {
        PageLinks::new(slice, &self.query)
    }

    /// The tools of the list at `path`, with a search box that says `hint`.
    pub fn tools(&self, path: &'static str, hint: &'static str) -> ListTools<'_> {
        ListTools {
            asked: self,
            path: Cow::Borrowed(path),
            q: self.q().unwrap_or_default().to_owned(),
            hint,
            facets: Vec::new(),
            pickers: Vec::new(),
            chips: Vec::new(),
        }
    }

    /// The query without one pair, and without the page.
    fn without(&self, name: &str, value: &str) -> String {
        let mut rest = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        for (known, given) in &self.pairs {
            let goes = known == "page" || (known == name && given == value);
            if !goes && !given.is_empty() {
                rest.append_pair(known, given);
            }
        }
        rest.finish()
    }
}

/// Something that can be chosen.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Choice {
        Choice { value: value.into(), label: label.into(), chosen: false }
    }

    /// Of pairs of value and label.
    pub fn all(pairs: Vec<(String, String)>) -> Vec<Choice> {
        pairs.into_iter().map(|(value, label)| Choice::new(value, label)).collect()
    }
}

/// Search, filters and what is chosen of them, for the component `list_tools`.
#[derive(Serialize)]
pub struct ListTools<'a> {
    #[serde(skip)]
    asked: &'a Asked,
    path: Cow<'static, str>,
    q: String,
    hint: &'static str,
    facets: Vec<Facet>,
    pickers: Vec<Picker>,
    chips: Vec<Chip>,
}

/// Values of one filter, any number of which can be ticked.
#[derive(Serialize)]
struct Facet {
    name: &'static str,
    label: &'static str,
    choices: Vec<Choice>,
    /// How many are ticked.
    count: usize,
    /// Shown openly instead of behind a disclosure.
    is_open: bool,
    /// Long enough for a box that filters it.
    is_long: bool,
}

/// A filter whose values are looked up while somebody types.
#[derive(Serialize)]
struct Picker {
    name: &'static str,
    label: &'static str,
    source: String,
    chosen: Vec<Choice>,
    count: usize,
}

/// Something that narrows the list, with a link to the list without it.
#[derive(Serialize)]
struct Chip {
    label: &'static str,
    text: String,
    remove: String,
}

/// More choices than this get a box that filters them.
const LONG: usize = 10;

impl<'a> ListTools<'a> {
    /// For a list whose address is not fixed.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Cow::Owned(path.into());
        self
    }

    /// A filter of few values, behind a disclosure.
    pub fn facet(self, name: &'static str, label: &'static str, choices: Vec<Choice>) -> Self {
        self.with_facet(name, label, choices, false)
    }

    /// A filter of very few values, shown openly.
    pub fn toggle(self, name: &'static str, label: &'static str, choices: Vec<Choice>) -> Self {
        self.with_facet(name, label, choices, true)
    }

    /// A filter of many values: `kind` names the address that finds them; `chosen` are those in the query.
    pub fn picker(
        mut self,
        name: &'static str,
        label: &'static str,
        kind: &str,
        chosen: Vec<Choice>,
    ) -> Self {
        let chosen = self.marked(name, label, chosen);
        let count = chosen.len();
        self.pickers.push(Picker { name, label, source: format!("/staff/options/{kind}/"), chosen, count });
        self
    }

    fn with_facet(
        mut self,
        name: &'static str,
        label: &'static str,
        choices: Vec<Choice>,
        is_open: bool,
    ) -> Self {
        let choices = self.marked(name, label, choices);
        let count = choices.iter().filter(|choice| choice.chosen).count();
        let is_long = choices.len() > LONG;
        self.facets.push(Facet { name, label, choices, count, is_open, is_long });
        self
    }

    /// Marks what is chosen and notes it as a chip. A chosen value that is not among the choices is added, so that it
    /// can be seen and removed.
    fn marked(&mut self, name: &'static str, label: &'static str, mut choices: Vec<Choice>) -> Vec<Choice> {
        for value in self.asked.all(name) {
            if !choices.iter().any(|choice| choice.value == value) {
                choices.push(Choice::new(&value, &value));
            }
            for choice in choices.iter_mut().filter(|choice| choice.value == value) {
                choice.chosen = true;
                self.chips.push(Chip {
                    label,
                    text: choice.label.clone(),
                    remove: format!("{}{}", self.path, self.asked.without(name, &value)),
                });
            }
        }
        choices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        let request = actix_web::test::TestRequest::with_uri(&format!("/list/?{query}")).to_http_request();
        match Asked::of(&request) {
            Ok(asked) => asked,
            Err(error) => panic!("{query}: {error}"),
        }
    }

    #[test]
    fn every_value_is_honoured_once() {
        let asked = asked("orgs=a&orgs=b&orgs=a&orgs=&q=&page=1");
        assert_eq!(asked.all("orgs"), ["a", "b"]);
        assert_eq!(asked.q(), None);
        assert!(asked.has("orgs", "b") && !asked.has("orgs", "c"));
    }

    #[test]
    fn a_chip_leads_to_the_list_without_its_value() {
        let asked = asked("q=x&orgs=a&orgs=b&page=3");
        let tools = asked.tools("/list/", "").facet("orgs", "Organisation", vec![Choice::new("a", "Org A")]);
        let chips: Vec<(&str, &str)> =
            tools.chips.iter().map(|chip| (chip.text.as_str(), chip.remove.as_str())).collect();
        assert_eq!(chips, [("Org A", "/list/?q=x&orgs=b"), ("b", "/list/?q=x&orgs=a")]);
    }

    #[test]
    fn a_nul_in_the_address_is_refused() {
        let request = actix_web::test::TestRequest::with_uri("/list/?q=a%00").to_http_request();
        assert!(matches!(Asked::of(&request), Err(Error::BadRequest(_))));
    }
}
