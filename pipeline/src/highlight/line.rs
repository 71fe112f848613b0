//! The pieces of one line, and what a line must know of those before it.

use super::{Token, TokenClass, scripts};
use crate::quotes::closing;

/// What earlier lines have left open.
#[derive(Default)]
pub(super) struct Reader {
    /// The quote that a text of an earlier line has opened.
    quote: Option<char>,
    /// The indentation of the key whose block scalar, or other value over several lines, goes on.
    block: Option<usize>,
    /// The indentation of the `run` key whose value may go on.
    run: Option<usize>,
    /// How many brackets are open.
    brackets: usize,
}

/// A line while it is cut.
struct Cutter<'a> {
    rest: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Cutter<'a> {
    /// Take so many bytes as a piece. Offsets come from `find` and the like, so they are at characters.
    fn take(&mut self, length: usize, class: TokenClass) -> &'a str {
        let (piece, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        if !piece.is_empty() {
            self.tokens.push(Token { class, text: piece.to_owned(), target: None });
        }
        piece
    }

    fn take_space(&mut self) {
        let length = self.rest.len() - self.rest.trim_start_matches(BLANKS).len();
        self.take(length, TokenClass::Space);
    }

    /// Take a value of a `run` line, with its scripts.
    fn take_command(&mut self, length: usize, class: TokenClass) {
        let (piece, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.tokens.extend(scripts::cut(piece, class));
    }
}

const BLANKS: [char; 3] = [' ', '\t', '\r'];

impl Reader {
    /// Cut a line, given without its line break.
    pub(super) fn line(&mut self, line: &str) -> Vec<Token> {
        let mut cutter = Cutter { rest: line, tokens: Vec::new() };
        let indentation = line.len() - line.trim_start_matches(BLANKS).len();
        let is_blank = line.trim_matches(BLANKS).is_empty();
        if !is_blank && self.quote.is_none() && self.run.is_some_and(|run| indentation <= run) {
            self.run = None;
        }
        if let Some(block) = self.block {
            if is_blank || indentation > block {
                cutter.take_space();
                self.take_value(&mut cutter, line.len(), TokenClass::Plain);
                return cutter.tokens;
            }
            self.block = None;
        }
        let is_marker = |marker: &str| {
            line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(BLANKS))
        };
        if self.quote.is_none() && self.brackets == 0 {
            if line.starts_with('%') {
                cutter.take(line.len(), TokenClass::Marker);
            } else if is_marker("---") || is_marker("...") {
                cutter.take(3, TokenClass::Marker);
            }
        }
        while !cutter.rest.is_empty() {
            self.piece(&mut cutter, indentation);
        }
        cutter.tokens
    }

    /// Take the next piece or two.
    fn piece(&mut self, cutter: &mut Cutter<'_>, indentation: usize) {
        if let Some(quote) = self.quote {
            let end = closing(cutter.rest, quote);
            self.quote = end.is_none().then_some(quote);
            self.take_value(cutter, end.unwrap_or(cutter.rest.len()), TokenClass::Quoted);
            return;
        }
        cutter.take_space();
        let rest = cutter.rest;
        let mut characters = rest.chars();
        let Some(first) = characters.next() else { return };
        let is_last = characters.next().is_none_or(|second| BLANKS.contains(&second));
        match first {
            '#' if cutter.tokens.last().is_none_or(|last| last.class == TokenClass::Space) => {
                cutter.take(rest.len(), TokenClass::Comment);
            }
            '-' | '?' | ':' if is_last => {
                cutter.take(1, TokenClass::Punctuation);
            }
            ',' | ':' if self.brackets > 0 => {
                cutter.take(1, TokenClass::Punctuation);
            }
            '[' | '{' => {
                self.brackets += 1;
                cutter.take(1, TokenClass::Punctuation);
            }
            ']' | '}' if self.brackets > 0 => {
                self.brackets -= 1;
                cutter.take(1, TokenClass::Punctuation);
            }
            '&' | '*' | '!' => {
                let end =
                    rest.find(|c| BLANKS.contains(&c) || matches!(c, ',' | ']' | '}')).unwrap_or(rest.len());
                cutter.take(end, TokenClass::Reference);
            }
            '|' | '>' if is_block_header(rest) && self.brackets == 0 => {
                let end = rest.find(BLANKS).unwrap_or(rest.len());
                cutter.take(end, TokenClass::Punctuation);
                self.block = Some(indentation);
            }
            '"' | '\'' => match closing(&rest[1..], first).map(|length| length + 1) {
                Some(end) if is_key(&rest[end..], true) => self.take_key(cutter, end, indentation),
                Some(end) => self.take_value(cutter, end, TokenClass::Quoted),
                None => {
                    self.quote = Some(first);
                    self.take_value(cutter, rest.len(), TokenClass::Quoted);
                }
            },
            _ => self.take_plain(cutter, indentation),
        }
    }

    /// Take a piece without quotes: a key if a colon follows, else a value.
    fn take_plain(&mut self, cutter: &mut Cutter<'_>, indentation: usize) {
        let rest = cutter.rest;
        let end = plain_end(rest, self.brackets > 0);
        if is_key(&rest[end..], false) {
            self.take_key(cutter, end, indentation);
            return;
        }
        let class = if is_literal(&rest[..end]) { TokenClass::Literal } else { TokenClass::Plain };
        self.take_value(cutter, end, class);
    }

    fn take_key(&mut self, cutter: &mut Cutter<'_>, length: usize, indentation: usize) {
        let key = cutter.take(length, TokenClass::Key);
        let is_run = key.trim_matches(['"', '\'']) == "run";
        // Within brackets the next key ends the value.
        self.run = is_run.then_some(indentation);
    }

    fn take_value(&mut self, cutter: &mut Cutter<'_>, length: usize, class: TokenClass) {
        if self.run.is_some() {
            cutter.take_command(length, class);
        } else {
            cutter.take(length, class);
        }
    }
}

