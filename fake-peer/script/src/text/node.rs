//! A node as a verb with its values, each of which must be read.

use kdl::{KdlDocument, KdlEntry, KdlEntryFormat, KdlNode, KdlValue};
use miette::SourceSpan;

use super::block::{Block, Part};
use super::context::Context;
use super::problem::ProblemKind;
use super::scalar::Scalar;
use super::scope::Where;

/// Reads the values and the block of a node. Each of these that has not been taken is a problem at
/// [`Reader::finish`].
#[derive(Debug)]
pub struct Reader<'a> {
    node: &'a KdlNode,
    context: &'a Context,
    left: Vec<&'a KdlEntry>,
    known: Vec<&'static str>,
    children_left: bool,
    /// The block, if it is too long to be read at once. The block of `node` is then empty.
    long: Option<Block<'a>>,
}

impl<'a> Reader<'a> {
    /// Starts to read a node.
    pub fn new(node: &'a KdlNode, context: &'a Context) -> Self {
        Self {
            node,
            context,
            left: node.entries().iter().collect(),
            known: Vec::new(),
            children_left: node.children().is_some(),
            long: None,
        }
    }

    /// Starts to read a node whose block is long.
    pub(super) fn with_block(node: &'a KdlNode, context: &'a Context, block: Block<'a>) -> Self {
        Self {
            long: Some(block),
            ..Self::new(node, context)
        }
    }

