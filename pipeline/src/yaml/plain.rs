//! A part of a document that outlives its text: what is shown, not acted on.
//!
//! Aliases may make a small text into a huge value, so a budget bounds what is copied; what passes it is left out.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::node::{Document, NodeId, Scalar, Value};
use super::number::{Integer, python_float};

/// A value to show. Serialises as JSON that loses nothing: what JSON has no way to write becomes a text or an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plain {
    Null,
    Bool(bool),
    Integer(Integer),
    Float(f64),
    Date(String),
    Timestamp(String),
    Text(String),
    List(Vec<Plain>),
    Map(Vec<(String, Plain)>),
    /// Too large or too deep to write out.
    LeftOut,
}

/// How much may still be copied out of one document.
pub(crate) struct PlainBudget {
    units: usize,
}

/// What one value may use up. A unit is a node or 16 bytes of its text.
const UNITS_OF_A_VALUE: usize = 50_000;
/// What all values of a document may use up.
const UNITS_OF_A_DOCUMENT: usize = 1_000_000;
const MAX_DEPTH: usize = 64;

impl PlainBudget {
    pub(crate) fn new() -> Self {
        Self { units: UNITS_OF_A_DOCUMENT }
    }

    /// Copy a value, or say that it is left out.
    pub(crate) fn copy(&mut self, document: &Document<'_>, id: NodeId) -> Plain {
        let granted = self.units.min(UNITS_OF_A_VALUE);
        let mut left = granted;
        let copy = copy(document, id, &mut left, MAX_DEPTH);
        self.units = self.units.saturating_sub(granted - left);
        copy.unwrap_or(Plain::LeftOut)
    }
}

/// Copy a value, or none if the units or levels do not suffice.
fn copy(document: &Document<'_>, id: NodeId, units: &mut usize, levels: usize) -> Option<Plain> {
    let levels = levels.checked_sub(1)?;
    match document.value(id) {
        Value::Scalar(scalar) => {
            let text = scalar.shown();
            *units = units.checked_sub(1 + text.len() / 16)?;
            Some(Plain::from(scalar))
        }
        Value::Sequence(items) => {
            *units = units.checked_sub(1)?;
            items
                .iter()
                .map(|item| copy(document, *item, units, levels))
                .collect::<Option<_>>()
                .map(Plain::List)
        }
        Value::Mapping(pairs) => {
            *units = units.checked_sub(1)?;
            let pair = |(key, value): &(NodeId, NodeId)| {
                let key = key_text(document, *key);
                *units = units.checked_sub(1 + key.len() / 16)?;
                Some((key, copy(document, *value, units, levels)?))
            };
            pairs.iter().map(pair).collect::<Option<_>>().map(Plain::Map)
        }
    }
}

/// A key as JSON has it: a text, with the type before it if it is another.
fn key_text(document: &Document<'_>, id: NodeId) -> String {
    let Some(scalar) = document.scalar(id) else {
        return document.collection_text(id).unwrap_or_default();
    };
    let shown = scalar.shown();
    match scalar {
        Scalar::Text(_) | Scalar::Tagged(_) | Scalar::Merge => shown.into_owned(),
        Scalar::Null => format!("NoneType:{shown}"),
        Scalar::Bool(_) => format!("bool:{shown}"),
        Scalar::Integer(_) => format!("int:{shown}"),
        Scalar::Float(_) => format!("float:{shown}"),
        Scalar::Date(_) => format!("date:{shown}"),
        Scalar::Timestamp(_) => format!("datetime:{shown}"),
    }
}

impl From<&Scalar<'_>> for Plain {
    fn from(scalar: &Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Bool(*value),
            Scalar::Integer(integer) => Self::Integer(integer.clone()),
            Scalar::Float(float) => Self::Float(*float),
            Scalar::Date(text) => Self::Date(text.to_string()),
            Scalar::Timestamp(text) => Self::Timestamp(text.to_string()),
            Scalar::Text(text) | Scalar::Tagged(text) => Self::Text(text.to_string()),
            Scalar::Merge => Self::Text(scalar.shown().into_owned()),
        }
    }
}

impl Serialize for Plain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(integer) => integer.serialize(serializer),
            Self::Float(float) if float.is_finite() => serializer.serialize_f64(*float),
            Self::Float(float) => serializer.serialize_str(&python_float(*float)),
            Self::Date(text) => python_value(serializer, "date", text),
            Self::Timestamp(text) => python_value(serializer, "datetime", text),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                pairs.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::LeftOut => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("left_out", "too large or deep")?;
                map.end()
            }
        }
    }
}

/// A value of a type that JSON lacks.
fn python_value<S: Serializer>(serializer: S, kind: &str, text: &str) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("python", kind)?;
    map.serialize_entry("text", text)?;
    map.end()
}

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Small(small) => serializer.serialize_i64(*small),
            Self::Big(digits) => match RawValue::from_string(digits.to_string()) {
                Ok(number) => number.serialize(serializer),
                Err(_) => serializer.serialize_str(digits),
            },
        }
    }
}
