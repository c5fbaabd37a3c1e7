//! What is gathered while a text is read: problems, and the places of steps.

use std::cell::RefCell;

use kdl::KdlNode;
use miette::SourceSpan;

use super::problem::{Problem, ProblemKind};
use super::scope::Where;
use crate::model::{Path, Place};

/// What is gathered while a text is read.
#[derive(Debug, Default)]
pub struct Context {
    /// The words that may stand somewhere.
    words: Option<Words>,
    problems: RefCell<Vec<Problem>>,
    spans: RefCell<Spans>,
}

/// Gives the words that may stand somewhere.
pub(super) type Words = fn(Where) -> Vec<&'static str>;

/// Where the parts of a script stand in its text.
#[derive(Debug, Clone, Default)]
pub struct Spans {
    script: Option<SourceSpan>,
    chains: Vec<Part>,
    steps: Vec<Part>,
    /// Whether fields that are noted are those of the last chain, not of the last step.
    in_chain: bool,
}

#[derive(Debug, Clone)]
struct Part {
    span: SourceSpan,
    fields: Vec<(String, SourceSpan)>,
}

impl Spans {
    /// Where a part stands, or one of its fields: the innermost that the text has of it.
    pub fn of(&self, place: Place, field: Option<&str>) -> SourceSpan {
        let part = match place {
            Place::Script => None,
            Place::Chain(at) => self.chains.get(at),
            Place::Step(number) => self.steps.get(number),
        };
        let Some(part) = part else {
            return self.script.unwrap_or_else(|| (0..0).into());
        };
        let mut path = field.unwrap_or_default();
        loop {
            if let Some((_, span)) = part.fields.iter().find(|(name, _)| name == path) {
                return *span;
            }
            match path.rsplit_once('.') {
                Some((outer, _)) => path = outer,
                None => return part.span,
            }
        }
    }
}

impl Context {
    /// A context that can suggest words.
    pub(super) fn knowing(words: Words) -> Self {
        Self {
            words: Some(words),
            ..Self::default()
        }
    }

    /// Notes a problem.
    pub fn add(&self, span: SourceSpan, kind: ProblemKind) {
        self.problems.borrow_mut().push(Problem { span, kind });
    }

    /// Notes a node that means nothing here.
    pub(super) fn unknown_verb(&self, node: &KdlNode, place: Where) {
        let found = node.name().value().to_owned();
        let known = self.words.map_or_else(Vec::new, |words| words(place));
        self.add(
            node.name().span(),
            ProblemKind::UnknownVerb {
                found,
                place,
                known,
            },
        );
    }

    /// Notes where the script stands.
    pub(super) fn script_at(&self, span: SourceSpan) {
        self.spans.borrow_mut().script = Some(span);
    }

    /// Reads a step that stands at `span`; one that cannot be read has no number.
    pub(super) fn step<T>(&self, span: SourceSpan, read: impl FnOnce() -> Option<T>) -> Option<T> {
        let number = self.spans.borrow().steps.len();
        self.spans.borrow_mut().in_chain = false;
        self.spans.borrow_mut().steps.push(Part::at(span));
        let step = read();
        if step.is_none() {
            self.spans.borrow_mut().steps.truncate(number);
        }
        step
    }

    /// Notes where a chain stands.
    pub(super) fn chain_at(&self, span: SourceSpan) {
        self.spans.borrow_mut().in_chain = true;
        self.spans.borrow_mut().chains.push(Part::at(span));
    }

    /// Notes where a field of the step, or of the chain, that is being read stands.
    pub(super) fn field_at(&self, path: impl Into<String>, span: SourceSpan) {
        let spans = &mut *self.spans.borrow_mut();
        let parts = if spans.in_chain {
            &mut spans.chains
        } else {
            &mut spans.steps
        };
        if let Some(part) = parts.last_mut() {
            part.fields.push((path.into(), span));
        }
    }

    /// As [`Context::field_at`], for a path.
    pub(super) fn path_at(&self, path: &Path, span: SourceSpan) {
        self.field_at(path.as_str(), span);
    }

    /// The problems that were found, and where the parts of the script stand.
    pub fn into_parts(self) -> (Vec<Problem>, Spans) {
        (self.problems.into_inner(), self.spans.into_inner())
    }
}

impl Part {
    fn at(span: SourceSpan) -> Self {
        Self {
            span,
            fields: Vec::new(),
        }
    }
}