    /// The context in which problems are noted.
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// The name of the node.
    pub fn verb(&self) -> &'a str {
        self.node.name().value()
    }

    /// The place of the verb itself.
    pub fn span(&self) -> SourceSpan {
        self.node.name().span()
    }

    /// Notes a problem with the verb itself.
    pub fn problem(&self, kind: ProblemKind) {
        self.context.add(self.span(), kind);
    }

    /// Takes the next value without a name.
    pub fn next_arg(&mut self) -> Option<&'a KdlEntry> {
        let at = self.left.iter().position(|entry| entry.name().is_none())?;
        Some(self.left.remove(at))
    }

    /// Takes the next value without a name. It is a problem if there is none; `what` names it then.
    pub fn arg<T: Scalar>(&mut self, what: &'static str) -> Option<T> {
        match self.next_arg() {
            Some(entry) => T::read(entry, self.context),
            None => self.missing(what),
        }
    }

    /// Takes all values without a name.
    pub(super) fn args<T: Scalar>(&mut self) -> Vec<T> {
        let args = self.rest_of_args();
        let mut values = Vec::with_capacity(args.len());
        values.extend(args.iter().filter_map(|entry| T::read(entry, self.context)));
        values
    }

    /// Takes the entries of all values without a name.
    pub(super) fn rest_of_args(&mut self) -> Vec<&'a KdlEntry> {
        let is_arg = |entry: &mut &KdlEntry| entry.name().is_none();
        self.left.extract_if(.., is_arg).collect()
    }

    /// Takes a property.
    pub fn prop<T: Scalar>(&mut self, name: &'static str) -> Option<T> {
        self.known.push(name);
        let is_it = |entry: &&KdlEntry| entry.name().is_some_and(|found| found.value() == name);
        let at = self.left.iter().position(is_it)?;
        let entry = self.left.remove(at);
        self.context.field_at(name, entry.span());
        T::read(entry, self.context)
    }

    /// Takes a required property. It is a problem if it is missing; `what` names it then.
    pub fn needed_prop<T: Scalar>(&mut self, name: &'static str, what: &'static str) -> Option<T> {
        if !self.has_prop(name) {
            self.known.push(name);
            return self.missing(what);
        }
        self.prop(name)
    }

    pub(super) fn has_prop(&self, name: &str) -> bool {
        self.left
            .iter()
            .any(|entry| entry.name().is_some_and(|found| found.value() == name))
    }

    /// Takes all properties that are left.
    pub(super) fn rest_of_props(&mut self) -> Vec<&'a KdlEntry> {
        let is_prop = |entry: &mut &KdlEntry| entry.name().is_some();
        self.left.extract_if(.., is_prop).collect()
    }

    /// Takes the block.
    pub fn children(&mut self) -> &'a [KdlNode] {
        self.children_left = false;
        self.node.children().map_or(&[], KdlDocument::nodes)
    }

    /// Takes the block, and reads each of its nodes, however many there are.
    pub(super) fn each_child(&mut self, mut read: impl FnMut(Reader<'_>)) {
        for node in self.children() {
            read(Reader::new(node, self.context));
        }
        if let Some(block) = self.long.take() {
            read_block(&block, self.context, &mut read);
        }
    }

    /// An upper bound for the number of nodes in the block.
    pub(super) fn max_children(&self) -> usize {
        let children = self.node.children().map_or(0, |block| block.nodes().len());
        children + self.long.as_ref().map_or(0, Block::max_nodes)
    }

    /// Notes that the verb is not known here.
    pub(super) fn unknown_verb(&self, place: Where) {
        self.context.unknown_verb(self.node, place);
    }

    pub(super) fn has_children(&self) -> bool {
        self.node.children().is_some()
    }

    pub(super) fn has_entries(&self) -> bool {
        !self.left.is_empty()
    }

    /// How many values without a name are left.
    pub(super) fn args_left(&self) -> usize {
        let args = self.left.iter().filter(|entry| entry.name().is_none());
        args.count()
    }

    pub(super) fn ty(&self) -> Option<&'a str> {
        self.node.ty().map(kdl::KdlIdentifier::value)
    }

    /// Notes each node of the block whose name is not one of `known`.
    pub(super) fn no_children_but(&mut self, place: Where, known: &[&str]) {
        for node in self.children() {
            if !known.contains(&node.name().value()) {
                self.context.unknown_verb(node, place);
            }
        }
    }

    /// Notes everything that has not been taken.
    pub fn finish(self) {
        let verb = self.verb().to_owned();
        for entry in &self.left {
            let verb = verb.clone();
            let kind = match entry.name() {
                Some(name) => ProblemKind::UnknownProperty {
                    verb,
                    found: name.value().to_owned(),
                    known: self.known.clone(),
                },
                None => ProblemKind::ExtraValue { verb },
            };
            self.context.add(entry.span(), kind);
        }
        if self.children_left {
            self.problem(ProblemKind::ExtraBlock { verb });
        }
    }

    /// Notes that a value is missing.
    pub fn missing<T>(&self, what: &'static str) -> Option<T> {
        let verb = self.verb().to_owned();
        self.problem(ProblemKind::Missing { verb, what });
        None
    }
}

/// Whether the block of a node is read with [`Reader::each_child`].
fn has_steps(name: &str) -> bool {
    matches!(name, "script" | "connection" | "repeat")
}

/// Reads each node of a block, a part at a time, and notes where it is not valid KDL.
pub(super) fn read_block(block: &Block<'_>, context: &Context, read: &mut dyn FnMut(Reader<'_>)) {
    for part in block.parts(has_steps) {
        match part {
            Ok(Part::Nodes { nodes, base }) => context.with_base(base, || {
                for node in nodes.nodes() {
                    read(Reader::new(node, context));
                }
            }),
            Ok(Part::Long {
                node, base, block, ..
            }) => context.with_base(base, || read(Reader::with_block(&node, context, block))),
            Err(problems) => context.add_all(problems),
        }
    }
}

/// A node that is being built.
#[derive(Debug)]
pub(super) struct Built(KdlNode);

impl Built {
    pub(super) fn new(name: &str) -> Self {
        Self(KdlNode::new(name))
    }

    /// Adds a value without a name.
    #[must_use]
    pub(super) fn arg(mut self, value: impl Scalar) -> Self {
        self.0.push(value.write(None));
        self
    }

