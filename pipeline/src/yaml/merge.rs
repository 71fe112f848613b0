//! Makes a mapping of the pairs that stand in the text: finds keys given twice and applies merge keys.
//!
//! The merge key `<<` is an addition to YAML 1.1 (yaml.org/type/merge.html): the mapping's own keys win over merged
//! ones, and of several merged mappings the earlier wins.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::MAX_NODES;
use super::node::{Document, Key, NodeId, Scalar, Value};
use super::scalar::shortened;
use crate::error::Error;

/// A key and its value.
type Pair = (NodeId, NodeId);

/// What has become of the pairs of a mapping.
pub(super) struct Mapped {
    pub pairs: Vec<Pair>,
    /// How many pairs were copied out of other mappings.
    pub copied: usize,
    /// The first thing wrong with it, if any.
    pub problem: Option<Error>,
}

/// Make a mapping of pairs as written. Merged keys come first, and a key keeps the place where it first stood.
///
/// # Errors
/// More than `may_copy` pairs would have to be copied.
pub(super) fn map(document: &Document<'_>, written: Vec<Pair>, may_copy: usize) -> Result<Mapped, Error> {
    let is_merge = |key: NodeId| matches!(document.scalar(key), Some(Scalar::Merge));
    let (merges, own): (Vec<Pair>, Vec<Pair>) = written.into_iter().partition(|(key, _)| is_merge(*key));
    let mut problem = match merges.as_slice() {
        [(first, _), (second, _), ..] => Some(given_twice(document, *first, *second)),
        _ => None,
    };
    let sources = match merges.first().map(|(_, value)| merged(document, *value)) {
        None => Vec::new(),
        Some(Ok(sources)) => sources,
        Some(Err(error)) => {
            problem.get_or_insert(error);
            Vec::new()
        }
    };
    let copied = sources.iter().map(|source| source.len()).sum();
    if let Some((key, _)) = merges.first()
        && copied > may_copy
    {
        let sentence = format!("merge keys make the project file larger than {MAX_NODES} values");
        return Err(Error::yaml(document.at(*key), sentence));
    }
    let (own, twice) = combine(document, &[&own], OnRepeat::Refuse);
    let problem = problem.or(twice);
    if sources.is_empty() {
        return Ok(Mapped { pairs: own, copied, problem });
    }
    let mut layers = sources;
    layers.reverse();
    layers.push(&own);
    let (pairs, _) = combine(document, &layers, OnRepeat::Replace);
    Ok(Mapped { pairs, copied, problem })
}

/// The mappings that the value of a merge key names.
fn merged<'a>(document: &'a Document<'_>, value: NodeId) -> Result<Vec<&'a [Pair]>, Error> {
    let mapping = |id: NodeId| {
        document.mapping(id).ok_or_else(|| {
            let found = match document.value(id) {
                Value::Sequence(_) => "a list",
                _ => "a single value",
            };
            let sentence = format!("'<<' merges a mapping or a list of mappings, but this is {found}");
            Error::yaml(document.at(id), sentence)
        })
    };
    match document.sequence(value) {
        Some(items) => items.iter().map(|item| mapping(*item)).collect(),
        None => Ok(vec![mapping(value)?]),
    }
}

#[derive(PartialEq)]
enum OnRepeat {
    /// The first value stays, and the repetition is a problem.
    Refuse,
    /// The later value takes the place of the earlier.
    Replace,
}

/// Put pairs of several layers into one mapping.
fn combine(document: &Document<'_>, layers: &[&[Pair]], on_repeat: OnRepeat) -> (Vec<Pair>, Option<Error>) {
    let size = layers.iter().map(|layer| layer.len()).sum();
    let mut places: HashMap<Key<'_, '_>, usize> = HashMap::with_capacity(size);
    let mut pairs: Vec<Pair> = Vec::with_capacity(size);
    let mut problem = None;
    for (key, value) in layers.iter().copied().flatten().copied() {
        let Some(comparable) = document.key(key) else {
            problem.get_or_insert_with(|| {
                Error::yaml(
                    document.at(key),
                    "a collection this large, or containing itself, cannot be a key",
                )
            });
            continue;
        };
        match places.entry(comparable) {
            Entry::Vacant(place) => {
                place.insert(pairs.len());
                pairs.push((key, value));
            }
            Entry::Occupied(place) => match pairs.get_mut(*place.get()) {
                Some(pair) if on_repeat == OnRepeat::Replace => pair.1 = value,
                Some((first, _)) => {
                    let first = *first;
                    problem.get_or_insert_with(|| given_twice(document, first, key));
                }
                None => {}
            },
        }
    }
    (pairs, problem)
}

fn given_twice(document: &Document<'_>, first: NodeId, second: NodeId) -> Error {
    let at = document.at(first);
    let name = match document.scalar(second) {
        Some(scalar) => scalar.shown().into_owned(),
        None => document.collection_text(second).unwrap_or_default(),
    };
    let sentence = format!(
        "the key '{}' is given a second time in this mapping; the first time was line {}, column {}",
        shortened(&name),
        at.line,
        at.column
    );
    Error::yaml(document.at(second), sentence)
}
