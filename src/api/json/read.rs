//! Readers of single values, for [`super::Fields`]. They take what Django REST framework took (numbers as texts, texts as
//! numbers) and refuse with its sentences, which clients match.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::{Problem, problem, type_name};

/// A text that is not blank, without surrounding space. Numbers are taken as texts.
pub fn text(value: &Value) -> Result<String, Problem> {
    let text = any_text(value)?;
    if text.is_empty() { Err(problem("This field may not be blank.")) } else { Ok(text) }
}

/// A text that may be blank, without surrounding space.
pub fn any_text(value: &Value) -> Result<String, Problem> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err(problem("Not a valid string.")),
    };
    if text.contains('\0') { Err(problem("Null characters are not allowed.")) } else { Ok(text) }
}

/// A whole number from 0 to 2³¹-1, what an `integer` column holds. Texts of digits are taken.
pub fn count(value: &Value) -> Result<i32, Problem> {
    let number = integer(value)?;
    if number < 0 {
        return Err(problem("Ensure this value is greater than or equal to 0."));
    }
    i32::try_from(number)
        .map_err(|_| problem(format!("Ensure this value is less than or equal to {}.", i32::MAX)))
}

/// A whole number. Texts of digits and fractions of zero are taken.
pub fn integer(value: &Value) -> Result<i64, Problem> {
    let refused = || problem("A valid integer is required.");
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(number) => Ok(number),
            None => whole(number.as_f64()).ok_or_else(refused),
        },
        Value::String(text) => {
            let text = text.trim();
            let digits = text.split_once('.').map_or(text, |(digits, zeros)| {
                if zeros.bytes().all(|byte| byte == b'0') { digits } else { text }
            });
            digits.parse().map_err(|_| refused())
        }
        _ => Err(refused()),
    }
}

/// The number without its fraction of zero; none if it has another, or is too large to be exact.
fn whole(number: Option<f64>) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.filter(|number| number.fract() == 0.0 && number.abs() <= EXACT).map(|number| number as i64)
}

/// A moment in ISO 8601. Without an offset it is UTC.
pub fn moment(value: &Value) -> Result<Timestamp, Problem> {
    const EXPECTED: &str = "Datetime has wrong format. Use one of these formats instead: \
                            YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].";
    let Value::String(text) = value else { return Err(problem(EXPECTED)) };
    let text = text.trim();
    let read = text.parse::<Timestamp>().or_else(|_| {
        let local: civil::DateTime = text.parse()?;
        Ok::<_, jiff::Error>(local.to_zoned(TimeZone::UTC)?.timestamp())
    });
    let at = read.map_err(|_| problem(EXPECTED))?;
    match at.to_zoned(TimeZone::UTC).year() {
        1.. => Ok(at),
        _ => Err(problem("Datetime value out of range.")),
    }
}

/// An object of anything.
pub fn mapping(value: &Value) -> Result<&Map<String, Value>, Problem> {
    value.as_object().ok_or_else(|| {
        problem(format!("Expected a dictionary of items but got type \"{}\".", type_name(value)))
    })
}

/// One of these texts.
pub fn choice<'a>(value: &'a Value, choices: &[&str]) -> Result<&'a str, Problem> {
    match value.as_str() {
        Some(text) if choices.contains(&text) => Ok(text),
        _ => {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Err(problem(format!("\"{shown}\" is not a valid choice.")))
        }
    }
}

/// A list of plain values. Problems of its items are told by index.
pub fn list<'a, T>(
    value: &'a Value,
    item: impl Fn(&'a Value) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let Value::Array(items) = value else { return Err(problem(no_list(value))) };
    each(items, item)
}

/// A list of objects, which are told from plain values by where "this is no list" stands.
pub fn objects<'a, T>(
    value: &'a Value,
    item: impl Fn(&'a Value) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let Value::Array(items) = value else { return Err(json!({"non_field_errors": [no_list(value)]})) };
    each(items, item)
}

fn no_list(value: &Value) -> String {
    format!("Expected a list of items but got type \"{}\".", type_name(value))
}

fn each<'a, T>(
    items: &'a [Value],
    item: impl Fn(&'a Value) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let mut read = Vec::with_capacity(items.len());
    let mut problems = Map::new();
    for (index, value) in items.iter().enumerate() {
        let outcome = match value {
            Value::Null => Err(problem("This field may not be null.")),
            value => item(value),
        };
        match outcome {
            Ok(item) => read.push(item),
            Err(found) => {
                problems.insert(index.to_string(), found);
            }
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(Value::Object(problems)) }
}

#[cfg(test)]
mod tests {
    use super::{super::moment as written, *};

    #[test]
    fn integers_come_in_several_dresses() {
        for (value, expected) in [
            (json!(5), Some(5)),
            (json!("5"), Some(5)),
            (json!(" -5 "), Some(-5)),
            (json!(5.0), Some(5)),
            (json!("5.00"), Some(5)),
            (json!(5.5), None),
            (json!(1e300), None),
            (json!(true), None),
            (json!(""), None),
            (json!("5.5"), None),
            (json!([5]), None),
        ] {
            assert_eq!(integer(&value).ok(), expected, "{value}");
        }
        assert!(count(&json!(-1)).is_err());
        assert!(count(&json!(i64::MAX)).is_err());
        assert_eq!(count(&json!(i32::MAX)), Ok(i32::MAX));
    }

    #[test]
    fn moments_keep_their_microseconds_and_become_utc() {
        for (sent, expected) in [
            ("2026-03-04T09:30:00+00:00", Some("2026-03-04T09:30:00+00:00")),
            ("2026-03-04T09:30:00Z", Some("2026-03-04T09:30:00+00:00")),
            ("2026-03-04T09:30:00", Some("2026-03-04T09:30:00+00:00")),
            ("2026-03-04T09:30:00.123456+01:00", Some("2026-03-04T08:30:00.123456+00:00")),
            ("2026-03-04T09:30", Some("2026-03-04T09:30:00+00:00")),
            ("2026-03-04", Some("2026-03-04T00:00:00+00:00")),
            ("0000-01-01T00:00:00Z", None),
            ("yesterday", None),
            ("", None),
        ] {
            let read = moment(&json!(sent)).ok().map(written);
            assert_eq!(read.as_deref(), expected, "{sent}");
        }
    }

    #[test]
    fn texts_are_trimmed_and_blank_ones_refused() {
        assert_eq!(text(&json!("  a ")), Ok("a".to_owned()));
        assert_eq!(text(&json!(12)), Ok("12".to_owned()));
        for value in [json!(" "), json!(true), json!({}), json!("a\0b")] {
            assert!(text(&value).is_err(), "{value}");
        }
    }
}
