//! Builds the tree of a document from the events of the YAML parser.
//!
//! Only this module and its sentences name the parser crate. Nothing here recurses, so depth costs no stack. A syntax
//! error anywhere is reported before a key given twice or a wrong merge, and of those the outermost comes first, because
//! the reference library reads the whole text before it makes values of it, level by level.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, Tag};

use super::gaps::Gaps;
use super::merge::{Mapped, map};
use super::node::{Document, Node, NodeId, Scalar, Value};
use super::scalar::{plain, tagged};
use super::{MAX_DEPTH, MAX_NODES, characters, quotes, sentences};
use crate::error::{Error, Position};

/// Compose the only document of a text.
///
/// # Errors
/// As [`super::read`], but for size and forbidden characters.
pub(super) fn compose(text: &str) -> Result<Document<'_>, Failure> {
    let mut composer = Composer::new();
    let mut gaps = Gaps::new(text);
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.block_nesting_limit = MAX_DEPTH;
    options.flow_nesting_limit = MAX_DEPTH;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax_error(text, &mut gaps, &error))?;
        gaps.pass(&event, &span)?;
        composer.take(event, &span)?;
    }
    gaps.end(text.len())?;
    Ok(composer.finish()?)
}

/// Why a text is no document, and perhaps the same text without what the parser stumbled over.
pub(super) struct Failure {
    pub error: Error,
    pub repaired: Option<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, repaired: None }
    }
}

struct Composer<'t> {
    document: Document<'t>,
    /// Nodes by the number the parser gives their anchor.
    anchors: Vec<Option<NodeId>>,
    open: Vec<Collection>,
    has_root: bool,
    documents: usize,
    /// Entries that merge keys have copied.
    merged: usize,
    /// What is wrong with a node, though the syntax is right.
    problems: Vec<(NodeId, Error)>,
}

enum Collection {
    Sequence { id: NodeId, items: Vec<NodeId> },
    Mapping { id: NodeId, pairs: Vec<(NodeId, NodeId)>, key: Option<NodeId> },
}

impl<'t> Composer<'t> {
    fn new() -> Self {
        Self {
            document: Document { nodes: Vec::new(), root: 0 },
            anchors: Vec::new(),
            open: Vec::new(),
            has_root: false,
            documents: 0,
            merged: 0,
            problems: Vec::new(),
        }
    }

    fn take(&mut self, event: Event<'t>, span: &Span) -> Result<(), Error> {
        let at = position(span);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Error::yaml(
                        at,
                        "a second document begins, and a project file holds only one",
                    ));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let id = self.next_id(at)?;
                let scalar = scalar(text, style, tag.as_deref()).unwrap_or_else(|sentence| {
                    let place = format!("Line {}, column {}: {sentence}.", at.line, at.column);
                    self.problems.push((id, Error::internal(Some(at), place)));
                    Scalar::Null
                });
                self.document.nodes.push(Node { value: Value::Scalar(scalar), at });
                self.anchor(anchor, id);
                self.attach(id);
            }
            Event::SequenceStart(_, anchor, _) => {
                let id = self.start(at, anchor, Value::Sequence(Vec::new()))?;
                self.open.push(Collection::Sequence { id, items: Vec::new() });
            }
            Event::MappingStart(_, anchor, _) => {
                let id = self.start(at, anchor, Value::Mapping(Vec::new()))?;
                self.open.push(Collection::Mapping { id, pairs: Vec::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
            Event::Alias(anchor) => match self.anchors.get(anchor).copied().flatten() {
                Some(id) => self.attach(id),
                None => return Err(Error::yaml(at, sentences::UNKNOWN_ALIAS)),
            },
            Event::UnresolvedAlias(_) => return Err(Error::yaml(at, sentences::UNKNOWN_ALIAS)),
            _ => {}
        }
        Ok(())
    }

    fn next_id(&self, at: Position) -> Result<NodeId, Error> {
        let too_many = || Error::yaml(at, format!("the project file has more than {MAX_NODES} values"));
        if self.document.nodes.len() + self.merged >= MAX_NODES {
            return Err(too_many());
        }
        NodeId::try_from(self.document.nodes.len()).map_err(|_| too_many())
    }

    fn start(&mut self, at: Position, anchor: usize, empty: Value<'t>) -> Result<NodeId, Error> {
        let id = self.next_id(at)?;
        self.document.nodes.push(Node { value: empty, at });
        self.anchor(anchor, id);
        Ok(id)
    }

    fn anchor(&mut self, anchor: usize, id: NodeId) {
        if anchor > 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, None);
            }
            if let Some(slot) = self.anchors.get_mut(anchor) {
                *slot = Some(id);
            }
        }
    }

    /// Give a complete node, or an alias of one, to the collection it stands in.
    fn attach(&mut self, id: NodeId) {
        match self.open.last_mut() {
            None => {
                self.document.root = id;
                self.has_root = true;
            }
            Some(Collection::Sequence { items, .. }) => items.push(id),
            Some(Collection::Mapping { pairs, key, .. }) => match key.take() {
                Some(key) => pairs.push((key, id)),
                None => *key = Some(id),
            },
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        let (id, value) = match self.open.pop() {
            None => return Ok(()),
            Some(Collection::Sequence { id, items }) => (id, Value::Sequence(items)),
            Some(Collection::Mapping { id, pairs, .. }) => {
                let Mapped { pairs, copied, problem } = map(&self.document, pairs, MAX_NODES - self.merged)?;
                self.merged += copied;
                self.problems.extend(problem.map(|problem| (id, problem)));
                (id, Value::Mapping(pairs))
            }
        };
        if let Some(node) = self.document.nodes.get_mut(id as usize) {
            node.value = value;
        }
        self.attach(id);
        Ok(())
    }

    fn finish(mut self) -> Result<Document<'t>, Error> {
        if !self.has_root {
            let at = Position { line: 1, column: 1 };
            self.document.root = self.next_id(at)?;
            self.document.nodes.push(Node { value: Value::Scalar(Scalar::Null), at });
        }
        match first_problem(&self.document, self.problems) {
            Some(problem) => Err(problem),
            None => Ok(self.document),
        }
    }
}

