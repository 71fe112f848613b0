//! What type a scalar has.
//!
//! The core schema of YAML 1.2 (section 10.3), with the additions that the format's reference library makes: `_` between
//! digits, `0b`, and ISO dates. `yes`, `no`, `on`, `off` are texts and `010` is ten.

use std::borrow::Cow;

use super::node::Scalar;
use super::number::Integer;

/// A scalar that looks like a value of a type but is none.
pub(super) type Sentence = String;

/// The value of a scalar without a tag that was written without quotes.
///
/// # Errors
/// A date that no calendar has, or an integer of thousands of digits.
pub(super) fn plain(text: Cow<'_, str>) -> Result<Scalar<'_>, Sentence> {
    match text.as_bytes() {
        [] | b"~" | b"null" | b"Null" | b"NULL" => Ok(Scalar::Null),
        b"true" | b"True" | b"TRUE" => Ok(Scalar::Bool(true)),
        b"false" | b"False" | b"FALSE" => Ok(Scalar::Bool(false)),
        b"<<" => Ok(Scalar::Merge),
        [b'0'..=b'9' | b'-' | b'+' | b'.', ..] => number_or_date(text),
        _ => Ok(Scalar::Text(text)),
    }
}

/// The value of a scalar under a tag of the core schema. The tag is given without its prefix.
///
/// # Errors
/// The text is not one of that type.
pub(super) fn tagged<'t>(suffix: &str, text: Cow<'t, str>) -> Result<Scalar<'t>, Sentence> {
    match suffix {
        "str" => return Ok(Scalar::Text(text)),
        "null" => return Ok(Scalar::Null),
        "bool" | "int" | "float" | "timestamp" => {}
        _ => return Ok(Scalar::Tagged(text)),
    }
    let shown = shortened(&text).into_owned();
    match (suffix, plain(text)?) {
        ("float", Scalar::Integer(integer)) => Ok(Scalar::Float(integer.to_f64())),
        ("bool", value @ Scalar::Bool(_))
        | ("int", value @ Scalar::Integer(_))
        | ("float", value @ Scalar::Float(_))
        | ("timestamp", value @ (Scalar::Date(_) | Scalar::Timestamp(_))) => Ok(value),
        _ => Err(format!("'{shown}' is not a value of the type !!{suffix}")),
    }
}

fn number_or_date(text: Cow<'_, str>) -> Result<Scalar<'_>, Sentence> {
    if let Some((negative, digits, base)) = integer_digits(&text) {
        return Integer::from_digits(negative, &digits, base)
            .map(Scalar::Integer)
            .ok_or_else(|| format!("the number {} has too many digits", shortened(&text)));
    }
    if let Some(float) = float(&text) {
        return Ok(Scalar::Float(float));
    }
    match date(&text) {
        DateLike::Not => Ok(Scalar::Text(text)),
        DateLike::Date => Ok(Scalar::Date(text)),
        DateLike::Timestamp => Ok(Scalar::Timestamp(text)),
        DateLike::Impossible => Err(format!("there is no date '{}'", shortened(&text))),
    }
}

/// The start of a text, for a message.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

/// Sign, digits and base of a text that has the form of an integer.
fn integer_digits(text: &str) -> Option<(bool, Cow<'_, str>, u32)> {
    let (negative, unsigned) = signed(text);
    let (base, digits) = match unsigned.as_bytes() {
        [b'0', b'b', ..] => (2, unsigned.get(2..)?),
        [b'0', b'o', ..] => (8, unsigned.get(2..)?),
        [b'0', b'x', ..] => (16, unsigned.get(2..)?),
        _ => (10, unsigned),
    };
    let of_base = |byte: u8| byte == b'_' || char::from(byte).is_digit(base);
    let digits = match digits.bytes().all(of_base) {
        true if digits.contains('_') => Cow::Owned(digits.replace('_', "")),
        true => Cow::Borrowed(digits),
        false => return None,
    };
    (!digits.is_empty()).then_some((negative, digits, base))
}

fn signed(text: &str) -> (bool, &str) {
    match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..).unwrap_or_default()),
        [b'+', ..] => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    }
}

/// The value of a text that has the form of a floating point number.
fn float(text: &str) -> Option<f64> {
    let (negative, unsigned) = signed(text);
    let size = match unsigned {
        ".inf" | ".Inf" | ".INF" => f64::INFINITY,
        ".nan" | ".NaN" | ".NAN" if text.starts_with('.') => f64::NAN,
        _ => {
            let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
                Some((mantissa, exponent)) => (mantissa, Some(exponent)),
                None => (unsigned, None),
            };
            let (whole, fraction) = match mantissa.split_once('.') {
                Some((whole, fraction)) => (whole, Some(fraction)),
                None => (mantissa, None),
            };
            if !has_form_of_float(whole, fraction, exponent) {
                return None;
            }
            unsigned.replace('_', "").parse().ok()?
        }
    };
    Some(if negative { -size } else { size })
}

