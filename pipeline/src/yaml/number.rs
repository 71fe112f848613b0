//! Numbers of any size, written as the format's messages and reports write them.
//!
//! Integers wider than a machine word occur in project files only by mistake, but they must be read and shown whole.

use std::fmt;

use super::MAX_DIGITS;

/// An integer of at most [`MAX_DIGITS`] digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Integer {
    Small(i64),
    /// Decimal digits, with a sign if negative; never one that fits [`Integer::Small`].
    Big(Box<str>),
}

impl Integer {
    /// The value of digits of a base of at most 16, without sign; none if there are more than [`MAX_DIGITS`] (256 of
    /// a base other than 10), or a digit is not one of the base.
    pub(crate) fn from_digits(negative: bool, digits: &str, base: u32) -> Option<Self> {
        let digits = digits.trim_start_matches('0');
        let decimal = if base == 10 { digits.to_owned() } else { decimal(digits, base)? };
        if decimal.len() > MAX_DIGITS {
            return None;
        }
        let decimal = if decimal.is_empty() { "0".to_owned() } else { decimal };
        let written = if negative { format!("-{decimal}") } else { decimal };
        Some(match written.parse() {
            Ok(small) => Self::Small(small),
            Err(_) => Self::Big(written.into()),
        })
    }

    /// The integer part of a finite number.
    pub(crate) fn truncated(float: f64) -> Option<Self> {
        let written = format!("{:.0}", float.trunc().abs());
        float.is_finite().then(|| Self::from_digits(float < 0.0, &written, 10)).flatten()
    }

    /// The nearest floating point number; infinite if there is none.
    pub(crate) fn to_f64(&self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss)]
            Self::Small(small) => *small as f64,
            Self::Big(digits) => digits.parse().unwrap_or(f64::NAN),
        }
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(small) => small.fmt(formatter),
            Self::Big(digits) => digits.fmt(formatter),
        }
    }
}

/// Digits of another base as decimal digits, by long multiplication in groups of nine digits.
fn decimal(digits: &str, base: u32) -> Option<String> {
    const GROUP: u64 = 1_000_000_000;
    // The work grows with the square of the length.
    const LONGEST: usize = 256;
    if digits.len() > LONGEST {
        return None;
    }
    let mut groups: Vec<u64> = Vec::new();
    for digit in digits.chars() {
        let mut carry = u64::from(digit.to_digit(base)?);
        for group in &mut groups {
            let value = *group * u64::from(base) + carry;
            *group = value % GROUP;
            carry = value / GROUP;
        }
        if carry > 0 {
            groups.push(carry);
        }
    }
    let mut text = groups.iter().rev().map(|group| format!("{group:09}")).collect::<String>();
    let zeros = text.len() - text.trim_start_matches('0').len();
    text.drain(..zeros);
    Some(text)
}

/// A floating point number as Python writes it: the shortest digits that read back the same, at least one after the
/// point, an exponent below 0.0001 and from 10 to the 16th.
pub(crate) fn python_float(float: f64) -> String {
    let size = float.abs();
    if float.is_nan() {
        "nan".to_owned()
    } else if float.is_infinite() {
        if float > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else if size == 0.0 || (1e-4..1e16).contains(&size) {
        format!("{float:?}")
    } else {
        let written = format!("{float:e}");
        let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        format!("{digits}e{sign}{exponent:0>2}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Integer, python_float};

    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (float, written) in [
            (6.0, "6.0"),
            (0.0, "0.0"),
            (-0.5, "-0.5"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e-5, "1.5e-05"),
            (1e300, "1e+300"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(python_float(float), written);
        }
    }

    #[test]
    fn integers_of_any_base_and_size_are_whole() {
        let written =
            |negative, digits, base| Integer::from_digits(negative, digits, base).map(|i| i.to_string());
        assert_eq!(written(false, "0010", 10).as_deref(), Some("10"));
        assert_eq!(written(true, "0", 10).as_deref(), Some("0"));
        assert_eq!(written(false, "1F", 16).as_deref(), Some("31"));
        assert_eq!(
            written(true, "ffffffffffffffffffffffff", 16).as_deref(),
            Some("-79228162514264337593543950335")
        );
        assert_eq!(written(false, "1000000000", 10).as_deref(), Some("1000000000"));
        assert_eq!(written(false, &"9".repeat(4301), 10), None);
        assert_eq!(
            Integer::truncated(1e22).map(|i| i.to_string()).as_deref(),
            Some("10000000000000000000000")
        );
    }
}
