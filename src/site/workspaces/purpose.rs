//! The purpose of a workspace as its page shows it: lines, with addresses as links. Templates escape every piece.

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    text: String,
    href: Option<String>,
}

pub fn lines(purpose: &str) -> Vec<Line> {
    purpose.trim().lines().map(|line| Line { pieces: pieces(line) }).collect()
}

fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    for word in line.split_inclusive(char::is_whitespace) {
        let Some((before, address, after)) = address_in(word) else {
            plain.push_str(word);
            continue;
        };
        plain.push_str(before);
        if !plain.is_empty() {
            pieces.push(Piece { text: std::mem::take(&mut plain), href: None });
        }
        pieces.push(Piece { text: address.to_owned(), href: Some(address.to_owned()) });
        plain.push_str(after);
    }
    if !plain.is_empty() {
        pieces.push(Piece { text: plain, href: None });
    }
    pieces
}

/// Splits a word around the web address in it: what goes before, the address, and punctuation and space behind it.
fn address_in(word: &str) -> Option<(&str, &str, &str)> {
    let start = [word.find("https://"), word.find("http://")].into_iter().flatten().min()?;
    let (before, rest) = word.split_at(start);
    let end = rest.trim_end_matches(|c: char| c.is_whitespace() || ".,;:!?)]}>\"'’”".contains(c)).len();
    let (address, after) = rest.split_at(end);
    let has_host = url::Url::parse(address).is_ok_and(|url| url.has_host());
    has_host.then_some((before, address, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(purpose: &str) -> Vec<String> {
        lines(purpose)
            .into_iter()
            .map(|line| {
                let pieces = line.pieces.iter().map(|piece| match &piece.href {
                    Some(href) => format!("[{href}]"),
                    None => piece.text.clone(),
                });
                pieces.collect()
            })
            .collect()
    }

    #[test]
    fn addresses_become_links_without_the_punctuation_around_them() {
        assert_eq!(
            shown("See (https://a.example/x?y=1). Or http://b.example, then\nstop"),
            ["See ([https://a.example/x?y=1]). Or [http://b.example], then", "stop"]
        );
    }

    #[test]
    fn nothing_else_does() {
        for text in ["javascript:alert(1)", "https://", "http:// x", "<a href=\"x\">"] {
            assert_eq!(shown(text), [text.trim()]);
        }
        assert_eq!(lines(""), []);
    }
}
