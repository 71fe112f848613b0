//! What came back from the server, with what tests ask of it.

use std::collections::HashMap;

use reqwest::{StatusCode, header::HeaderMap};

#[derive(Debug, Clone)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `Set-Cookie` headers as sent.
    pub set_cookies: Vec<String>,
    pub body: String,
    /// Method and address, for failures.
    pub request: String,
}

impl Page {
    pub async fn read(request: String, response: reqwest::Response) -> Page {
        let (status, headers) = (response.status(), response.headers().clone());
        let set_cookies = headers
            .get_all("set-cookie")
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        let body = response.text().await.unwrap_or_else(|error| panic!("{request}: no body: {error}"));
        Page { status, headers, set_cookies, body, request }
    }

    /// The same page, if the status is this one; else the test fails and shows it.
    #[track_caller]
    pub fn expect(self, status: u16) -> Page {
        assert_eq!(self.status.as_u16(), status, "{}:\n{}", self.request, self.excerpt());
        self
    }

    /// Where a redirect leads; the test fails if it is none.
    #[track_caller]
    pub fn location(&self) -> &str {
        assert!(self.status.is_redirection(), "{} gave {}:\n{}", self.request, self.status, self.excerpt());
        self.header("location").expect("a redirect has a location")
    }

    #[track_caller]
    pub fn expect_redirect(self, status: u16, location: &str) -> Page {
        assert_eq!(self.location(), location, "{}", self.request);
        self.expect(status)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `Set-Cookie` header for this cookie.
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}=");
        self.set_cookies.iter().find(|cookie| cookie.starts_with(&prefix)).map(String::as_str)
    }

    /// What a reader sees: no tags, no scripts, white space collapsed.
    pub fn text(&self) -> String {
        visible_text(&self.body)
    }

    #[track_caller]
    pub fn shows(&self, text: &str) -> &Page {
        let visible = self.text();
        assert!(visible.contains(text), "{} does not show {text:?} but:\n{visible}", self.request);
        self
    }

    #[track_caller]
    pub fn hides(&self, text: &str) -> &Page {
        let visible = self.text();
        assert!(!visible.contains(text), "{} shows {text:?}:\n{visible}", self.request);
        self
    }

    /// Whether the source holds this, for addresses and attributes.
    #[track_caller]
    pub fn contains(&self, source: &str) -> &Page {
        assert!(
            self.body.contains(source),
            "{} does not contain {source:?}:\n{}",
            self.request,
            self.excerpt()
        );
        self
    }

    #[track_caller]
    pub fn lacks(&self, source: &str) -> &Page {
        assert!(!self.body.contains(source), "{} contains {source:?}", self.request);
        self
    }

    /// What a reader sees of the section with this id; empty if there is none.
    pub fn section(&self, id: &str) -> String {
        let start = self.body.find(&format!("id=\"{id}\"")).map(|at| &self.body[at..]);
        let inside = start.and_then(|rest| rest.split_once('>')).map_or("", |(_, inside)| inside);
        visible_text(inside.split("</section>").next().unwrap_or_default())
    }

    pub fn title(&self) -> String {
        let title = self.body.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        title.map(|(title, _)| unescape(title.trim())).unwrap_or_default()
    }

    /// Whether there is a link to exactly this address.
    pub fn links_to(&self, address: &str) -> bool {
        self.tags("a").iter().any(|tag| tag.get("href").is_some_and(|href| href == address))
    }

    /// Whether there is a form that posts to this address.
    pub fn has_form_to(&self, address: &str) -> bool {
        self.tags("form").iter().any(|tag| tag.get("action").is_some_and(|action| action == address))
    }

    /// The value of the first input of this name; one in the content goes before one in the header.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let (header, content) = self.body.split_once("<main").unwrap_or((&self.body, ""));
        let inputs = [tags(content, "input"), tags(header, "input")].concat();
        let found = inputs.iter().find(|tag| tag.get("name").is_some_and(|found| found == name));
        let found =
            found.unwrap_or_else(|| panic!("{} has no input {name}:\n{}", self.request, self.excerpt()));
        found.get("value").cloned().unwrap_or_default()
    }

    /// The values of all inputs of this name that are ticked.
    pub fn ticked(&self, name: &str) -> Vec<String> {
        let inputs = self.tags("input");
        let ticked = inputs.iter().filter(|tag| tag.get("name").is_some_and(|found| found == name));
        ticked.filter(|tag| tag.contains_key("checked")).filter_map(|tag| tag.get("value").cloned()).collect()
    }

    /// The values of all inputs of this name.
    pub fn offered(&self, name: &str) -> Vec<String> {
        let inputs = self.tags("input");
        let offered = inputs.iter().filter(|tag| tag.get("name").is_some_and(|found| found == name));
        offered.filter_map(|tag| tag.get("value").cloned()).collect()
    }

    /// The values of this attribute of all elements of this name that have it, in order.
    pub fn attributes(&self, element: &str, attribute: &str) -> Vec<String> {
        self.tags(element).into_iter().filter_map(|mut tag| tag.remove(attribute)).collect()
    }

    /// What stands between `base` and the last slash in the address of each link that begins with it, in order.
    pub fn linked_below(&self, base: &str) -> Vec<String> {
        let links = self.attributes("a", "href");
        let below = links.iter().filter_map(|href| href.strip_prefix(base)?.strip_suffix('/'));
        below.map(str::to_owned).collect()
    }

    /// The attributes of all elements of this name, in order.
    pub fn tags(&self, name: &str) -> Vec<HashMap<String, String>> {
        tags(&self.body, name)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}:\n{}", self.request, self.body))
    }

    /// Enough of the page to understand a failure.
    pub fn excerpt(&self) -> String {
        let text = if self.body.contains("<html") { self.text() } else { self.body.clone() };
        text.chars().take(3_000).collect()
    }
}

/// What a reader sees of a piece of HTML.
pub fn visible_text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let skipped = ["script", "style", "template", "title"].iter().find(|name| opens(tag, name));
        rest = match skipped {
            Some(name) => tag.split_once(&format!("</{name}>")).map_or("", |(_, after)| after),
            None => tag.split_once('>').map_or("", |(_, after)| after),
        };
    }
    text.push_str(rest);
    let text = unescape(&text).replace('\u{a0}', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn opens(tag: &str, name: &str) -> bool {
    tag.strip_prefix(name).is_some_and(|rest| rest.starts_with(['>', ' ', '\n', '/']))
}

fn tags(html: &str, name: &str) -> Vec<HashMap<String, String>> {
    let openings = html.split('<').skip(1).filter(|tag| opens(tag, name));
    openings.map(|tag| attributes(&tag[name.len()..])).collect()
}

/// The attributes up to the end of the tag. Our pages quote all values with double quotes.
fn attributes(mut rest: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_whitespace() || "=>".contains(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return found;
        }
        let value = match after.strip_prefix("=\"").and_then(|quoted| quoted.split_once('"')) {
            Some((value, after)) => {
                rest = after;
                unescape(value)
            }
            None => {
                rest = after;
                String::new()
            }
        };
        found.insert(name.to_owned(), value);
    }
}

fn unescape(html: &str) -> String {
    let replacements = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x3D;", "="),
        ("&#x60;", "`"),
        ("&nbsp;", "\u{a0}"),
        ("&middot;", "·"),
        ("&amp;", "&"),
    ];
    replacements.iter().fold(html.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}
