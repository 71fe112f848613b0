//! The rules for the outputs of an action: levels, names, patterns.

use super::{A_DICTIONARY, A_STRING, Reader, Section, shown, wrong_type};
use crate::error::{Error, Position};
use crate::model::{Outputs, PrivacyLevel};
use crate::paths;
use crate::yaml::NodeId;

/// An output of a level, not yet checked.
struct Entry<'a> {
    level: PrivacyLevel,
    name: NodeId,
    path: &'a str,
    at: Position,
}

/// Read the outputs of the action called `action`.
///
/// # Errors
/// The first rule broken.
pub(super) fn read(
    reader: &mut Reader<'_, '_>,
    levels: &[(NodeId, NodeId)],
    action: &str,
    at: Position,
) -> Result<Vec<Outputs>, Error> {
    let document = reader.document;
    reader.budget.steps(levels.len(), at)?;
    let present: Vec<(PrivacyLevel, NodeId)> = PrivacyLevel::ALL
        .into_iter()
        .filter_map(|level| {
            let named = levels.iter().find(|(key, _)| document.text(*key) == Some(level.as_str()));
            named.map(|(_, value)| (level, *value)).filter(|(_, value)| !document.is_null(*value))
        })
        .collect();
    if present.is_empty() {
        let names = PrivacyLevel::ALL.map(PrivacyLevel::as_str).join(", ");
        return Err(Error::validation(Some(at), format!("must specify at least one output of: {names}")));
    }
    Section::read(document, levels, &format!("`outputs` of action {action}"))?.refuse_unknown(
        &PrivacyLevel::ALL.map(PrivacyLevel::as_str),
        &format!("in `outputs` section for action {action}"),
    )?;

    let entries = present
        .iter()
        .map(|(level, outputs)| entries(reader, *level, *outputs, action))
        .collect::<Result<Vec<_>, _>>()?;
    for Entry { level, path, at, .. } in entries.iter().flatten() {
        paths::check(path, *level).map_err(|reason| {
            Error::validation(Some(*at), format!("Output path {path} is invalid: {reason}"))
        })?;
    }
    let named = |entry: &Entry<'_>| (shown(document, entry.name), entry.path.to_owned());
    let outputs = present
        .iter()
        .zip(&entries)
        .map(|((level, _), entries)| Outputs { level: *level, paths: entries.iter().map(named).collect() });
    Ok(outputs.collect())
}

/// Names and paths of a level.
fn entries<'a>(
    reader: &mut Reader<'a, '_>,
    level: PrivacyLevel,
    outputs: NodeId,
    action: &str,
) -> Result<Vec<Entry<'a>>, Error> {
    let document = reader.document;
    let Some(pairs) = document.mapping(outputs) else {
        let what = format!("`{}` section for action {action}", level.as_str());
        return Err(wrong_type(document.at(outputs), &what, A_DICTIONARY));
    };
    let entry = |(name, path): &(NodeId, NodeId)| {
        let at = document.at(*path);
        let Some(path) = document.text(*path) else {
            let what = format!("`{}` output for action {action}", shown(document, *name));
            return Err(wrong_type(at, &what, A_STRING));
        };
        // The name is written out as well.
        reader.budget.entry(path, at)?;
        reader.budget.entry(document.text(*name).unwrap_or_default(), at)?;
        Ok(Entry { level, name: *name, path, at })
    };
    pairs.iter().map(entry).collect()
}
