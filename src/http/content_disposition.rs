//! The header `Content-Disposition` in both directions: the file name that a client sends with an upload, and the one that
//! a browser gets with a file. RFC 6266, and what the clients that exist make of it: quotes inside a quoted name are often
//! not escaped, and bytes beyond ASCII arrive as UTF-8 or as Latin-1.

use std::fmt::Write;

use actix_web::http::header::{CONTENT_DISPOSITION, HeaderMap};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What may stand as it is in an extended parameter (RFC 8187).
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The file name that a request carries, with its directories. An extended name (`filename*`) goes before a plain one.
/// None if there is none, or if it is empty.
pub fn file_name_of(headers: &HeaderMap) -> Option<String> {
    let bytes = headers.get(CONTENT_DISPOSITION)?.as_bytes();
    let text = std::str::from_utf8(bytes).map_or_else(|_| latin1(bytes), str::to_owned);
    let mut plain = None;
    for parameter in parameters(&text).skip(1) {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        let value = unquoted(value.trim());
        match name.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                if let Some(name) = extended(&value) {
                    return Some(name).filter(|name| !name.is_empty());
                }
            }
            "filename" => plain = plain.or(Some(value)),
            _ => {}
        }
    }
    plain.filter(|name| !name.is_empty())
}

/// Shows a file under this name in the browser rather than downloading it.
pub fn inline(name: &str) -> String {
    let mut header = "inline; ".to_owned();
    let is_plain = name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let written = if is_plain {
        write!(header, "filename=\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        write!(header, "filename*=UTF-8''{}", utf8_percent_encode(name, ATTRIBUTE))
    };
    debug_assert!(written.is_ok(), "writing to a text does not fail");
    header
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The parts between semicolons, of which those inside quotes do not count.
fn parameters(text: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |character| {
        let was_escaped = is_escaped;
        is_escaped = character == '\\' && !was_escaped;
        match character {
            '"' if !was_escaped => is_quoted = !is_quoted,
            ';' => return !is_quoted,
            _ => {}
        }
        false
    })
}

/// Without the quotes around it. Only an escaped quote or backslash is an escape: names with other backslashes are sent
/// as they are.
fn unquoted(value: &str) -> String {
    let inside = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inside) = inside else { return value.to_owned() };
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = characters.next_if(|next| character == '\\' && matches!(next, '"' | '\\'));
        text.push(escaped.unwrap_or(character));
    }
    text
}

/// `CHARSET'LANGUAGE'VALUE`; none in a character set that is not known.
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_decode_str(encoded);
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => bytes.decode_utf8().ok().map(|text| text.into_owned()),
        "iso-8859-1" => Some(bytes.map(char::from).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn name(header: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_bytes(header).ok()?);
        file_name_of(&headers)
    }

    #[test]
    fn names_are_read_as_clients_send_them() {
        for (header, expected) in [
            (r#"attachment; filename="output/file.csv""#, "output/file.csv"),
            ("attachment; filename=output/file.csv", "output/file.csv"),
            ("attachment; filename=sp ace/x.csv", "sp ace/x.csv"),
            (r#"attachment; filename="q\"uote.csv""#, "q\"uote.csv"),
            (r#"attachment; filename="a"b.csv""#, "a\"b.csv"),
            (r#"attachment; filename="a\\b.csv""#, r"a\b.csv"),
            (r#"attachment; filename="a\b.csv""#, r"a\b.csv"),
            ("attachment; filename*=UTF-8''sp%20ace/%C3%BC.csv", "sp ace/ü.csv"),
            ("attachment; filename*=iso-8859-1'en'%FC.csv", "ü.csv"),
            (r#"attachment; filename="plain.csv"; filename*=UTF-8''%C3%BC.csv"#, "ü.csv"),
            (r#"attachment; filename="plain.csv"; filename*=klingon''%C3%BC.csv"#, "plain.csv"),
            (r#"inline; filename="x""#, "x"),
            (r#"attachment; size=3; FileName = "x; y.csv" ; other=1"#, "x; y.csv"),
            (r#"attachment; filename="ü.csv""#, "ü.csv"),
        ] {
            assert_eq!(name(header.as_bytes()).as_deref(), Some(expected), "{header}");
        }
        assert_eq!(name(b"attachment; filename=\"\xfc.csv\"").as_deref(), Some("ü.csv"));
    }

    #[test]
    fn without_a_type_or_a_name_there_is_no_file_name() {
        for header in [
            "attachment",
            "attachment;",
            r#"filename="x""#,
            "attachment; filename=",
            r#"form-data; filename="""#,
        ] {
            assert_eq!(name(header.as_bytes()), None, "{header}");
        }
        assert_eq!(file_name_of(&HeaderMap::new()), None);
    }

    #[test]
    fn names_are_written_so_that_browsers_read_them() {
        assert_eq!(inline("age.csv"), r#"inline; filename="age.csv""#);
        assert_eq!(inline(r#"a"b\c.csv"#), r#"inline; filename="a\"b\\c.csv""#);
        assert_eq!(inline("größe 1.csv"), "inline; filename*=UTF-8''gr%C3%B6%C3%9Fe%201.csv");
    }
}