/// The problem nearest to the root; among those of a level, the first.
fn first_problem(document: &Document<'_>, mut problems: Vec<(NodeId, Error)>) -> Option<Error> {
    if problems.len() < 2 {
        return problems.pop().map(|(_, problem)| problem);
    }
    let wrong: HashSet<NodeId> = problems.iter().map(|(id, _)| *id).collect();
    let mut seen = HashSet::from([document.root]);
    let mut queue = VecDeque::from([document.root]);
    while let Some(id) = queue.pop_front() {
        if wrong.contains(&id) {
            return problems.into_iter().find(|(wrong, _)| *wrong == id).map(|(_, problem)| problem);
        }
        let mut visit = |child: NodeId| {
            if seen.insert(child) {
                queue.push_back(child);
            }
        };
        match document.value(id) {
            Value::Scalar(_) => {}
            Value::Sequence(items) => items.iter().copied().for_each(visit),
            Value::Mapping(pairs) => pairs.iter().for_each(|(key, value)| {
                visit(*key);
                visit(*value);
            }),
        }
    }
    // A key given twice is no longer part of its mapping, and neither is what stands below it.
    problems.into_iter().next().map(|(_, problem)| problem)
}

fn scalar<'t>(text: Cow<'t, str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<Scalar<'t>, String> {
    match tag {
        None if matches!(style, ScalarStyle::Plain) => plain(text),
        None => Ok(Scalar::Text(text)),
        // A lone exclamation mark forbids guessing a type.
        Some(tag) if tag.original() == "!" => Ok(Scalar::Text(text)),
        Some(tag) => match tag.core_suffix() {
            Some(suffix) => tagged(suffix, text),
            None => Ok(Scalar::Tagged(text)),
        },
    }
}

fn position(span: &Span) -> Position {
    place(span.start.line(), span.start.col())
}

/// A place out of a line counted from 1 and a column counted from 0.
fn place(line: usize, column: usize) -> Position {
    let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Position { line: narrow(line), column: narrow(column).saturating_add(1) }
}

/// The sentence for what the parser found, unless a tab before it is what the runner's reader would find.
fn syntax_error(text: &str, gaps: &mut Gaps<'_>, error: &ScanError) -> Failure {
    let open = match error.kind() {
        ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::TabInIndentation
        | ErrorKind::DocumentIndicatorInQuotedScalar
        | ErrorKind::UnclosedQuotedScalar => gaps.open_quote(error),
        // If another quote follows at once, the runner's reader goes on to its end.
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            gaps.open_quote(error).filter(|open| {
                let between = error.marker().byte_offset().and_then(|offset| text.get(offset..*open));
                quotes::closing(text, *open).is_none()
                    && between.is_some_and(|between| between.trim().is_empty())
            })
        }
        _ => None,
    };
    let end = open.or(error.marker().byte_offset()).unwrap_or(text.len());
    if let Err(tab) = gaps.end(end) {
        return tab.into();
    }
    if matches!(error.kind(), ErrorKind::TabInPlainScalar) {
        let tab = text.get(end..).and_then(|rest| rest.find('\t')).unwrap_or_default();
        return Error::yaml(characters::position(text, end + tab), sentences::TAB).into();
    }
    let mut at = place(error.marker().line(), error.marker().col());
    if let Some(open) = open {
        let begun = characters::position(text, open);
        let Some(close) = quotes::closing(text, open) else {
            return Error::yaml(characters::position(text, text.len()), sentences::unclosed_quote(begun))
                .into();
        };
        let is_repairable = !matches!(error.kind(), ErrorKind::DocumentIndicatorInQuotedScalar);
        let repaired = is_repairable.then(|| quotes::indented(text, open, close)).flatten();
        return Failure { error: Error::yaml(at, sentences::describe(text, error)), repaired };
    }
    if matches!(error.kind(), ErrorKind::UnclosedFlowCollection { .. }) {
        at = characters::position(text, text.len());
    }
    if matches!(error.kind(), ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey) {
        let begun = at;
        at = sentences::where_colon_is_missed(text, begun);
        return Error::yaml(at, sentences::missing_colon(text, begun)).into();
    }
    Error::yaml(at, sentences::describe(text, error)).into()
}
