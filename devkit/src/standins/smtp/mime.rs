//! Reads a mail the way a mail program does: headers (RFC 5322, RFC 2047), parts (RFC 2046), transfer encodings (RFC 2045).
//! Lenient: what cannot be decoded is shown as it came.

use data_encoding::BASE64;
use jiff::Timestamp;

use super::Mail;

type Headers = Vec<(String, String)>;

pub(super) fn read(raw: &[u8], at: Timestamp, from: String, to: Vec<String>) -> Mail {
    let (headers, body) = split(raw);
    let mut parts = Parts::default();
    parts.add(&headers, body);
    let subject = find(&headers, "subject").unwrap_or_default().to_owned();
    Mail { at, from, to, subject, headers, text: parts.text.unwrap_or_default(), html: parts.html }
}

/// The first plain and the first HTML part.
#[derive(Default)]
struct Parts {
    text: Option<String>,
    html: Option<String>,
}

impl Parts {
    fn add(&mut self, headers: &Headers, body: &[u8]) {
        let kind = find(headers, "content-type").unwrap_or("text/plain");
        let lower = kind.to_ascii_lowercase();
        if lower.starts_with("multipart/") {
            for part in boundary(kind).map(|boundary| pieces(body, &boundary)).unwrap_or_default() {
                let (headers, body) = split(part);
                self.add(&headers, body);
            }
            return;
        }
        let place = match lower.as_str() {
            html if html.starts_with("text/html") => &mut self.html,
            text if text.starts_with("text/") => &mut self.text,
            _ => return,
        };
        let encoding = find(headers, "content-transfer-encoding").unwrap_or_default();
        place.get_or_insert_with(|| decoded(body, encoding).replace("\r\n", "\n"));
    }
}

fn decoded(body: &[u8], encoding: &str) -> String {
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "base64" => base64(body),
        "quoted-printable" => quoted_printable(body, false),
        _ => body.to_vec(),
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

fn base64(text: &[u8]) -> Vec<u8> {
    let packed: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(&packed).unwrap_or_else(|_| text.to_vec())
}

/// In headers an underscore stands for a space.
fn quoted_printable(text: &[u8], in_header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => after,
            (b'=', [high, low, tail @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    tail
                }
                _ => {
                    out.push(first);
                    after
                }
            },
            (b'_', after) if in_header => {
                out.push(b' ');
                after
            }
            (_, after) => {
                out.push(first);
                after
            }
        };
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Headers and body, which an empty line separates.
fn split(raw: &[u8]) -> (Headers, &[u8]) {
    let mut headers = Headers::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(line.trim_start());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_owned(), value.trim_start().to_owned()));
        }
    }
    for (_, value) in &mut headers {
        *value = encoded_words(value);
    }
    (headers, rest)
}

/// `=?utf-8?b?…?=` and `=?utf-8?q?…?=`; blanks between two of them do not count.
fn encoded_words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let Some((word, length)) = encoded_word(&rest[start..]) else {
            out.push_str(&rest[..start + 2]);
            rest = &rest[start + 2..];
            after_word = false;
            continue;
        };
        let between = &rest[..start];
        if !(after_word && between.trim().is_empty()) {
            out.push_str(between);
        }
        out.push_str(&word);
        rest = &rest[start + length..];
        after_word = true;
    }
    out.push_str(rest);
    out
}

/// The word that `text` begins with, and how long it is there.
fn encoded_word(text: &str) -> Option<(String, usize)> {
    let mut fields = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, rest) = (fields.next()?, fields.next()?, fields.next()?);
    let content = &rest[..rest.find("?=")?];
    let bytes = match encoding {
        "b" | "B" => base64(content.as_bytes()),
        "q" | "Q" => quoted_printable(content.as_bytes(), true),
        _ => return None,
    };
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + content.len() + 2;
    Some((String::from_utf8_lossy(&bytes).into_owned(), length))
}

fn boundary(kind: &str) -> Option<String> {
    let at = kind.to_ascii_lowercase().find("boundary=")?;
    let value = &kind[at + "boundary=".len()..];
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split([';', ' ']).next(),
    };
    value.map(str::to_owned)
}

/// What stands between the boundary lines, without what precedes the first and follows the last.
fn pieces<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let (start, end) = (format!("--{boundary}"), format!("--{boundary}--"));
    let mut pieces = Vec::new();
    let (mut offset, mut begun) = (0, None);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let trimmed = line.trim_ascii_end();
        if trimmed == start.as_bytes() || trimmed == end.as_bytes() {
            if let Some(begin) = begun {
                pieces.push(body[begin..offset].strip_suffix(b"\r\n").unwrap_or(&body[begin..offset]));
            }
            begun = (trimmed == start.as_bytes()).then_some(offset + line.len());
        }
        offset += line.len();
    }
    pieces
}

fn find<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(raw: &str) -> Mail {
        read(raw.replace('\n', "\r\n").as_bytes(), Timestamp::UNIX_EPOCH, String::new(), vec![])
    }

    #[test]
    fn quoted_printable_lines_are_joined_and_decoded() {
        let mail = mail("Content-Transfer-Encoding: quoted-printable\n\ncaf=C3=A9 is o=\npen = yes\n");
        assert_eq!(mail.text, "café is open = yes\n");
    }

    #[test]
    fn both_alternatives_are_found_inside_nested_parts() {
        let mail = mail(
            "Subject: =?utf-8?b?w6k=?= =?utf-8?q?_t=C3=A9?= x\nContent-Type: multipart/mixed; boundary=\"a b\"\n\npreamble\n\
             --a b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\nplain\n\
             --c\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\nPGI+\n--c--\n--a b--\n",
        );
        assert_eq!(mail.subject, "é té x");
        assert_eq!(mail.text, "plain");
        assert_eq!(mail.html.as_deref(), Some("<b>"));
    }

    #[test]
    fn a_folded_header_is_one_line() {
        let mail = mail("X-Long: one\n two\nSubject: =?not a word\n\nbody");
        assert_eq!(mail.header("x-long"), Some("one two"));
        assert_eq!(mail.subject, "=?not a word");
    }
}