/// Whether a colon that makes a key of what stands before it comes next.
fn is_key(after: &str, was_quoted: bool) -> bool {
    let after = after.trim_start_matches([' ', '\t']);
    after.strip_prefix(':').is_some_and(|value| {
        value.is_empty()
            || value.starts_with(BLANKS)
            || was_quoted
            || value.starts_with([',', '[', ']', '{', '}'])
    })
}

/// Where a text without quotes ends: before a colon and a blank, before a comment, and within brackets before what
/// means something there. Blanks at the end are left out.
fn plain_end(text: &str, in_brackets: bool) -> usize {
    let mut end = text.len();
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let after = text[at + character.len_utf8()..].chars().next();
        let ends_word = after.is_none_or(|after| BLANKS.contains(&after))
            || in_brackets && after.is_some_and(|after| matches!(after, ',' | '[' | ']' | '{' | '}'));
        let stops = match character {
            ':' => ends_word,
            '#' => at > 0 && BLANKS.contains(&before),
            ',' | '[' | ']' | '{' | '}' => in_brackets,
            _ => false,
        };
        if stops {
            end = at;
            break;
        }
        before = character;
    }
    let kept = text[..end].trim_end_matches(BLANKS).len();
    // What cannot begin a value still has to be shown.
    if kept == 0 { text.chars().next().map_or(0, char::len_utf8) } else { kept }
}

fn is_block_header(text: &str) -> bool {
    let header = text.split(BLANKS).next().unwrap_or_default();
    let rest = text[header.len()..].trim_start_matches(BLANKS);
    header.chars().skip(1).all(|c| c.is_ascii_digit() || matches!(c, '+' | '-'))
        && (rest.is_empty() || rest.starts_with('#'))
}

fn is_literal(text: &str) -> bool {
    matches!(text, "true" | "false" | "null" | "True" | "False" | "Null" | "TRUE" | "FALSE" | "NULL" | "~")
        || text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
            && text.chars().any(|c| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | '_' | 'e' | 'E'))
}
