//! The rules of the project file format, in the order in which they are checked.
//!
//! Only the first broken rule is reported, so the order is part of the behaviour: the project's own keys, then each
//! action in file order, then what concerns several actions. Texts of broken rules are those of the format; what the
//! format does not foresee gets a sentence of ours.

mod action;
mod budget;
mod dataset;
mod expectations;
mod outputs;
mod version;
mod whole;

use crate::error::{Error, Position};
use crate::model::Pipeline;
use crate::yaml::{Document, NodeId, PlainBudget, Value};
use action::Draft;
use budget::Budget;

/// Check a document and make a project of it.
///
/// # Errors
/// The first rule broken.
pub(crate) fn project(document: &Document<'_>) -> Result<Pipeline, Error> {
    let root = document.root();
    let Some(pairs) = document.mapping(root) else {
        let found = match document.value(root) {
            Value::Sequence(_) => "it is a list",
            Value::Scalar(_) if document.is_null(root) => "it is empty",
            _ => "it is a single value",
        };
        let message = format!("A project file must be a mapping with `version` and `actions`, but {found}.");
        return Err(Error::internal(Some(document.at(root)), message));
    };
    let project = Section::read(document, pairs, "the project")?;
    project.refuse_unknown(&["version", "actions", "expectations"], "in project")?;
    let version = version::read(document, &project)?;
    let actions = project.get("actions").filter(|actions| document.mapping(*actions).is_some());
    let pairs = actions.and_then(|actions| document.mapping(actions)).ok_or_else(|| {
        let at = project.get("actions").map(|actions| document.at(actions));
        Error::validation(at, "Project `actions` section must be a dictionary of key/value pairs")
    })?;

    let mut reader = Reader { document, version, budget: Budget::new(), plain: PlainBudget::new() };
    let drafts =
        pairs.iter().map(|(name, action)| reader.action(*name, *action)).collect::<Result<Vec<_>, _>>()?;
    whole::check(&drafts, version)?;
    let population_size = expectations::read(document, project.get("expectations"), version)?;
    let actions = drafts.into_iter().map(Draft::finish).collect();
    Ok(Pipeline { version, actions, population_size })
}

/// What reading an action takes.
struct Reader<'a, 't> {
    document: &'a Document<'t>,
    version: f64,
    budget: Budget,
    plain: PlainBudget,
}

/// A mapping whose keys are names of the format.
struct Section<'a, 't> {
    document: &'a Document<'t>,
    pairs: Vec<(&'a str, NodeId, NodeId)>,
}

impl<'a, 't> Section<'a, 't> {
    /// Read a mapping of which `whose` is a name for messages.
    ///
    /// # Errors
    /// A key is not a string.
    fn read(document: &'a Document<'t>, pairs: &'a [(NodeId, NodeId)], whose: &str) -> Result<Self, Error> {
        let named = pairs.iter().map(|(key, value)| {
            document.text(*key).map(|name| (name, *key, *value)).ok_or_else(|| {
                let shown = shown(document, *key);
                let message = format!(
                    "The keys of {whose} must be texts, but {shown} is not one; put quotes around it."
                );
                Error::internal(Some(document.at(*key)), message)
            })
        });
        Ok(Self { document, pairs: named.collect::<Result<_, _>>()? })
    }

    /// The value of a key, even if null.
    fn get(&self, name: &str) -> Option<NodeId> {
        self.pairs.iter().find(|(key, ..)| *key == name).map(|(.., value)| *value)
    }

    /// The value of a key that may as well be null.
    fn optional(&self, name: &str) -> Option<NodeId> {
        self.get(name).filter(|value| !self.document.is_null(*value))
    }

    /// Refuse keys the format does not have, naming all of them.
    fn refuse_unknown(&self, known: &[&str], place: &str) -> Result<(), Error> {
        let unknown = self.pairs.iter().filter(|(name, ..)| !known.contains(name));
        let names: Vec<&str> = unknown.clone().map(|(name, ..)| *name).collect();
        match unknown.map(|(_, key, _)| *key).next() {
            None => Ok(()),
            Some(first) => {
                let text = format!("Unexpected parameters ({}) {place}", names.join(", "));
                Err(Error::validation(Some(self.document.at(first)), text))
            }
        }
    }
}

/// A value for a message.
fn shown(document: &Document<'_>, id: NodeId) -> String {
    match document.scalar(id) {
        Some(scalar) => scalar.shown().into_owned(),
        None => document.collection_text(id).unwrap_or_else(|| "a large collection".to_owned()),
    }
}

/// The error for a value of the wrong type.
fn wrong_type(at: Position, what: &str, wanted: &str) -> Error {
    Error::validation(Some(at), format!("{what} must be {wanted}"))
}

const A_DICTIONARY: &str = "a dictionary of key/value pairs";
const A_STRING: &str = "a string";
const A_LIST: &str = "a list";
