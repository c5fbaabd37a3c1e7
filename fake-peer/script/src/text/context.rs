//! What is collected while a text is read: problems, and the places of steps.

use std::cell::{Cell, RefCell};

use kdl::KdlNode;
use miette::SourceSpan;

use super::problem::{Problem, ProblemKind, moved};
use super::scope::Where;
use crate::model::{Path, Place};

/// What is collected while a text is read.
#[derive(Debug, Default)]
pub struct Context {
    /// The function that gives the words for a hint.
    words: Option<Words>,
    problems: RefCell<Vec<Problem>>,
    spans: RefCell<Spans>,
    /// The offset of the part of the text that is being read. Spans are relative to it until they
    /// are noted.
    base: Cell<usize>,
    /// Whether the places of the fields of the first step are kept.
    keeps_fields: bool,
}

/// Returns the words that are valid at a place.
pub(super) type Words = fn(Where) -> Vec<&'static str>;

/// The places of the parts of a script in its text.
///
/// For a step, only the place of its verb is kept: a script may have a million steps.
#[derive(Debug, Clone, Default)]
pub struct Spans {
    script: Option<SourceSpan>,
    fields_of_script: Fields,
    chains: Vec<Part>,
    steps: Vec<Verb>,
    /// The fields of the first step, if they are kept.
    fields: Fields,
    /// Whether fields that are noted are those of the last chain, not of the last step.
    in_chain: bool,
}

#[derive(Debug, Clone)]
struct Part {
    span: SourceSpan,
    fields: Fields,
}

/// The offset and the length of a verb.
#[derive(Debug, Clone, Copy)]
struct Verb {
    offset: u32,
    length: u32,
}

/// The places of the fields of a part, by their paths.
#[derive(Debug, Clone, Default)]
struct Fields(Vec<(String, SourceSpan)>);

impl Fields {
    /// The place of a field, or of the innermost field around it.
    fn innermost(&self, path: &str) -> Option<SourceSpan> {
        let mut path = path;
        loop {
            if let Some((_, span)) = self.0.iter().find(|(name, _)| name == path) {
                return Some(*span);
            }
            (path, _) = path.rsplit_once('.')?;
        }
    }
}

impl Verb {
    fn new(span: SourceSpan) -> Self {
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            offset: number(span.offset()),
            length: number(span.len()),
        }
    }

    fn span(self) -> SourceSpan {
        (self.offset as usize, self.length as usize).into()
    }
}

impl Spans {
    /// The place of a part. For a step, or a branch of one, it is the place of its verb.
    pub fn of(&self, place: Place) -> SourceSpan {
        let found = match place {
            Place::Script => None,
            Place::Chain(at) => self.chains.get(at).map(|part| part.span),
            Place::Step(number) => self.steps.get(number).map(|verb| verb.span()),
        };
        let script = self.script.unwrap_or_else(|| (0..0).into());
        found.unwrap_or(script)
    }

    /// The place of a field of the script itself.
    pub(super) fn of_field_of_script(&self, path: &str) -> Option<SourceSpan> {
        self.fields_of_script.innermost(path)
    }

    /// The place of a field of a chain, or of the innermost field around it.
    pub(super) fn of_field_of_chain(&self, at: usize, path: &str) -> Option<SourceSpan> {
        self.chains.get(at)?.fields.innermost(path)
    }

    /// The place of a field of the first step, if these are kept.
    pub(super) fn of_field_of_first_step(&self, path: &str) -> Option<SourceSpan> {
        self.fields.innermost(path)
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

    /// A context that keeps the places of the fields of the first step.
    pub(super) fn keeping_fields() -> Self {
        Self {
            keeps_fields: true,
            ..Self::default()
        }
    }

    /// Reads a part of the text that begins at `base`.
    pub(super) fn with_base<T>(&self, base: usize, read: impl FnOnce() -> T) -> T {
        let outer = self.base.replace(base);
        let result = read();
        self.base.set(outer);
        result
    }

    fn whole(&self, span: SourceSpan) -> SourceSpan {
        moved(span, self.base.get())
    }

    /// Notes a problem.
    pub fn add(&self, span: SourceSpan, kind: ProblemKind) {
        let span = self.whole(span);
        self.problems.borrow_mut().push(Problem { span, kind });
    }

    /// Notes problems whose places already refer to the whole text.
    pub(super) fn add_all(&self, problems: Vec<Problem>) {
        self.problems.borrow_mut().extend(problems);
    }

    /// Notes a node whose name is unknown here.
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

    /// Notes the place of the script.
    pub(super) fn script_at(&self, span: SourceSpan) {
        self.spans.borrow_mut().script = Some(self.whole(span));
    }

    /// Reads a step at `span`. A step that cannot be read has no number.
    pub(super) fn step<T>(&self, span: SourceSpan, read: impl FnOnce() -> Option<T>) -> Option<T> {
        let number = self.spans.borrow().steps.len();
        let verb = Verb::new(self.whole(span));
        self.spans.borrow_mut().in_chain = false;
        self.spans.borrow_mut().steps.push(verb);
        let step = read();
        if step.is_none() {
            self.spans.borrow_mut().steps.truncate(number);
        }
        step
    }

    /// Notes the place of a chain.
    pub(super) fn chain_at(&self, span: SourceSpan) {
        let (span, fields) = (self.whole(span), Fields::default());
        let spans = &mut *self.spans.borrow_mut();
        spans.in_chain = true;
        spans.chains.push(Part { span, fields });
    }

    /// Notes the place of a field of the step or chain that is being read; before the first of
    /// them, of a field of the script.
    pub(super) fn field_at(&self, path: impl Into<String>, span: SourceSpan) {
        let span = self.whole(span);
        let spans = &mut *self.spans.borrow_mut();
        if spans.in_chain {
            if let Some(part) = spans.chains.last_mut() {
                part.fields.0.push((path.into(), span));
            }
        } else if spans.steps.is_empty() {
            spans.fields_of_script.0.push((path.into(), span));
        } else if self.keeps_fields && spans.steps.len() == 1 {
            spans.fields.0.push((path.into(), span));
        }
    }

    /// Like [`Context::field_at`], for a path.
    pub(super) fn path_at(&self, path: &Path, span: SourceSpan) {
        self.field_at(path.as_str(), span);
    }

    /// The problems that were found, and the places of the parts of the script.
    pub fn into_parts(self) -> (Vec<Problem>, Spans) {
        (self.problems.into_inner(), self.spans.into_inner())
    }
}