    /// Adds a word that chooses among several.
    #[must_use]
    pub(super) fn word(self, chosen: &str) -> Self {
        self.entry(word(None, chosen))
    }

    #[must_use]
    pub(super) fn args(self, values: impl IntoIterator<Item = impl Scalar>) -> Self {
        values.into_iter().fold(self, Self::arg)
    }

    /// Adds a property.
    #[must_use]
    pub(super) fn prop(mut self, name: &str, value: impl Scalar) -> Self {
        self.0.push(value.write(Some(name)));
        self
    }

    /// Adds a property, if it has a value.
    #[must_use]
    pub(super) fn opt(self, name: &str, value: Option<impl Scalar>) -> Self {
        match value {
            Some(value) => self.prop(name, value),
            None => self,
        }
    }

    /// Adds a property, unless it has its default.
    #[must_use]
    pub(super) fn unless<T: Scalar + PartialEq>(self, name: &str, value: T, default: &T) -> Self {
        self.opt(name, (value != *default).then_some(value))
    }

    /// Adds an entry.
    #[must_use]
    pub(super) fn entry(mut self, entry: KdlEntry) -> Self {
        self.0.push(entry);
        self
    }

    #[must_use]
    pub(super) fn ty(mut self, ty: &str) -> Self {
        self.0.set_ty(ty);
        self
    }

    /// Adds nodes to the block.
    #[must_use]
    pub(super) fn children(mut self, nodes: impl IntoIterator<Item = KdlNode>) -> Self {
        let mut nodes = nodes.into_iter().peekable();
        if nodes.peek().is_some() {
            self.0.ensure_children().nodes_mut().extend(nodes);
        }
        self
    }

    /// Like [`Built::children`], but adds braces even if there are no nodes.
    #[must_use]
    pub(super) fn block(mut self, nodes: impl IntoIterator<Item = KdlNode>) -> Self {
        self.0.ensure_children().nodes_mut().extend(nodes);
        self
    }

    pub(super) fn done(self) -> KdlNode {
        self.0
    }
}

/// A value of KDL as an entry.
pub(super) fn entry(name: Option<&str>, value: impl Into<KdlValue>) -> KdlEntry {
    match name {
        Some(name) => KdlEntry::new_prop(name, value),
        None => KdlEntry::new(value),
    }
}

/// A word as an entry, without quotes if it needs none.
pub(super) fn word(name: Option<&str>, word: &str) -> KdlEntry {
    let first = |first: char| first.is_ascii_alphabetic() || first == '$';
    let rest = |rest: char| rest.is_ascii_alphanumeric() || "$_-+.".contains(rest);
    let keyword = ["inf", "nan", "true", "false", "null"].contains(&word);
    if word.starts_with(first) && word.chars().all(rest) && !keyword {
        written(name, word, word.to_owned())
    } else {
        text(name, word)
    }
}

/// Text as an entry, in quotes. The `kdl` crate does not escape some characters that it refuses to
/// read, so we escape them.
pub(super) fn text(name: Option<&str>, text: &str) -> KdlEntry {
    let mut repr = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => repr.extend(['\\', char]),
            '\n' => repr.push_str("\\n"),
            '\t' => repr.push_str("\\t"),
            _ if is_printable(char) => repr.push(char),
            _ => repr.extend(char.escape_unicode()),
        }
    }
    repr.push('"');
    written(name, text, repr)
}

/// Whether a character may be written without an escape: it is not a control character, not a line
/// break, and allowed by KDL (its specification, "Disallowed Literal Code Points").
fn is_printable(char: char) -> bool {
    let hidden = matches!(char, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    char == ' ' || !(hidden || char.is_control() || char.is_whitespace())
}

fn written(name: Option<&str>, value: &str, repr: String) -> KdlEntry {
    let mut entry = entry(name, value);
    entry.set_format(KdlEntryFormat {
        value_repr: repr,
        ..KdlEntryFormat::default()
    });
    entry
}
