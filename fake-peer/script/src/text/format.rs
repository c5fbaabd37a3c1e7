//! The usual form of a text: its spaces are set, its words and comments stay.
//!
//! The formatter of the `kdl` crate drops comments after nodes and empty lines, so we have our own.

use std::fmt::Write as _;

use kdl::{KdlDocument, KdlDocumentFormat, KdlEntry, KdlNode, KdlNodeFormat};

use super::block::{Block, Part};
use super::diagnostics::Diagnostics;
use super::document;
use super::problem::Problem;

/// Returns the text in the usual form: one node per line, indents of four spaces, one space between
/// values, and at most one empty line. Comments, the order and the way in which values are written
/// are not changed. A text that is not a valid script is formatted as well.
///
/// # Errors
/// Returns the places where the text is not valid KDL.
pub fn format(name: &str, text: &str) -> Result<String, Diagnostics> {
    let wrong = |problems| Diagnostics::new(name, text, problems);
    if let Some(problem) = document::check_depth(text) {
        return Err(wrong(vec![problem]));
    }
    layout_text(&Block::whole(text)).map_err(wrong)
}

fn layout_text(text: &Block<'_>) -> Result<String, Vec<Problem>> {
    let mut layout = Layout::default();
    layout.long_block(text)?;
    Ok(layout.text)
}

/// Returns a text in the usual form; it is read in parts of at most `max_part` bytes.
#[cfg(test)]
pub(super) fn in_parts_of(text: &str, max_part: usize) -> Result<String, Vec<Problem>> {
    layout_text(&Block::in_parts_of(text, max_part))
}

/// A document as text in the usual form.
pub(super) fn layout(document: &KdlDocument) -> String {
    let mut layout = Layout::default();
    layout.document(document);
    layout.text
}

/// The text between a node and its block, on one line.
fn before_children(node: &KdlNode) -> String {
    let format = node.format().map(|format| &format.before_children);
    format.map_or(String::new(), |before| before.replace('\\', ""))
}

/// A text in the usual form, while it is being written.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) text: String,
    depth: usize,
    /// The text between the last node and the next: comments and empty lines.
    between: String,
}

impl Layout {
    /// The nodes of a block that is read a part at a time.
    fn long_block(&mut self, block: &Block<'_>) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        for part in block.parts(|_| true) {
            match part {
                Ok(Part::Nodes { nodes, .. }) => self.nodes(&nodes),
                Ok(Part::Long {
                    node, block, tail, ..
                }) => {
                    self.start(&node);
                    self.gap(before_children(&node).as_str());
                    self.open();
                    let inner = self.long_block(&block);
                    problems.extend(inner.err().into_iter().flatten());
                    self.close();
                    self.tail(tail);
                }
                Err(found) => problems.extend(found),
            }
        }
        self.comments(false);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn document(&mut self, document: &KdlDocument) {
        self.nodes(document);
        self.comments(false);
    }

    fn nodes(&mut self, document: &KdlDocument) {
        let empty = KdlDocumentFormat::default();
        let format = document.format().unwrap_or(&empty);
        self.between.push_str(&format.leading);
        for node in document.nodes() {
            self.node(node);
        }
        self.between.push_str(&format.trailing);
    }

    /// Writes the beginning of a node: everything before its block.
    pub(super) fn start(&mut self, node: &KdlNode) {
        let empty = KdlNodeFormat::default();
        let format = node.format().unwrap_or(&empty);
        self.between.push_str(&format.leading);
        self.comments(true);
        self.indent();
        if let Some(ty) = node.ty() {
            let _ = write!(self.text, "({ty})");
        }
        self.text.push_str(&node.name().to_string());
        for entry in node.entries() {
            self.entry(entry);
        }
    }

    pub(super) fn node(&mut self, node: &KdlNode) {
        self.start(node);
        if let Some(children) = node.children() {
            self.gap(before_children(node).as_str());
            self.open();
            self.document(children);
            self.close();
        }
        let empty = KdlNodeFormat::default();
        let format = node.format().unwrap_or(&empty);
        let tail = [
            &*format.before_terminator,
            &format.terminator,
            &format.trailing,
        ]
        .concat();
        self.tail(&tail);
    }

    fn entry(&mut self, entry: &KdlEntry) {
        self.gap(entry.format().map_or("", |format| &format.leading));
        if let Some(name) = entry.name() {
            let _ = write!(self.text, "{name}=");
        }
        if let Some(ty) = entry.ty() {
            let _ = write!(self.text, "({ty})");
        }
        match entry.format().map(|format| &format.value_repr) {
            Some(repr) if !repr.is_empty() => self.text.push_str(repr),
            _ => self.text.push_str(&entry.value().to_string()),
        }
    }

    pub(super) fn open(&mut self) {
        self.text.push_str("{\n");
        self.depth += 1;
    }

    pub(super) fn close(&mut self) {
        self.depth -= 1;
        self.indent();
        self.text.push('}');
    }

    /// Writes one space, unless there is a comment or the line is continued.
    pub(super) fn gap(&mut self, found: &str) {
        match found.trim() {
            "" => self.text.push(' '),
            "\\" => {
                self.text.push_str(" \\\n");
                self.depth += 1;
                self.indent();
                self.depth -= 1;
            }
            _ => self.text.push_str(found),
        }
    }

    /// Ends the line. A comment on it stays there; what follows goes before the next node.
    fn tail(&mut self, tail: &str) {
        let (line, rest) = tail.split_once('\n').unwrap_or((tail, ""));
        let comment = line.trim().trim_start_matches(';').trim();
        if comment.starts_with("/*") && !comment.contains("*/") {
            self.between
                .push_str(tail.trim_start().trim_start_matches(';'));
        } else {
            if !comment.is_empty() {
                let _ = write!(self.text, " {comment}");
            }
            self.between.push_str(rest);
        }
        self.text.push('\n');
    }

    /// Writes the comments before a node, or before the end of a block.
    fn comments(&mut self, before_node: bool) {
        let between = std::mem::take(&mut self.between);
        let mut lines = between.split('\n').map(str::trim).peekable();
        let mut empty = false;
        while let Some(line) = lines.next() {
            // What is left of the last line is the indent of the node.
            empty |= line.is_empty() && lines.peek().is_some();
            if !line.is_empty() {
                self.empty_line(empty);
                self.indent();
                self.text.push_str(line);
                self.text.push('\n');
                empty = false;
            }
        }
        self.empty_line(empty && before_node);
    }

    /// Writes an empty line if one is wanted, but not at the start of a block, and never two in a
    /// row.
    fn empty_line(&mut self, wanted: bool) {
        let at_start = self.text.is_empty() || self.text.ends_with("{\n");
        if wanted && !at_start && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn indent(&mut self) {
        self.text.push_str(&"    ".repeat(self.depth));
    }
}
