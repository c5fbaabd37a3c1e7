//! The text of a script, in KDL 2.
//!
//! [`parse`] and [`print()`] are each other's inverse. Each verb has a file in `verbs`: its row in
//! the table, and how it is read, printed and explained.

mod chain;
mod commands;
mod context;
mod delivery;
mod diagnostics;
pub mod document;
mod excerpt;
mod format;
mod head;
mod lie;
mod line;
mod node;
mod phrases;
mod problem;
mod scalar;
mod scope;
mod table;
mod value;
mod verb;
mod verbs;

pub use crate::suggest::nearest;
pub use context::{Context, Spans};
pub use diagnostics::Diagnostics;
pub use format::format;
use kdl::{KdlDocument, KdlNode};
pub use line::line_of;
pub use node::Reader;
pub use problem::{Problem, ProblemKind};
pub use scalar::{Scalar, read_text};
pub use scope::Where;
pub use table::verbs;
pub(crate) use value::value_text;
pub(crate) use verbs::{Explained, explain, explain_branch};

use super::check::check;
use super::model::{Script, Step};

/// A script, and where its parts stand in the text.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The script.
    pub script: Script,
    /// Where its parts stand.
    pub spans: Spans,
}

/// Reads the text of a script, whether or not it makes sense.
///
/// # Errors
/// All that is wrong with the text.
pub fn parse(text: &str) -> Result<Parsed, Vec<Problem>> {
    let (parsed, problems) = read(text);
    match parsed {
        Some(parsed) if problems.is_empty() => Ok(parsed),
        _ => Err(problems),
    }
}

/// The text of a script.
///
/// [`parse`] reads it back to the same value, unless its blocks are more than 32 deep.
pub fn print(script: &Script) -> String {
    let mut document = KdlDocument::new();
    document.nodes_mut().push(head::write(script));
    format::layout(&document)
}

/// The text of a step in one line, the beginning of it if it is long.
pub(super) fn step_line(step: &Step) -> String {
    const LONG: usize = 120;
    let mut document = KdlDocument::new();
    document.nodes_mut().push(verbs::write(step));
    let text = format::layout(&document);
    let mut line = String::new();
    for word in text.trim_end().split('\n').map(str::trim) {
        let join = match line.as_bytes().last() {
            None => "",
            Some(b'{') => " ",
            Some(_) if word == "}" => " ",
            Some(_) => "; ",
        };
        line.push_str(join);
        line.push_str(word);
    }
    if let Some((end, _)) = line.char_indices().nth(LONG) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// Reads a script, and checks it.
pub(super) fn load(name: &str, text: &str) -> Result<Script, Diagnostics> {
    let (parsed, mut problems) = read(text);
    if let Some(parsed) = &parsed {
        // What is missing because it could not be read must not be complained of twice.
        let whole = problems.is_empty();
        let findings = check(&parsed.script).into_iter();
        let findings = findings.filter(|finding| whole || finding.is_local());
        problems.extend(findings.map(|finding| Problem::of_finding(finding, &parsed.spans)));
    }
    match parsed {
        Some(parsed) if problems.is_empty() => Ok(parsed.script),
        _ => Err(Diagnostics::new(name, text, problems)),
    }
}

fn read(text: &str) -> (Option<Parsed>, Vec<Problem>) {
    let document = match document::read(text) {
        Ok(document) => document,
        Err(problems) => return (None, problems),
    };
    let context = Context::knowing(table::names);
    let script = read_document(&document, &context);
    let (problems, spans) = context.into_parts();
    (script.map(|script| Parsed { script, spans }), problems)
}

/// A file holds one script, so that it is one case, one finding, one recording.
fn read_document(document: &KdlDocument, context: &Context) -> Option<Script> {
    let (scripts, others): (Vec<_>, Vec<_>) = document
        .nodes()
        .iter()
        .partition(|node| node.name().value() == "script");
    let unknown = |node: &&KdlNode| context.unknown_verb(node, Where::File);
    others.iter().for_each(unknown);
    let Some((first, more)) = scripts.split_first() else {
        context.add((0..0).into(), ProblemKind::NoScript);
        return None;
    };
    for node in more {
        context.add(node.name().span(), ProblemKind::SecondScript);
    }
    Some(head::read(Reader::new(first, context)))
}
