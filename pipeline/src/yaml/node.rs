//! The tree of a YAML document.
//!
//! Nodes lie in one vector and refer to each other by index, so an alias costs an index however often it is used, a
//! node may contain itself, and nothing recurses when the tree is dropped.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};

use super::number::{Integer, python_float};
use crate::error::Position;

/// The index of a node in its document.
pub(crate) type NodeId = u32;

/// One YAML document.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    pub(super) nodes: Vec<Node<'t>>,
    pub(super) root: NodeId,
}

#[derive(Debug)]
pub(super) struct Node<'t> {
    pub value: Value<'t>,
    pub at: Position,
}

#[derive(Debug)]
pub(crate) enum Value<'t> {
    Scalar(Scalar<'t>),
    Sequence(Vec<NodeId>),
    /// Keys and values; no key occurs twice.
    Mapping(Vec<(NodeId, NodeId)>),
}

/// A scalar with the type its text or tag gives it.
#[derive(Clone, Debug)]
pub(crate) enum Scalar<'t> {
    Null,
    Bool(bool),
    Integer(Integer),
    Float(f64),
    Date(Cow<'t, str>),
    Timestamp(Cow<'t, str>),
    Text(Cow<'t, str>),
    /// A bare `<<`, which as a key merges other mappings.
    Merge,
    /// A text under a tag that nobody knows: not a string, whatever it looks like.
    Tagged(Cow<'t, str>),
}

static NULL: Value<'static> = Value::Scalar(Scalar::Null);
const START: Position = Position { line: 1, column: 1 };

impl<'t> Document<'t> {
    pub(crate) fn root(&self) -> NodeId {
        self.root
    }

    pub(crate) fn value(&self, id: NodeId) -> &Value<'t> {
        self.nodes.get(id as usize).map_or(&NULL, |node| &node.value)
    }

    /// Where the node begins.
    pub(crate) fn at(&self, id: NodeId) -> Position {
        self.nodes.get(id as usize).map_or(START, |node| node.at)
    }

    /// The pairs of a mapping, or none if the node is something else.
    pub(crate) fn mapping(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match self.value(id) {
            Value::Mapping(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The items of a sequence, or none if the node is something else.
    pub(crate) fn sequence(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.value(id) {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn scalar(&self, id: NodeId) -> Option<&Scalar<'t>> {
        match self.value(id) {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a string, or none if the node is something else.
    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        match self.value(id) {
            Value::Scalar(Scalar::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self, id: NodeId) -> bool {
        matches!(self.value(id), Value::Scalar(Scalar::Null))
    }

    /// A key that equals another if the two have the same type and value. Collections are compared by their text; none
    /// if that would be long.
    pub(super) fn key(&self, id: NodeId) -> Option<Key<'_, 't>> {
        match self.value(id) {
            Value::Scalar(scalar) => Some(Key::Scalar(scalar)),
            _ => self.collection_text(id).map(Key::Collection),
        }
    }

    /// The text of a key that is a collection, or none if it is large or contains itself.
    pub(crate) fn collection_text(&self, id: NodeId) -> Option<String> {
        let mut text = String::new();
        let mut open = HashSet::new();
        self.write_collection(id, &mut text, &mut open).then_some(text)
    }

    fn write_collection(&self, id: NodeId, text: &mut String, open: &mut HashSet<NodeId>) -> bool {
        const MAX_TEXT: usize = 4096;
        const MAX_OPEN: usize = 32;
        if text.len() > MAX_TEXT || open.len() > MAX_OPEN {
            return false;
        }
        let mut write = |children: &mut dyn Iterator<Item = NodeId>, brackets: (char, char)| {
            if !open.insert(id) {
                return false;
            }
            text.push(brackets.0);
            for (index, child) in children.enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                if !self.write_collection(child, text, open) {
                    return false;
                }
            }
            text.push(brackets.1);
            open.remove(&id);
            true
        };
        match self.value(id) {
            Value::Scalar(scalar @ Scalar::Text(_)) => {
                text.push_str(&format!("'{}'", scalar.shown()));
                true
            }
            Value::Scalar(scalar) => {
                text.push_str(&scalar.shown());
                true
            }
            Value::Sequence(items) => write(&mut items.iter().copied(), ('[', ']')),
            Value::Mapping(pairs) => {
                write(&mut pairs.iter().flat_map(|(key, value)| [*key, *value]), ('{', '}'))
            }
        }
    }
}

/// A mapping key, to be compared with others of the same mapping.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Key<'a, 't> {
    Scalar(&'a Scalar<'t>),
    Collection(String),
}

impl Scalar<'_> {
    /// The scalar as the format's messages write it.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Null => "None".into(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Integer(integer) => integer.to_string().into(),
            Self::Float(float) => python_float(*float).into(),
            Self::Merge => "<<".into(),
            Self::Date(text) | Self::Timestamp(text) | Self::Text(text) | Self::Tagged(text) => {
                text.as_ref().into()
            }
        }
    }

    /// The scalar without its text.
    pub(crate) fn into_owned(self) -> Scalar<'static> {
        match self {
            Self::Null => Scalar::Null,
            Self::Bool(value) => Scalar::Bool(value),
            Self::Integer(integer) => Scalar::Integer(integer),
            Self::Float(float) => Scalar::Float(float),
            Self::Merge => Scalar::Merge,
            Self::Date(text) => Scalar::Date(text.into_owned().into()),
            Self::Timestamp(text) => Scalar::Timestamp(text.into_owned().into()),
            Self::Text(text) => Scalar::Text(text.into_owned().into()),
            Self::Tagged(text) => Scalar::Tagged(text.into_owned().into()),
        }
    }
}

impl PartialEq for Scalar<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) | (Self::Merge, Self::Merge) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Date(a), Self::Date(b))
            | (Self::Timestamp(a), Self::Timestamp(b))
            | (Self::Text(a), Self::Text(b))
            | (Self::Tagged(a), Self::Tagged(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Scalar<'_> {}

impl Hash for Scalar<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null | Self::Merge => {}
            Self::Bool(value) => value.hash(state),
            Self::Integer(integer) => integer.hash(state),
            Self::Float(float) => float.to_bits().hash(state),
            Self::Date(text) | Self::Timestamp(text) | Self::Text(text) | Self::Tagged(text) => {
                text.hash(state)
            }
        }
    }
}