fn has_form_of_float(whole: &str, fraction: Option<&str>, exponent: Option<&str>) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let some_digit = |part: &str| part.bytes().any(|byte| byte.is_ascii_digit());
    let exponent_has_sign = exponent.is_some_and(|exponent| exponent.starts_with(['+', '-']));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let size = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit())
    });
    let mantissa_fits = match fraction {
        // Without a digit before the point an exponent needs its sign.
        Some(fraction) if whole.is_empty() => {
            digits(fraction) && some_digit(fraction) && (exponent.is_none() || exponent_has_sign)
        }
        Some(fraction) => digits(fraction),
        None => exponent.is_some(),
    };
    let whole_fits = whole.is_empty() && fraction.is_some()
        || whole.starts_with(|first: char| first.is_ascii_digit()) && digits(whole);
    mantissa_fits && whole_fits && exponent_fits
}

enum DateLike {
    Not,
    Date,
    Timestamp,
    Impossible,
}

/// Whether the text is an ISO date, alone or with a time of day.
fn date(text: &str) -> DateLike {
    let Some((year, rest)) = number(text, 4, 4) else { return DateLike::Not };
    let Some((month, rest)) = rest.strip_prefix('-').and_then(|rest| number(rest, 1, 2)) else {
        return DateLike::Not;
    };
    let Some((day, time)) = rest.strip_prefix('-').and_then(|rest| number(rest, 1, 2)) else {
        return DateLike::Not;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let exists = year > 0 && (1..=12).contains(&month) && (1..=days).contains(&day);
    let kind = match time {
        "" if text.len() == "2024-05-01".len() => DateLike::Date,
        _ => match time_of_day(time) {
            Some(true) => DateLike::Timestamp,
            Some(false) => DateLike::Impossible,
            None => return DateLike::Not,
        },
    };
    if exists { kind } else { DateLike::Impossible }
}

/// Whether a time of day exists; none if the text has not the form of one.
fn time_of_day(text: &str) -> Option<bool> {
    let text = match text.strip_prefix(['T', 't']) {
        Some(text) => text,
        None if text.starts_with([' ', '\t']) => text.trim_start_matches([' ', '\t']),
        None => return None,
    };
    let (hour, rest) = number(text, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => rest,
    };
    let zone = rest.trim_start_matches([' ', '\t']);
    let zone_fits = match zone.strip_prefix(['+', '-']) {
        _ if rest.is_empty() || zone == "Z" => true,
        Some(offset) => match number(offset, 1, 2)? {
            (_, "") => true,
            (_, minutes) => number(minutes.strip_prefix(':')?, 2, 2)?.1.is_empty(),
        },
        None => false,
    };
    zone_fits.then_some(hour < 24 && minute < 60 && second < 60)
}

/// A number of so many digits at the start of a text, and what follows.
fn number(text: &str, fewest: usize, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(length)?;
    if length < fewest { None } else { Some((digits.parse().ok()?, rest)) }
}

#[cfg(test)]
mod tests {
    use super::{Scalar, plain, tagged};

    fn shown(text: &str) -> String {
        match plain(text.into()) {
            Ok(Scalar::Text(text)) => format!("text {text}"),
            Ok(Scalar::Date(text)) => format!("date {text}"),
            Ok(Scalar::Timestamp(text)) => format!("timestamp {text}"),
            Ok(scalar) => scalar.shown().into_owned(),
            Err(sentence) => format!("error {sentence}"),
        }
    }

    #[test]
    fn numbers_are_recognised() {
        for (text, value) in [
            ("010", "10"),
            ("0o10", "8"),
            ("0x1F", "31"),
            ("0b101", "5"),
            ("1_000", "1000"),
            ("-1", "-1"),
            ("1.", "1.0"),
            (".5", "0.5"),
            ("1e3", "1000.0"),
            ("-.INF", "-inf"),
            (".nan", "nan"),
            ("1_0.5", "10.5"),
            (".5e+1", "5.0"),
        ] {
            assert_eq!(shown(text), value, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_a_text() {
        for text in [
            "1.2.3", "0o8", "0x", "1e", "_1", "v1", "1.e", "-", "+", ".", "1 000", ".5e1", "yes", "1:30",
            "-.nan",
        ] {
            assert_eq!(shown(text), format!("text {text}"));
        }
    }

    #[test]
    fn dates_are_not_texts() {
        assert_eq!(shown("2024-02-29"), "date 2024-02-29");
        assert_eq!(shown("2024-1-1"), "text 2024-1-1");
        assert_eq!(shown("2024-05-01T10:00:00Z"), "timestamp 2024-05-01T10:00:00Z");
        assert_eq!(shown("2024-05-01 10:00:00 +01:00"), "timestamp 2024-05-01 10:00:00 +01:00");
        assert_eq!(shown("2024-05-01x"), "text 2024-05-01x");
        assert_eq!(shown("2023-02-29"), "error there is no date '2023-02-29'");
    }

    #[test]
    fn a_tag_of_the_core_schema_decides() {
        assert!(matches!(tagged("str", "5".into()), Ok(Scalar::Text(text)) if text == "5"));
        assert!(matches!(tagged("float", "5".into()), Ok(Scalar::Float(5.0))));
        assert!(tagged("int", "five".into()).is_err());
    }
}
