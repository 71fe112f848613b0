//! Typed reading of variables that collects problems instead of stopping at the first.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use clients::Secret;
use url::Url;

/// What is wrong with one variable. Never holds its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub name: String,
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.what)
    }
}

/// Where values come from: the process environment, or a table in tests.
type Lookup<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

pub struct Reader<'a> {
    lookup: Lookup<'a>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub fn new(lookup: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Reader { lookup: Box::new(lookup), problems: Vec::new() }
    }

    pub fn finish<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }

    pub fn problem(&mut self, name: &str, what: &str) {
        self.problems.push(Problem { name: name.to_owned(), what: what.to_owned() });
    }

    /// Unset and empty are the same.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    pub fn text(&self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problem(name, "is not set");
            String::new()
        })
    }

    pub fn required_secret(&mut self, name: &str) -> Secret {
        Secret::new(self.required(name))
    }

    /// On only for exactly `on`: the variables differ in which text that is.
    pub fn flag(&self, name: &str, on: &str) -> bool {
        (self.lookup)(name).is_some_and(|value| value == on)
    }

    pub fn list(&self, name: &str, default: &str) -> Vec<String> {
        let parts = self.text(name, default);
        parts.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    pub fn one_of(&mut self, name: &str, default: &str, choices: &[&str]) -> String {
        let value = self.text(name, default);
        if !choices.contains(&value.as_str()) {
            self.problem(name, &format!("must be one of {}", choices.join(", ")));
        }
        value
    }

    pub fn number<N>(&mut self, name: &str, default: N, range: RangeInclusive<N>) -> N
    where
        N: FromStr + PartialOrd + Copy + fmt::Display,
    {
        let Some(text) = self.optional(name) else { return default };
        match text.trim().parse::<N>() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                self.problem(
                    name,
                    &format!("must be a whole number from {} to {}", range.start(), range.end()),
                );
                default
            }
        }
    }

    pub fn optional_url(&mut self, name: &str) -> Option<Url> {
        let text = self.optional(name)?;
        match Url::parse(&text) {
            Ok(url) if url.has_host() && url.username().is_empty() && url.password().is_none() => Some(url),
            _ => {
                self.problem(name, "must be an absolute URL without user name and password");
                None
            }
        }
    }

    /// `default` is a constant of ours; were it malformed, that would be reported like any other problem.
    pub fn url(&mut self, name: &str, default: &str) -> Url {
        self.optional_url(name).or_else(|| Url::parse(default).ok()).unwrap_or_else(|| {
            self.problem(name, "must be an absolute URL");
            placeholder_url()
        })
    }
}

/// Stands in for a value that has been reported as a problem; never used, since the configuration is refused.
fn placeholder_url() -> Url {
    Url::from_file_path("/").unwrap_or_else(|()| unreachable!("an absolute path is a file URL"))
}
