//! Pages that were drawn before. What a page looks like follows from its template and its context alone, and drawing it is
//! most of what it costs this server; so it is drawn again only when the context differs. The few values that differ in
//! every answer (nonce, form token, request id) are put into their places each time.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use quick_cache::{Weighter, sync::Cache};

/// Bytes of contexts and pages that are kept.
const KEPT_BYTES: u64 = 6 << 20;
/// How many pages that is, about.
const KEPT_PAGES: usize = 150;
/// Larger contexts are drawn every time: few of them would leave no room for the others.
const LARGEST_BYTES: usize = 1 << 20;

/// What differs in every answer.
#[derive(Debug, Clone, Copy)]
pub struct Volatile<'a> {
    pub nonce: &'a str,
    /// Empty: the page has no form.
    pub csrf_token: &'a str,
    pub request_id: &'a str,
}

pub struct DrawnPages {
    kept: Cache<Vec<u8>, Arc<Pieces>, Bytes>,
    /// What all marks begin with: random, so that nobody can write one into a page.
    prefix: String,
    /// The prefix and a digit.
    marks: [String; 3],
}

impl Default for DrawnPages {
    fn default() -> Self {
        let prefix = HEXLOWER.encode(&rand::random::<[u8; 16]>());
        DrawnPages {
            kept: Cache::with_weighter(KEPT_PAGES, KEPT_BYTES, Bytes),
            marks: std::array::from_fn(|mark| format!("{prefix}{mark}")),
            prefix,
        }
    }
}

impl DrawnPages {
    /// What stands in contexts for the values that differ.
    pub fn marks(&self) -> Volatile<'_> {
        let [nonce, csrf_token, request_id] = &self.marks;
        Volatile { nonce, csrf_token, request_id }
    }

    /// The page of `template` for `context`, which holds the marks and is JSON; `draw` makes it if it is not there.
    pub fn page<E>(
        &self,
        template: &str,
        context: Vec<u8>,
        values: Volatile<'_>,
        draw: impl FnOnce(&[u8]) -> Result<String, E>,
    ) -> Result<String, E> {
        if context.len() > LARGEST_BYTES {
            return Ok(self.pieces(&draw(&context)?).assembled(values));
        }
        let mut key = context;
        let length = key.len();
        key.extend_from_slice(template.as_bytes());
        if let Some(pieces) = self.kept.get(&key) {
            return Ok(pieces.assembled(values));
        }
        let pieces = Arc::new(self.pieces(&draw(&key[..length])?));
        self.kept.insert(key, pieces.clone());
        Ok(pieces.assembled(values))
    }

    fn pieces(&self, html: &str) -> Pieces {
        let mut parts = html.split(&self.prefix);
        let first = parts.next().unwrap_or_default().to_owned();
        let rest = parts.filter_map(|part| {
            let mark = part.chars().next()?.to_digit(10)?;
            Some((mark as usize, part[1..].to_owned()))
        });
        Pieces { first, rest: rest.collect() }
    }
}

/// A page in pieces: text, then again and again the number of a mark and the text after it.
struct Pieces {
    first: String,
    rest: Vec<(usize, String)>,
}

impl Pieces {
    fn len(&self) -> usize {
        self.first.len() + self.rest.iter().map(|(_, text)| text.len()).sum::<usize>()
    }

    fn assembled(&self, values: Volatile<'_>) -> String {
        let values = [values.nonce, values.csrf_token, values.request_id];
        let longest = values.iter().map(|value| value.len()).max().unwrap_or_default();
        let mut html = String::with_capacity(self.len() + self.rest.len() * longest);
        html.push_str(&self.first);
        for (mark, text) in &self.rest {
            html.push_str(values[*mark]);
            html.push_str(text);
        }
        html
    }
}

/// Weighs what is kept by its bytes.
#[derive(Clone)]
struct Bytes;

impl Weighter<Vec<u8>, Arc<Pieces>> for Bytes {
    fn weight(&self, context: &Vec<u8>, pieces: &Arc<Pieces>) -> u64 {
        (context.len() + pieces.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Volatile<'static> = Volatile { nonce: "n1", csrf_token: "c1", request_id: "r1" };

    fn page(drawn: &DrawnPages, context: &str, values: Volatile<'_>, html: &str) -> String {
        let made = drawn.page("page", context.as_bytes().to_vec(), values, |_| Ok::<_, ()>(html.to_owned()));
        made.unwrap_or_default()
    }

    #[test]
    fn values_of_an_answer_never_reach_another() {
        let drawn = DrawnPages::default();
        let Volatile { nonce, csrf_token, request_id } = drawn.marks();
        let html = format!("{nonce}<i>{csrf_token}</i>{csrf_token}ü{request_id}");
        assert_eq!(page(&drawn, "{}", VALUES, &html), "n1<i>c1</i>c1ür1");
        let others = Volatile { nonce: "n2", csrf_token: "", request_id: "r2" };
        assert_eq!(page(&drawn, "{}", others, "drawn again"), "n2<i></i>ür2");
    }

    #[test]
    fn another_context_or_template_is_drawn_anew() {
        let drawn = DrawnPages::default();
        assert_eq!(page(&drawn, "{\"a\":1}", VALUES, "one"), "one");
        assert_eq!(page(&drawn, "{\"a\":2}", VALUES, "two"), "two");
        let other = drawn.page("other", b"{\"a\":1}".to_vec(), VALUES, |_| Ok::<_, ()>("three".to_owned()));
        assert_eq!(other.as_deref(), Ok("three"));
        assert_eq!(page(&drawn, "{\"a\":1}", VALUES, "not drawn"), "one");
    }

    #[test]
    fn large_contexts_are_not_kept() {
        let drawn = DrawnPages::default();
        for (length, expected) in [(LARGEST_BYTES, "first"), (LARGEST_BYTES + 1, "second")] {
            let context = "x".repeat(length);
            page(&drawn, &context, VALUES, "first");
            assert_eq!(page(&drawn, &context, VALUES, "second"), expected, "{length}");
        }
    }
}
